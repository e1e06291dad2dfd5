// Pad: the loop over the result, in ranges that may begin and end anywhere.
#include "arrays/pad.h"

#include <algorithm>

namespace nnconv {

void pad(const double* input, Index cell, const PaddedAxis& rows, const PaddedAxis& columns,
         double value, double* result, const Checkpoint& checkpoint) {
  const Index row_count = rows.length();
  for_parts(cell * row_count * columns.length(), checkpoint, [&](Index at, Index last) {
    Index k = at % cell, h = at / cell % row_count, w = at / cell / row_count;
    Index column = columns.source(w);
    while (at < last) {
      const Index row = rows.source(h);
      const Index count = std::min(cell - k, last - at);
      if (row == no_source || column == no_source) {
        std::fill(result + at, result + at + count, value);
      } else {
        std::copy_n(input + (column * rows.size + row) * cell + k, count, result + at);
      }
      at += count;
      k = 0;
      if (++h == row_count) {
        h = 0;
        column = columns.source(++w);
      }
    }
  });
}

}  // namespace nnconv
