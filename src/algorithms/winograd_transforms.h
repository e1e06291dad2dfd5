// Winograd transforms: turns the cells of a tile into points, and sums of points into cells.
#pragma once

#include <algorithm>

#include "algorithms/winograd_items.h"
#include "kernels/dispatch.h"
#include "system/scratch.h"

namespace nnconv {

constexpr Index chunk = 64;  // numbers transformed at a time

// Both directions for one worker, whose memory they use again and again. `x` and `y` begin at an
// image and a channel of their arrays.
template <class T>
class WinogradTransforms {
 public:
  WinogradTransforms(const SpanTiles& tiles, const ImageView& from, const ImageView& to)
      : row_(tiles.row),
        column_(tiles.column),
        tiles_(tiles),
        from_(from),
        to_(to),
        by_row_(kernels<T>().transforms[row_.taps - 1]),
        by_column_(kernels<T>().transforms[column_.taps - 1]),
        zeros_(repeated(chunk, 0.0)) {}

  // Transforms a tile of so many channels and images. Each point's numbers lie `point_step` after
  // those of the point before.
  void data(const double* x, Index tile, Index channels, Index images, Index point_step, T* data) {
    const NumberLines lines(channels, images, from_);
    const double* cells[most_points][most_points];  // column, row
    for (int b = 0; b < column_.points; ++b) {
      const Index w =
          column_.component->source + (tiles_.first_column(tile) + b) * column_.span->pitch;
      for (int a = 0; a < row_.points; ++a) {
        const Index h = row_.component->source + (tiles_.first_row(tile) + a) * row_.span->pitch;
        const bool inside = w >= 0 && w < from_.width && h >= 0 && h < from_.height;
        cells[b][a] = inside ? x + w * from_.column_step() + h * from_.row_step() : nullptr;
      }
    }
    T* const between = between_.room(most_points * most_points * chunk);
    for (Index i = 0; i < lines.count; ++i) {
      for (Index at = 0; at < lines.length; at += chunk) {
        const Index n = std::min(chunk, lines.length - at);
        for (int b = 0; b < column_.points; ++b) {
          const double* in[most_points];
          T* out[most_points];
          for (int a = 0; a < row_.points; ++a) {
            const double* const from = cells[b][a];
            in[a] = from == nullptr ? zeros_.data() : from + i * lines.distance + at;
            out[a] = between + (a * column_.points + b) * chunk;
          }
          by_row_.data_first(in, out, n);
        }
        T* const to = data + i * lines.length + at;
        for (int a = 0; a < row_.points; ++a) {
          const T* in[most_points];
          T* out[most_points];
          for (int b = 0; b < column_.points; ++b) {
            in[b] = between + (a * column_.points + b) * chunk;
            out[b] = to + (a * column_.points + b) * point_step;
          }
          by_column_.data_second(in, out, n);
        }
      }
    }
  }

  // The reverse, for the results; adds them to the cells unless these are `first`.
  void result(const double* sums, Index tile, Index channels, Index images, Index point_step,
              bool first, double* y) {
    const NumberLines lines(channels, images, to_);
    const Index row = tiles_.first_row(tile), column = tiles_.first_column(tile);
    y += (row_.span->first + row * row_.span->step) * to_.row_step() +
         (column_.span->first + column * column_.span->step) * to_.column_step();
    double* cells[most_points][most_points];  // row, column; null beyond the span
    for (int i = 0; i < row_.outputs; ++i) {
      for (int j = 0; j < column_.outputs; ++j) {
        const bool inside = row + i < row_.span->count && column + j < column_.span->count;
        cells[i][j] = inside ? y + i * row_.span->step * to_.row_step() +
                                   j * column_.span->step * to_.column_step()
                             : nullptr;
      }
    }
    T* const between = between_.room(most_points * most_points * chunk);
    double* const dropped = dropped_.room(chunk);
    const auto second = first ? by_column_.result_second : by_column_.result_added;
    for (Index k = 0; k < lines.count; ++k) {
      for (Index at = 0; at < lines.length; at += chunk) {
        const Index n = std::min(chunk, lines.length - at);
        const double* const from = sums + k * lines.length + at;
        for (int b = 0; b < column_.points; ++b) {
          const double* in[most_points];
          T* out[most_points];
          for (int a = 0; a < row_.points; ++a) {
            in[a] = from + (a * column_.points + b) * point_step;
          }
          for (int i = 0; i < row_.outputs; ++i) {
            out[i] = between + (i * column_.points + b) * chunk;
          }
          by_row_.result_first(in, out, n);
        }
        for (int i = 0; i < row_.outputs; ++i) {
          if (cells[i][0] == nullptr) break;
          const T* in[most_points];
          double* out[most_points];
          for (int b = 0; b < column_.points; ++b) {
            in[b] = between + (i * column_.points + b) * chunk;
          }
          for (int j = 0; j < column_.outputs; ++j) {
            double* const to = cells[i][j];
            out[j] = to == nullptr ? dropped : to + k * lines.distance + at;
          }
          second(in, out, n);
        }
      }
    }
  }

  Scratch<T>& between() { return between_; }

 private:
  const AxisTiles &row_, &column_;
  SpanTiles tiles_;
  ImageView from_, to_;
  const Transforms<T>&by_row_, &by_column_;
  List<double> zeros_;
  Scratch<T> between_;
  Scratch<double> dropped_;
};

}  // namespace nnconv
