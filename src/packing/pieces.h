// Pieces: how many products a tile adds up before it puts the sum aside.
//
// A sum of n rounded additions is wrong by up to n / 2 units of its last place, and where all
// products are alike it comes near that, as every addition then errs to the same side. So long sums
// are taken in pieces, which are added up in double. With float, a piece has at most
// 2 * least_piece - 1 products, however long the sum is. With double, whose pieces are added up
// with the same rounding, pieces of very long sums are longer, so that there are fewer of them.
#pragma once

#include <algorithm>

#include "kernels/kernel_table.h"

namespace nnconv {

constexpr Index least_piece = 128;

// Sets the pieces of a tile whose links and channels are known. They depend on nothing else, so
// that the order of summation does not. `lanes` channels are added up side by side.
template <class T>
void set_pieces(Tile<T>& tile, Index lanes = 1) {
  const Index steps = divide_up(tile.channels, lanes);
  Index least = least_piece;
  if (sizeof(T) == sizeof(double)) {
    while (least * least < tile.links * steps) least *= 2;
  }
  tile.links_at_once = std::max<Index>(1, tile.links);
  tile.channels_at_once = tile.channels;
  if (tile.links * steps < 2 * least) return;
  if (steps < least) {
    tile.links_at_once = divide_up(least, steps);
  } else {
    tile.links_at_once = 1;
    tile.channels_at_once = divide_up(steps, steps / least) * lanes;
  }
}

}  // namespace nnconv
