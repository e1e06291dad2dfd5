// Cells: loops over the places of an image. Each place holds `cell` numbers side by side, its
// images and channels (arrays/array_layout.h).
#pragma once

#include <algorithm>

#include "system/threads.h"

namespace nnconv {

constexpr Index most_cell_numbers = 512;  // that are computed at once

// Calls body(row, column, first, count) for all places, and for `count` of their numbers from
// `first` on, on several threads. `work` is the number of operations that a number takes.
template <class Body>
void for_cells(Index cell, Index rows, Index columns, Index work, const Checkpoint& checkpoint,
               const Body& body) {
  constexpr Index item_work = Index(1) << 17;
  const Index places = rows * columns;
  if (cell == 0 || places == 0) return;
  const Index at_once = std::min(cell, most_cell_numbers), parts = divide_up(cell, at_once);
  const Index per_item = std::max<Index>(1, item_work / std::max<Index>(1, at_once * work));
  const Index items = divide_up(places, per_item);
  const double products = static_cast<double>(places) * static_cast<double>(cell * work);
  const auto run = [&](Index i, int) {
    const Index first = i / items * at_once, count = std::min(at_once, cell - first);
    const Index begin = i % items * per_item, end = std::min(places, begin + per_item);
    for (Index place = begin; place < end; ++place) {
      body(place % rows, place / rows, first, count);
    }
  };
  parallel_for(items * parts, threads_for(products), run, checkpoint);
}

}  // namespace nnconv
