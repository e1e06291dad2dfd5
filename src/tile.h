// Tile: the innermost loops. A tile is `Rows` channels by `Sites` cells of the result, whose
// sums stay in registers from the first link to the last.
//
// The order of summation is that of the links, and within a link that of the channels. It does
// not depend on where a tile lies, so neither do the results.
#pragma once

#include "eigen.h"
#include "geometry.h"

// At -O2 g++ keeps an array of sums in memory unless each loop over it is unrolled by name.
#if defined(__clang__)
#define NNCONV_UNROLL _Pragma("unroll")
#elif defined(__GNUC__)
#define NNCONV_UNROLL _Pragma("GCC unroll 16")
#else
#define NNCONV_UNROLL
#endif

namespace nnconv {

// What the tiles of one run of cells share.
template <class T>
struct TileSource {
  const double* x;          // first element of the group's first summed channel
  Index channel_step;       // from one summed channel to the next
  Index channels;           // how many are summed
  Index links;              // per cell
  const Index* link_x;      // where each link reads x, before a site's own offset
  const Index* link_panel;  // where each link's weights start in a panel
};

// Where one tile's results go.
struct TileTarget {
  double* y;           // first element of the first row
  Index channel_step;  // from one row to the next
  Index rows;          // rows to write, at most Rows
  Index sites;         // sites to write, at most Sites
  const Index* site_x;
  const Index* site_y;
};

// Adds all links to `start` (one value per row), or to what y holds when start is null.
template <class T, int Rows, int Sites>
void run_tile(const TileSource<T>& from, const T* panel, const T* start, const TileTarget& to) {
  using Column = Eigen::Array<T, Rows, 1>;
  using ConstColumn = Eigen::Map<const Column>;

  Index site_x[Sites];
  for (int j = 0; j < Sites; ++j) site_x[j] = to.site_x[j < to.sites ? j : 0];

  Column sum[Sites];
  if (start != nullptr) {
    NNCONV_UNROLL
    for (int j = 0; j < Sites; ++j) sum[j] = ConstColumn(start);
  } else {
    Column held[Sites];
    for (Index j = 0; j < Sites; ++j) {
      const double* y = to.y + to.site_y[j < to.sites ? j : 0];
      for (Index r = 0; r < Rows; ++r) {
        held[j][r] = r < to.rows ? static_cast<T>(y[r * to.channel_step]) : T(0);
      }
    }
    NNCONV_UNROLL
    for (int j = 0; j < Sites; ++j) sum[j] = held[j];
  }

  for (Index link = 0; link < from.links; ++link) {
    const double* x = from.x + from.link_x[link];
    const T* w = panel + from.link_panel[link];
    for (Index k = 0; k < from.channels; ++k) {
      const Column column = ConstColumn(w);
      NNCONV_UNROLL
      for (int j = 0; j < Sites; ++j) sum[j] += column * static_cast<T>(x[site_x[j]]);
      x += from.channel_step;
      w += Rows;
    }
  }

  if (to.channel_step == 1 && to.rows == Rows && to.sites == Sites) {
    NNCONV_UNROLL
    for (int j = 0; j < Sites; ++j) {
      Eigen::Map<Eigen::Array<double, Rows, 1>>(to.y + to.site_y[j]) =
          sum[j].template cast<double>();
    }
    return;
  }
  Column kept[Sites];  // indexing `sum` at run time would push it out of the registers
  NNCONV_UNROLL
  for (int j = 0; j < Sites; ++j) kept[j] = sum[j];
  for (Index j = 0; j < to.sites; ++j) {
    double* y = to.y + to.site_y[j];
    for (Index r = 0; r < to.rows; ++r)
      y[r * to.channel_step] = static_cast<double>(kept[j][r]);
  }
}

}  // namespace nnconv
