// Plan: chooses the kernels for a problem, by a model of how full their vectors and registers are.
//
//     channel    lanes are channels of the result; good from a vector's worth of channels on
//     image      lanes are images of the batch, so that reads and writes are contiguous; good from
//                a vector's worth of images on
//     depthwise  every channel is a group of its own; lanes are channels of images, which lie side
//                by side, and a single channel is summed
//     dot        lanes are summed channels of one image; for one to three channels of the result
#pragma once

#include <algorithm>
#include <vector>

#include "kernels/kernel_table.h"
#include "system/list.h"

namespace nnconv {

enum class Family { channel, image, depthwise, dot };

// Determines the choice. Channels are counted within a group.
struct Extent {
  Index batch, groups, depth, channels;
  double links;  // per cell, on average
};

// Channels channel .. channel + channels - 1 of a group's result, computed by one kernel. In the
// depthwise family they are channels of images.
template <class T>
struct Panel {
  Index channel, channels, width;
  Kernel<T> kernel;
  int image_width;  // the index into the table's image kernels
};

template <class T>
struct Plan {
  Family family;
  Index groups, depth, channels;  // summed channels of a group, and its channels of the result
  Index images;                   // represented by a site
  Index site_batch;               // sites per cell
  Index depth_multiple;           // a panel pads the depth to a multiple of it
  List<Panel<T>> panels;
  const KernelTable<T>* table;
};

template <class T>
Plan<T> make_plan(const Extent& extent);

// Chooses among the families that take any number of channels: channel and image.
template <class T>
Plan<T> make_dense_plan(const Extent& extent);

// The panels of channel kernels that cover `channels` at the least cost for long sums.
template <class T>
List<Panel<T>> channel_panels(Index channels);

// The panels of image kernels that cover `channels` where lanes are cells, however many of them.
// Each has the kernel of most vectors.
template <class T>
List<Panel<T>> cell_panels(Index channels);

template <class T>
Index widest_panel(const std::vector<Panel<T>>& panels) {
  Index widest = 0;
  for (const Panel<T>& panel : panels) widest = std::max(widest, panel.width);
  return widest;
}

// The image kernel for a panel and a number of images or cells.
template <class T>
const Kernel<T>& image_kernel(const KernelTable<T>& table, const Panel<T>& panel, Index images) {
  const Index lanes = table.lanes;
  const Index vectors = divide_up(images, lanes);
  return table.image[panel.image_width][vectors - 1][images % lanes != 0];
}

// Runs one tile of at most `left` sites, the first of which has `images` images left; returns the
// number of sites it computed.
template <class T>
Index run_tile(const Plan<T>& plan, const Panel<T>& panel, Tile<T>& tile, Index left,
               Index images) {
  if (plan.family == Family::image) {
    tile.sites = std::min(plan.images, images);
    image_kernel(*plan.table, panel, tile.sites).run(tile);
    return 1;
  }
  tile.sites = std::min<Index>(panel.kernel.sites, left);
  panel.kernel.run(tile);
  return tile.sites;
}

// Where the sites of some cells, each of `images` images, read x and write y.
struct TileSites {
  Index images, per_cell, count = 0;
  List<Index> x, y;

  TileSites(Index cells, Index images, Index images_per_site)
      : images(images), per_cell(divide_up(images, images_per_site)) {
    x.resize(cells * per_cell);
    y.resize(cells * per_cell);
  }
  void add(Index from, Index to) {
    x[count] = from;
    y[count++] = to;
  }
};

// Runs a panel's tiles over all sites.
template <class T>
void run_tiles(const Plan<T>& plan, const Panel<T>& panel, const TileSites& sites, Tile<T>& tile) {
  for (Index j = 0; j < sites.count;) {
    tile.site_x = sites.x.data() + j;
    tile.site_y = sites.y.data() + j;
    const Index before = plan.family == Family::image ? j % sites.per_cell * plan.images : 0;
    j += run_tile(plan, panel, tile, sites.count - j, sites.images - before);
  }
}

}  // namespace nnconv
