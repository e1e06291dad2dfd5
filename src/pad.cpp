// Pad: the loop over the result, in parts that may begin and end anywhere.
#include "pad.h"

#include <algorithm>

#include "pad_index.h"

namespace nnconv {

void pad(const double* input, Index cell, Index height, const std::vector<Index>& rows,
         const std::vector<Index>& columns, double value, double* result,
         const Checkpoint& checkpoint) {
  const Index row_count = static_cast<Index>(rows.size());
  const Index length = cell * row_count * static_cast<Index>(columns.size());
  for_parts(length, checkpoint, [&](Index at, Index last) {
    Index k = at % cell, h = at / cell % row_count, w = at / cell / row_count;
    while (at < last) {
      const Index row = rows[static_cast<std::size_t>(h)];
      const Index column = columns[static_cast<std::size_t>(w)];
      const Index count = std::min(cell - k, last - at);
      if (row == no_source || column == no_source) {
        std::fill(result + at, result + at + count, value);
      } else {
        std::copy_n(input + (column * height + row) * cell + k, count, result + at);
      }
      at += count;
      k = 0;
      if (++h == row_count) {
        h = 0;
        ++w;
      }
    }
  });
}

}  // namespace nnconv
