// Pack: weights into panels, the order in which a tile reads them, in the type it computes in.
//
// A panel holds `Rows` channels of the result. For every tap and every summed channel its Rows
// weights lie side by side; rows beyond the last channel are zero and their results are
// dropped.
#pragma once

#include <type_traits>

#include "view.h"

namespace nnconv {

// A range of the weights of one group: rows and columns count from the group's first.
struct WeightBlock {
  Index group, row, rows, column, columns, taps;
};

// One panel of `present` rows; `out` moves past it.
template <class T, int Rows, class Present>
void pack_panel(const double* from, const WeightView& view, const WeightBlock& block,
                Present present, T*& out) {
  for (Index tap = 0; tap < block.taps; ++tap) {
    const double* w = from + tap * view.tap_step;
    for (Index k = 0; k < block.columns; ++k, w += view.column_step, out += Rows) {
      for (Index r = 0; r < present; ++r) out[r] = static_cast<T>(w[r * view.row_step]);
      for (Index r = present; r < Rows; ++r) out[r] = T(0);
    }
  }
}

template <class T, int Rows>
void pack_panels(const double* weight, const WeightView& view, const WeightBlock& block,
                 T* out) {
  const double* from = weight + block.group * view.group_step + block.row * view.row_step +
                       block.column * view.column_step;
  for (Index left = block.rows; left > 0; left -= Rows, from += Rows * view.row_step) {
    if (left >= Rows) {
      pack_panel<T, Rows>(from, view, block, std::integral_constant<Index, Rows>(), out);
    } else {
      pack_panel<T, Rows>(from, view, block, left, out);
    }
  }
}

}  // namespace nnconv
