// Pack weights: weights into panels, the order in which a tile reads them, in the type it computes
// in.
//
// A panel holds `width` rows of the result, which are channels. For every tap and every summed
// channel its weights lie side by side; rows beyond the last channel are zero and their results
// are dropped.
#pragma once

#include <algorithm>

#include "arrays/array_layout.h"
#include "system/memory_advice.h"

namespace nnconv {

// `rows` rows from `row` on, for `columns` summed channels from `column` on, of one group.
struct WeightBlock {
  Index group, row, rows, column, columns, taps;
};

// One tap. Where rows are neighbours in memory a column at a time, otherwise the columns of a cache
// line, row after row.
template <class T>
void pack_tap(const double* from, const WeightView& view, const WeightBlock& block, Index width,
              T* out) {
  const bool rows_side_by_side = view.row_step == 1;
  constexpr Index line = 8;
  const Index strip = rows_side_by_side ? 1 : line;
  for (Index first = 0; first < block.columns; first += strip) {
    const double* w = from + first * view.column_step;
    const Index columns = std::min(strip, block.columns - first);
    if (rows_side_by_side) {
      for (Index r = 0; r < block.rows; ++r) out[r] = static_cast<T>(w[r]);
    } else {
      for (Index r = 0; r < block.rows; ++r, w += view.row_step) {
        prefetch(w + 2 * line);
        for (Index k = 0; k < columns; ++k) {
          out[k * width + r] = static_cast<T>(w[k * view.column_step]);
        }
      }
    }
    for (Index k = 0; k < columns; ++k) {
      for (Index r = block.rows; r < width; ++r) out[k * width + r] = T(0);
    }
    out += columns * width;
  }
}

template <class T>
void pack_panel(const double* weight, const WeightView& view, const WeightBlock& block, Index width,
                T* out) {
  const double* from = weight + block.group * view.group_step + block.row * view.row_step +
                       block.column * view.column_step;
  for (Index tap = 0; tap < block.taps; ++tap) {
    pack_tap(from + tap * view.tap_step, view, block, width, out + tap * block.columns * width);
  }
}

// For dot kernels: for every tap and row, the weights of the summed channels, then zeros.
template <class T>
void pack_rows(const double* weight, const WeightView& view, const WeightBlock& block, Index width,
               Index padded, T* out) {
  const double* from = weight + block.group * view.group_step + block.row * view.row_step +
                       block.column * view.column_step;
  for (Index tap = 0; tap < block.taps; ++tap) {
    for (Index r = 0; r < width; ++r, out += padded) {
      const double* w = from + tap * view.tap_step + r * view.row_step;
      for (Index k = 0; k < padded; ++k) {
        out[k] =
            r < block.rows && k < block.columns ? static_cast<T>(w[k * view.column_step]) : T(0);
      }
    }
  }
}

// For layers in which every channel is a group: a row is a channel of an image, and images are
// neighbours, so that each channel's weight stands `batch` times.
template <class T>
void pack_depthwise(const double* weight, const WeightView& view, Index batch, Index row,
                    Index rows, Index taps, Index width, T* out) {
  for (Index tap = 0; tap < taps; ++tap) {
    for (Index r = 0; r < width; ++r) {
      const double* w = weight + tap * view.tap_step;
      *out++ = r < rows ? static_cast<T>(w[(row + r) / batch * view.group_step]) : T(0);
    }
  }
}

}  // namespace nnconv
