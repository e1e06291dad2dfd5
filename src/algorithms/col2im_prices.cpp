// Col2im prices: do columns fit into scratch memory, and are they expected to be faster?
#include <algorithm>

#include "algorithms/col2im.h"

namespace nnconv {
namespace {

// What things take, in nanoseconds, fitted to the times of random layers on a processor with AVX2.
// Only their ratios matter. They are the same for all instruction sets, so that the results are.
struct Prices {
  // By phases: a product, a tap of a site, a weight, a number of the result; a pair of runs, each
  // of its links for every channel of the result and for every channel that is summed.
  double product, site, weight, cell, pair, link, source;
  // By columns: a product, a sum of products that is added, a weight, a number of the result, and a
  // line that is added.
  double column_product, added, column_weight, column_cell, line;
};
constexpr Prices single_prices = {0.033, 4.3, 4.3, 5.2, 234, 0.52, 0.14, 0.097, 3.1, 1.5, 2.6, 18};
constexpr Prices double_prices = {0.125, 0, 5.5, 4.5, 450, 0, 0.067, 0.176, 3.3, 0.26, 1.8, 11};

// The share of an axis's small cells and taps that reach a cell of the result. The others are
// cropped: only the columns take them.
double kept_share(const Axis& axis) {
  double kept = 0;
  for (Index tap = 0; tap < axis.kernel; ++tap) {
    const Index before = axis.pad_before - tap * axis.dilation;  // large cell 0 is small cell this
    const Index first = std::max<Index>(0, divide_up(before, axis.stride));
    const Index room = axis.large - 1 + before;
    const Index last = room < 0 ? -1 : std::min(axis.small - 1, room / axis.stride);
    kept += static_cast<double>(std::max<Index>(0, last - first + 1));
  }
  return kept / (static_cast<double>(axis.kernel) * static_cast<double>(axis.small));
}

}  // namespace

template <class T>
bool can_add_columns(const Geometry& g) {
  const Index channels = g.large_channels / g.groups, depth = g.small_channels / g.groups;
  const Index column_length = channels * g.axis[0].large;
  return g.axis[0].mode == PadMode::zeros && g.axis[1].mode == PadMode::zeros &&
         channels * g.axis[0].kernel * depth * static_cast<Index>(sizeof(T)) <= packed_bytes &&
         channels * g.axis[0].kernel * least_sites * static_cast<Index>(sizeof(double)) <=
             most_product_bytes &&
         column_length * static_cast<Index>(sizeof(double)) <= ring_bytes;
}

template <class T>
bool is_worth_adding_columns(const Geometry& g) {
  const Prices& price = sizeof(T) == sizeof(float) ? single_prices : double_prices;
  constexpr Index lanes = 32 / static_cast<Index>(sizeof(T));
  const auto number = [](Index n) { return static_cast<double>(n); };
  double sites = number(g.batch), cells = number(g.batch), pairs = 1, links = 1, kept = 1;
  for (const Axis& axis : g.axis) {
    const Index overlap = std::max<Index>(0, kernel_extent(axis) - axis.stride);
    sites *= number(axis.small);
    kept *= kept_share(axis);
    cells *= number(axis.large);
    pairs *= number(std::min(axis.large, axis.stride + 2 * overlap));
    links *= number(divide_up(axis.kernel, axis.stride));
  }
  const Index channels = g.large_channels / g.groups;
  const double rows = number(channels), taps = number(g.taps());
  const double depth = number(g.small_channels / g.groups);
  const double filled = number(divide_up(channels, lanes) * lanes);
  const double direct = kept * sites * taps * (depth * filled * price.product + price.site) +
                        depth * taps * filled * price.weight + cells * rows * price.cell +
                        pairs * (price.pair + links * (filled * price.link + depth * price.source));
  const double columns = sites * taps * rows * (depth * price.column_product + price.added) +
                         depth * taps * rows * price.column_weight +
                         cells * rows * price.column_cell +
                         sites * number(g.axis[1].kernel) * price.line;
  constexpr double margin = sizeof(T) == sizeof(float) ? 1.3 : 1.5;  // of what is not known
  return margin * columns < direct;
}

template bool can_add_columns<float>(const Geometry&);
template bool can_add_columns<double>(const Geometry&);
template bool is_worth_adding_columns<float>(const Geometry&);
template bool is_worth_adding_columns<double>(const Geometry&);

}  // namespace nnconv
