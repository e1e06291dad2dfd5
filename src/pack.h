// Pack: weights into panels, the order in which a tile reads them, in the type it computes in.
//
// A panel holds `Rows` channels of the result. For every tap and every summed channel its Rows
// weights lie side by side; rows beyond the last channel are zero and their results are dropped.
#pragma once

#include "view.h"

namespace nnconv {

// A range of the weights of one group: rows and columns count from the group's first.
struct WeightBlock {
  Index group, row, rows, column, columns, taps;
};

template <class T, int Rows>
void pack_panels(const double* weight, const WeightView& view, const WeightBlock& block, T* out) {
  const double* base = weight + block.group * view.group_step + block.row * view.row_step +
                       block.column * view.column_step;
  for (Index first = 0; first < block.rows; first += Rows) {
    for (Index tap = 0; tap < block.taps; ++tap) {
      for (Index k = 0; k < block.columns; ++k) {
        const double* from =
            base + first * view.row_step + k * view.column_step + tap * view.tap_step;
        for (Index r = 0; r < Rows; ++r) {
          *out++ = first + r < block.rows ? static_cast<T>(from[r * view.row_step]) : T(0);
        }
      }
    }
  }
}

}  // namespace nnconv
