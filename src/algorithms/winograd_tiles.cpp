// Winograd tiles: their sizes, and the cost model.
#include "algorithms/winograd_tiles.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace nnconv {

AxisTiles tiles_of(const Span& span, const Component& component) {
  const int taps = static_cast<int>(component.taps.size());
  return {&span,
          &component,
          taps,
          outputs_of(taps),
          points_of(taps),
          divide_up(span.count, outputs_of(taps))};
}

Index winograd_depth_at_once(Index depth, Index points) {
  const Index blocks = divide_up(depth * points, most_weights);
  return divide_up(divide_up(depth, blocks), 16) * 16;
}

namespace {

// Costs count multiply-adds of the direct algorithm. They were fitted to the times of 366 layers (1
// to 32 images, 8 to 256 channels, 4 to 56 cells, kernels 3 and 4, strides 1 and 2) in each type. A
// transformed number goes through memory, and in float32 is converted, which costs more than its
// products with the matrix.
template <class T>
constexpr double cost_of_transform = sizeof(T) == sizeof(float) ? 6 : 4;
constexpr double cost_of_weights = 4;   // of each product of a weight with a matrix, in place of 1
constexpr double cost_of_packing = 16;  // of a weight of the direct algorithm
constexpr double cost_of_component = 4e5;

template <class T>
double winograd_cost(const Problem& p, const AxisTiles& row, const AxisTiles& column) {
  const double points = row.points * column.points;
  const double depth = static_cast<double>(p.depth());
  const double channels = static_cast<double>(p.channels());
  const double tiles = static_cast<double>(row.tiles * column.tiles * p.to.batch);
  const double data = points * (row.points + column.points);
  const double result = points * row.outputs + row.outputs * column.points * column.outputs;
  const double weights = points * (row.taps + column.taps);
  const double at_once = std::min(depth, most_weights / points);
  const double channel_blocks = std::ceil(channels * at_once * points * sizeof(T) / weight_bytes);
  const double depth_blocks = std::ceil(depth / at_once);
  const double transforms = data * depth * channel_blocks + result * channels * depth_blocks;
  return tiles * (points * depth * channels + cost_of_transform<T> * transforms) +
         cost_of_weights * weights * depth * channels + cost_of_component;
}

// Components of a span that have the same number of taps, and so the same cost.
struct Alike {
  const Component* component;
  double count;
};

std::vector<Alike> components_by_taps(const Span& span) {
  std::vector<Alike> all;
  for (const Component& component : span.components) {
    const auto same = std::find_if(all.begin(), all.end(), [&](const Alike& a) {
      return a.component->taps.size() == component.taps.size();
    });
    if (same == all.end()) {
      all.push_back({&component, 1});
    } else {
      ++same->count;
    }
  }
  return all;
}

}  // namespace

bool can_use_winograd(const Span& row, const Span& column) {
  Index least = 1;
  for (const Span* span : {&row, &column}) {
    Index fewest = span->components[0].taps.size();
    for (const Component& component : span->components) {
      if (component.taps.size() > most_taps) return false;
      fewest = std::min(fewest, component.taps.size());
    }
    least *= fewest;
  }
  return least > 1;  // a single tap leaves nothing to save
}

template <class T>
WinogradCosts winograd_costs(const Problem& p, const Span& row, const Span& column) {
  const double weights = static_cast<double>(p.depth()) * static_cast<double>(p.channels());
  const double cells = static_cast<double>(row.count * column.count * p.to.batch);
  const std::vector<Alike> rows = components_by_taps(row), columns = components_by_taps(column);
  WinogradCosts costs = {0, 0};
  for (const Alike& v : columns) {
    for (const Alike& u : rows) {
      const double pairs = u.count * v.count;
      const double taps = static_cast<double>(u.component->taps.size() * v.component->taps.size());
      costs.winograd +=
          pairs * winograd_cost<T>(p, tiles_of(row, *u.component), tiles_of(column, *v.component));
      costs.direct += pairs * taps * weights * (cells + cost_of_packing);
    }
  }
  return costs;
}

template WinogradCosts winograd_costs<float>(const Problem&, const Span&, const Span&);
template WinogradCosts winograd_costs<double>(const Problem&, const Span&, const Span&);

}  // namespace nnconv
