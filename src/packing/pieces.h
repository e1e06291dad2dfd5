// Pieces: decides how many products a tile adds up before it puts the sum aside.
//
// A sum of n rounded additions is wrong by up to n / 2 units of its last place. It comes near that
// bound where all products are alike, because every addition then errs to the same side. Long sums
// are therefore split into pieces, which are added up in double. In float, a piece has at most
// 2 * least_piece - 1 products, however long the sum is. In double, where adding up the pieces
// rounds as much as their own sums do, very long sums have longer pieces, and so fewer of them.
#pragma once

#include <algorithm>

#include "kernels/kernel_table.h"

namespace nnconv {

constexpr Index least_piece = 128;

// Sets the pieces of a tile from its links and its depth, and from nothing else, so that the order
// of summation depends on nothing else either. `lanes` summed channels are added up side by side.
template <class T>
void set_pieces(Tile<T>& tile, Index lanes = 1) {
  const Index steps = divide_up(tile.depth, lanes);
  Index least = least_piece;
  if (sizeof(T) == sizeof(double)) {
    while (least * least < tile.links * steps) least *= 2;
  }
  tile.links_at_once = std::max<Index>(1, tile.links);
  tile.depth_at_once = tile.depth;
  if (tile.links * steps < 2 * least) return;
  if (steps < least) {
    tile.links_at_once = divide_up(least, steps);
  } else {
    tile.links_at_once = 1;
    tile.depth_at_once = divide_up(steps, steps / least) * lanes;
  }
}

}  // namespace nnconv
