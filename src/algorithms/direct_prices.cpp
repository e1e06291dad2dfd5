// Direct prices: what the direct algorithm is expected to take.
#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "algorithms/direct.h"
#include "algorithms/prices.h"
#include "packing/plan.h"

namespace nnconv {
namespace {

// The family of kernels that a plan would choose for vectors of 32 bytes, and the numbers that its
// vectors hold of each cell, of all images and channels of a group.
struct Filling {
  Family family;
  double numbers, depth;
};

Filling filling_of(const Problem& p, Index lanes) {
  const auto fill = [&](Index n) { return number(divide_up(n, lanes) * lanes); };
  const Index batch = p.to.batch, channels = p.channels(), depth = p.depth();
  if (p.groups > 1 && depth == 1 && channels == 1) {
    return {Family::depthwise, fill(p.groups * batch) / number(p.groups), 1};
  }
  if (batch == 1 && channels <= 3 && depth >= 2 * lanes) {
    return {Family::dot, number(channels), fill(depth)};
  }
  const double by_channels = number(batch) * fill(channels),
               by_images = number(channels) * fill(batch);
  if (batch > 1 && by_images < by_channels) return {Family::image, by_images, number(depth)};
  return {Family::channel, by_channels, number(depth)};
}

// A product; a pair of runs; a link that an item lists, and one that a tile runs through; a cell
// and a number that are read, and that are written; a weight. For each Family, in its order.
struct Prices {
  double product, pair, item_link, tile_link, read_cell, read, written_cell, written, weight;
};
constexpr Prices single_prices[] = {{0.064, 1000, 40, 4.3, 1.6, 0.6, 41, 1.4, 3.1},
                                    {0.077, 1500, 8, 16, 2.8, 1, 18, 0.6, 8},
                                    {0.3, 1000, 40, 4.3, 0, 0.6, 0, 1.4, 3.1},
                                    {0.086, 480, 65, 3.5, 15, 0.6, 12, 7.3, 1.8}};
constexpr Prices double_prices[] = {{0.116, 640, 23, 2.1, 0.7, 0.15, 17, 1.9, 4},
                                    {0.2, 740, 28, 5.7, 0.3, 0.14, 2, 1.3, 1.1},
                                    {0.3, 640, 23, 2.1, 0, 0.15, 0, 1.9, 4},
                                    {0.185, 540, 16, 4.7, 2, 0.15, 4.3, 2.1, 2.8}};
constexpr double item_sites = 96, tile_sites = 6;  // as in direct.cpp, and as kernels have them

}  // namespace

template <class T>
double direct_price(const Problem& p) {
  constexpr Index lanes = priced_lanes<T>;
  const Filling filling = filling_of(p, lanes);
  const Prices& price =
      (sizeof(T) == sizeof(float) ? single_prices
                                  : double_prices)[static_cast<int>(filling.family)];
  const double batch = number(p.to.batch), numbers = filling.numbers / batch;
  const double site_batch =
      filling.family == Family::image ? number(divide_up(p.to.batch, 2 * lanes)) : batch;
  const double panels = std::ceil(numbers / number(2 * lanes));
  const double blocks = number(divide_up(p.depth(), direct_depth_at_once(p.taps)));
  double total = 0;
  for (const Run& column : p.columns) {
    const Index below = column.links.size();
    for (const Run& row : p.rows) {
      const Index beside = row.links.size();
      const double links = number(beside * below), cells = number(row.count * column.count);
      const double sites = cells * site_batch;
      const double read =
          cells * batch * number(below * std::min(std::abs(row.source_step), beside));
      const double lists =
          price.pair + price.item_link * std::ceil(sites / item_sites) * links +
          price.tile_link * std::ceil(sites / tile_sites) * links * panels +
          (price.written_cell + price.written * number(p.channels())) * cells * batch +
          price.read_cell * read;
      total += price.product * cells * links * filling.numbers * filling.depth + blocks * lists +
               price.read * number(p.depth()) * read;
    }
  }
  const double weights = number(p.taps * p.depth()) * std::ceil(numbers);
  return number(p.groups) * (total + price.weight * weights);
}

template double direct_price<float>(const Problem&);
template double direct_price<double>(const Problem&);

}  // namespace nnconv
