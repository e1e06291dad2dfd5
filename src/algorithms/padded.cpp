// Padded: how many cells are missing, and what the runs of a problem cost.
#include "algorithms/padded.h"

#include <algorithm>
#include <cstdlib>

namespace nnconv {
namespace {

constexpr double most_padded_bytes = 8 << 20;

// The time that the direct algorithm takes for a product, a pair of runs, a link that an item lists
// and a number that it reads, in nanoseconds, of which only the ratios matter. Fitted to 250 random
// layers of each type on a processor with AVX2.
struct Prices {
  double product, pair, link, number;
};
constexpr Prices single_prices = {0.07, 50, 36, 0.3};
constexpr Prices double_prices = {0.125, 450, 5, 0.07};
constexpr Index item_sites = 96, tile_sites = 6;  // as in direct.cpp, and as kernels have them

}  // namespace

template <class T>
double direct_price(const Problem& p) {
  constexpr Prices price = sizeof(T) == sizeof(float) ? single_prices : double_prices;
  constexpr Index lanes = 32 / static_cast<Index>(sizeof(T));
  const auto number = [](Index n) { return static_cast<double>(n); };
  const Index filled = divide_up(p.channels(), lanes) * lanes;
  const double product = price.product * number(p.depth() * filled);
  const double read = price.number * number(p.depth());
  double total = 0;
  for (const Run& column : p.columns) {
    const Index below = column.links.size();
    for (const Run& row : p.rows) {
      const Index beside = row.links.size();
      const Index sites = p.to.batch * row.count * column.count;
      const Index items = divide_up(sites, item_sites);
      const double links = number(beside) * number(below);
      const Index step = std::min(std::abs(row.source_step), beside);
      total += price.pair + number(items) * links * (price.link + read) +
               number(sites * below * step) * read +
               number(divide_up(sites, tile_sites) * tile_sites) * links * product;
    }
  }
  return number(p.groups) * total;
}

PaddedSource pad_to_correlate(const Geometry& geometry) {
  PaddedSource padded = {geometry, {}};
  for (std::size_t i = 0; i < 2; ++i) {
    Axis& axis = padded.geometry.axis[i];
    const Index read = (axis.small - 1) * axis.stride + kernel_extent(axis);
    padded.axis[i] = {axis.large, axis.pad_before, read - axis.pad_before - axis.large, axis.mode};
    axis.large = read;
    axis.pad_before = axis.pad_after = 0;
    axis.mode = PadMode::zeros;
  }
  return padded;
}

// Large cell h has the taps u and small cells i with i * stride + u * dilation = h + pad_before.
PaddedSource pad_to_scatter(const Geometry& geometry) {
  PaddedSource padded = {geometry, {}};
  for (std::size_t i = 0; i < 2; ++i) {
    Axis& axis = padded.geometry.axis[i];
    const Index missing = kernel_extent(axis) - 1 - axis.pad_before;
    const Index before = std::max<Index>(0, divide_up(missing, axis.stride));
    const Index last = (axis.large - 1 + axis.pad_before) / axis.stride;
    const Index after = std::max<Index>(0, last - (axis.small - 1));
    padded.axis[i] = {axis.small, before, after, PadMode::zeros};
    axis.small += before + after;
    axis.pad_before += before * axis.stride;
    axis.pad_after =
        (axis.small - 1) * axis.stride - axis.pad_before + kernel_extent(axis) - axis.large;
  }
  return padded;
}

bool can_be_padded(const PaddedSource& padded, Index cell) {
  const auto is_padded = [](const PaddedAxis& axis) { return axis.before > 0 || axis.after > 0; };
  double bytes = static_cast<double>(cell) * sizeof(double);
  for (const PaddedAxis& axis : padded.axis) bytes *= static_cast<double>(axis.length());
  return (is_padded(padded.axis[0]) || is_padded(padded.axis[1])) && bytes <= most_padded_bytes;
}

template <class T>
double least_padded_price(const Problem& plain, const PaddedSource& padded) {
  constexpr Prices price = sizeof(T) == sizeof(float) ? single_prices : double_prices;
  double products = price.product * static_cast<double>(plain.groups * plain.depth()) *
                    static_cast<double>(plain.channels() * plain.to.batch);
  for (const Axis& axis : padded.geometry.axis) {  // the cells of the result, all with all taps
    const auto small = static_cast<double>(axis.small), large = static_cast<double>(axis.large);
    products *= static_cast<double>(axis.kernel) *
                std::min(small, large / static_cast<double>(axis.stride));
  }
  return products;
}

template <class T>
double padded_price(const Problem& padded) {
  constexpr double margin = 1.05, copied = 1;  // of what is not known, and of a number
  return margin * (direct_price<T>(padded) + copied * static_cast<double>(padded.from.count()));
}

template double direct_price<float>(const Problem&);
template double direct_price<double>(const Problem&);
template double least_padded_price<float>(const Problem&, const PaddedSource&);
template double least_padded_price<double>(const Problem&, const PaddedSource&);
template double padded_price<float>(const Problem&);
template double padded_price<double>(const Problem&);

}  // namespace nnconv
