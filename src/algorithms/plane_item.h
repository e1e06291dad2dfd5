// Plane item: a part of a problem that the planes algorithm computes at once, and its sums.
#pragma once

#include <algorithm>

#include "arrays/array_layout.h"
#include "geometry/runs.h"

namespace nnconv {

// Some images and groups, and the cells from `lane` and `other` on.
struct PlaneItem {
  Index image, images, group, groups, lane, other;
};

// Sites site .. site + count - 1 of a pair of runs, and their sums.
struct PlaneBlock {
  const Run *row, *column;
  Index site, count;
  const double* sums;
  Index sums_step;
};

// Calls f(number, from, count) for the numbers of some channels of an item's images, in lines that
// lie side by side in the array; `from` is where a line begins there. Channels count in the order
// of numbers, the images of each side by side.
template <class F>
void for_lines(const PlaneItem& item, const ImageView& view, Index channels, const F& f) {
  constexpr Index line_numbers = 8;  // that are copied together
  const bool is_whole = item.images == view.batch;
  const Index length = is_whole ? channels * item.images : item.images;
  for (Index c = 0; c < (is_whole ? 1 : channels); ++c) {
    for (Index i = 0; i < length; i += line_numbers) {
      f(c * item.images + i, c * view.channel_step() + i, std::min(line_numbers, length - i));
    }
  }
}

}  // namespace nnconv
