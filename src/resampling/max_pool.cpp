// Max pool: the windows, and the loops over them. The gradient is computed strip by strip: an item
// owns some columns of the input, and visits all windows that reach them.
#include "resampling/max_pool.h"

#include <limits>

#include "resampling/cells.h"

namespace nnconv {
namespace {

// The taps of a window that are cells of the input, and the cell of tap 0, which may be padding.
struct Taps {
  Index first, last, origin;
};

Taps taps_of(const Axis& axis, Index small) {
  const Index origin = small * axis.stride - axis.pad_before, room = axis.large - 1 - origin;
  return {origin < 0 ? divide_up(-origin, axis.dilation) : 0,
          room < 0 ? -1 : std::min(axis.kernel - 1, room / axis.dilation), origin};
}

// Calls body(place) for the cells of a window, along the width first.
template <class Body>
void for_window(const std::array<Axis, 2>& axes, const Taps& rows, const Taps& columns,
                const Body& body) {
  for (Index u = rows.first; u <= rows.last; ++u) {
    const Index row = rows.origin + u * axes[0].dilation;
    for (Index v = columns.first; v <= columns.last; ++v) {
      body(row + (columns.origin + v * axes[1].dilation) * axes[0].large);
    }
  }
}

// The most cells of the input that a window can hold.
Index window_cells(const std::array<Axis, 2>& axes) {
  return std::min(axes[0].kernel, axes[0].large) * std::min(axes[1].kernel, axes[1].large);
}

// Does a number of a window count in the place of the largest before it?
template <class T>
bool counts(T value, T largest) {
  return (value > largest) | (value != value);
}

constexpr Index strip_share = 8;  // an eighth of a strip's windows at most reaches two strips

}  // namespace

template <class T>
void max_pool(Index cell, const std::array<Axis, 2>& axes, const T* x, T* y,
              const Checkpoint& checkpoint) {
  for_cells(cell, axes[0].small, axes[1].small, window_cells(axes), checkpoint,
            [&](Index h, Index w, Index first, Index count) {
              T* const to = y + (h + w * axes[0].small) * cell + first;
              std::fill_n(to, count, -std::numeric_limits<T>::infinity());
              for_window(axes, taps_of(axes[0], h), taps_of(axes[1], w), [&](Index place) {
                const T* const from = x + place * cell + first;
                for (Index k = 0; k < count; ++k) to[k] = counts(from[k], to[k]) ? from[k] : to[k];
              });
            });
}

template <class T>
void max_pool_gradient(Index cell, const std::array<Axis, 2>& axes, const T* x, const T* g,
                       T* gradient, const Checkpoint& checkpoint) {
  const Axis &rows = axes[0], &columns = axes[1];
  if (cell == 0) return;
  const Index overlap =
      std::clamp<Index>(kernel_extent(columns) - columns.stride, 0, columns.large);
  const Index windows = std::max<Index>(1, divide_up(overlap * strip_share, columns.stride));
  const Index strip = columns.stride * windows, strips = divide_up(columns.large, strip);
  const Index at_once = std::min(cell, most_cell_numbers), parts = divide_up(cell, at_once);
  const double products = static_cast<double>(cell * rows.small * columns.small) *
                          static_cast<double>(window_cells(axes));
  const auto run = [&](Index i, int worker) {
    PacedCheckpoint paced(checkpoint, worker);
    const Index first = i / strips * at_once, count = std::min(at_once, cell - first);
    const Index begin = i % strips * strip, end = std::min(columns.large, begin + strip);
    const Index begin_place = begin * rows.large, end_place = end * rows.large;
    for (Index place = begin_place; place < end_place; ++place) {
      std::fill_n(gradient + place * cell + first, count, T(0));
    }
    T largest[most_cell_numbers];
    Index taken[most_cell_numbers];  // the place of the largest
    // The windows from the first that ends in the strip to the last that begins in it.
    const Index before = begin + columns.pad_before - kernel_extent(columns);
    const Index w_first = before < 0 ? 0 : before / columns.stride + 1;
    const Index w_end =
        std::min(columns.small, (end - 1 + columns.pad_before) / columns.stride + 1);
    for (Index w = w_first; w < w_end; ++w) {
      const Taps across = taps_of(columns, w);
      for (Index h = 0; h < rows.small; ++h) {
        const Taps down = taps_of(rows, h);
        std::fill_n(largest, count, -std::numeric_limits<T>::infinity());
        Index cells = 0;
        for_window(axes, down, across, [&](Index place) {
          const T* const from = x + place * cell + first;
          if (cells++ == 0) std::fill_n(taken, count, place);
          for (Index k = 0; k < count; ++k) {
            const bool is_next = counts(from[k], largest[k]);
            largest[k] = is_next ? from[k] : largest[k];
            taken[k] = is_next ? place : taken[k];
          }
        });
        if (cells == 0) continue;
        const T* const values = g + (h + w * rows.small) * cell + first;
        for (Index k = 0; k < count; ++k) {
          if (taken[k] < begin_place || taken[k] >= end_place) continue;
          gradient[taken[k] * cell + first + k] += values[k];
        }
        paced(1 + cells * count / 64);
      }
    }
  };
  parallel_for(strips * parts, threads_for(products), run, checkpoint);
}

template void max_pool(Index, const std::array<Axis, 2>&, const float*, float*, const Checkpoint&);
template void max_pool(Index, const std::array<Axis, 2>&, const double*, double*,
                       const Checkpoint&);
template void max_pool_gradient(Index, const std::array<Axis, 2>&, const float*, const float*,
                                float*, const Checkpoint&);
template void max_pool_gradient(Index, const std::array<Axis, 2>&, const double*, const double*,
                                double*, const Checkpoint&);

}  // namespace nnconv
