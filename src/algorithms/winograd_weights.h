// Winograd weights: packs the weights of all taps as pack_weights.h does, and multiplies them by
// the matrices of both axes, which turns taps into points.
#pragma once

#include "algorithms/winograd_tiles.h"
#include "packing/pack_weights.h"
#include "system/scratch.h"

namespace nnconv {

// The weights of the points, those of the columns fastest, lie `point_step` apart in `out`.
template <class T>
void pack_transformed(const double* weight, const Problem& p, const AxisTiles& row,
                      const AxisTiles& column, const KernelTable<T>& table,
                      const WeightBlock& block, Index width, Index point_step, Scratch<T>& scratch,
                      T* out) {
  const Index n = block.depth * width;
  T* const packed = scratch.room((row.taps + row.points) * column.taps * n);
  T* const between = packed + row.taps * column.taps * n;
  const T* in[most_points];
  T* to[most_points];
  for (int v = 0; v < column.taps; ++v) {
    for (int u = 0; u < row.taps; ++u) {
      const Index tap = row.component->taps[u] + p.kernel_height * column.component->taps[v];
      T* const panel = packed + (v * row.taps + u) * n;
      pack_panel(weight + tap * p.weights.tap_step, p.weights, block, width, panel);
      in[u] = panel;
    }
    for (int a = 0; a < row.points; ++a) to[a] = between + (a * column.taps + v) * n;
    table.transforms[row.taps - 1].weights(in, to, n);
  }
  for (int a = 0; a < row.points; ++a) {
    for (int v = 0; v < column.taps; ++v) in[v] = between + (a * column.taps + v) * n;
    for (int b = 0; b < column.points; ++b) to[b] = out + (a * column.points + b) * point_step;
    table.transforms[column.taps - 1].weights(in, to, n);
  }
}

}  // namespace nnconv
