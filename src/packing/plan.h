// Plan: which kernels compute a problem, by a model of how full their vectors and registers are.
//
//     channel    lanes are channels of the result. Good from a vector's worth of channels on.
//     image      lanes are images of the batch. Good from a vector's worth of images on; what it
//                reads and writes is contiguous.
//     depthwise  every channel is a group of its own: lanes are channels of images, which lie
//                side by side, and no other channel is summed.
//     dot        lanes are summed channels, of one image. For one to three channels of the result.
#pragma once

#include <algorithm>
#include <vector>

#include "kernels/kernel_table.h"

namespace nnconv {

enum class Family { channel, image, depthwise, dot };

// What the choice depends on; channels are those of a group.
struct Extent {
  Index batch, groups, channels_in, channels_out;
  double links;  // per cell, on average
};

// Rows row .. row + rows - 1 of a group's result, computed by one kernel.
template <class T>
struct Panel {
  Index row, rows, width;
  Kernel<T> kernel;
  int image_width;  // which of the table's image kernels
};

template <class T>
struct Plan {
  Family family;
  Index groups, depth, rows;  // rows and summed channels of a group
  Index images;               // that a site stands for
  Index site_batch;           // sites per cell
  Index depth_multiple;       // that the summed channels are padded to in a panel
  std::vector<Panel<T>> panels;
  const KernelTable<T>* table;
};

template <class T>
Plan<T> make_plan(const Extent& extent);

// The same among the families that take any number of channels: channel and image.
template <class T>
Plan<T> make_dense_plan(const Extent& extent);

// The same for rows that are few; a single image's are summed by dot kernels.
template <class T>
Plan<T> make_few_plan(const Extent& extent);

// The panels of channel kernels that cover `rows` channels at the least cost for long sums.
template <class T>
std::vector<Panel<T>> channel_panels(Index rows);

template <class T>
Index widest_panel(const std::vector<Panel<T>>& panels) {
  Index widest = 0;
  for (const Panel<T>& panel : panels) widest = std::max(widest, panel.width);
  return widest;
}

// The image kernel for a panel and a number of images.
template <class T>
const Kernel<T>& image_kernel(const Plan<T>& plan, const Panel<T>& panel, Index images) {
  const Index lanes = plan.table->lanes;
  const Index vectors = divide_up(images, lanes);
  return plan.table->image[panel.image_width][vectors - 1][images % lanes != 0];
}

// Runs one tile of at most `left` sites, which for image kernels have `images` images left; how
// many sites it took.
template <class T>
Index run_tile(const Plan<T>& plan, const Panel<T>& panel, Tile<T>& tile, Index left,
               Index images) {
  if (plan.family == Family::image) {
    tile.sites = std::min(plan.images, images);
    image_kernel(plan, panel, tile.sites).run(tile);
    return 1;
  }
  tile.sites = std::min<Index>(panel.kernel.sites, left);
  panel.kernel.run(tile);
  return tile.sites;
}

}  // namespace nnconv
