// Winograd tiles: sizes, and the cost model.
#include "algorithms/winograd_tiles.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace nnconv {

AxisTiles tiles_of(const Span& span, const Dense& part) {
  const int taps = static_cast<int>(part.taps.size());
  return {&span,
          &part,
          taps,
          outputs_of(taps),
          points_of(taps),
          divide_up(span.count, outputs_of(taps))};
}

Index summed_at_once(Index depth, Index points) {
  const Index parts = divide_up(depth * points, most_weights);
  return divide_up(divide_up(depth, parts), 16) * 16;
}

namespace {

// Costs in multiply-adds of the direct way. Fitted to the times of 366 layers (1 to 32 images, 8 to
// 256 channels, 4 to 56 cells, kernels 3 and 4, strides 1 and 2) in each type. A number that is
// transformed goes through memory, and in float32 is converted, which costs more than the products
// with the matrix.
template <class T>
constexpr double cost_of_transform = sizeof(T) == sizeof(float) ? 6 : 4;
constexpr double cost_of_weights = 4;   // in place of 1 for each product with a matrix
constexpr double cost_of_packing = 16;  // of a weight, direct
constexpr double cost_of_part = 4e5;

template <class T>
double transformed_cost(const Problem& p, const AxisTiles& row, const AxisTiles& column) {
  const double points = row.points * column.points;
  const double depth = static_cast<double>(p.depth()), rows = static_cast<double>(p.result_rows());
  const double tiles = static_cast<double>(row.tiles * column.tiles * p.to.batch);
  const double data = points * (row.points + column.points);
  const double result = points * row.outputs + row.outputs * column.points * column.outputs;
  const double weights = points * (row.taps + column.taps);
  const double at_once = std::min(depth, most_weights / points);
  const double row_blocks = std::ceil(rows * at_once * points * sizeof(T) / weight_bytes);
  const double depth_blocks = std::ceil(depth / at_once);
  const double transforms = data * depth * row_blocks + result * rows * depth_blocks;
  return tiles * (points * depth * rows + cost_of_transform<T> * transforms) +
         cost_of_weights * weights * depth * rows + cost_of_part;
}

// Parts of a span that have the same number of taps, and so cost the same.
struct Alike {
  const Dense* part;
  double count;
};

std::vector<Alike> parts_by_taps(const Span& span) {
  std::vector<Alike> all;
  for (const Dense& part : span.parts) {
    const auto same = std::find_if(all.begin(), all.end(), [&](const Alike& a) {
      return a.part->taps.size() == part.taps.size();
    });
    if (same == all.end()) {
      all.push_back({&part, 1});
    } else {
      ++same->count;
    }
  }
  return all;
}

}  // namespace

bool can_be_transformed(const Span& row, const Span& column) {
  std::size_t least = 1;
  for (const Span* span : {&row, &column}) {
    std::size_t fewest = span->parts[0].taps.size();
    for (const Dense& part : span->parts) {
      if (part.taps.size() > static_cast<std::size_t>(most_taps)) return false;
      fewest = std::min(fewest, part.taps.size());
    }
    least *= fewest;
  }
  return least > 1;  // with one tap, there is nothing to save
}

template <class T>
bool is_worth_transforming(const Problem& p, const Span& row, const Span& column) {
  const double weights = static_cast<double>(p.depth()) * static_cast<double>(p.result_rows());
  const double cells = static_cast<double>(row.count * column.count * p.to.batch);
  const std::vector<Alike> rows = parts_by_taps(row), columns = parts_by_taps(column);
  double transformed = 0, direct = 0;
  for (const Alike& v : columns) {
    for (const Alike& u : rows) {
      const double pairs = u.count * v.count;
      const double taps = static_cast<double>(u.part->taps.size() * v.part->taps.size());
      transformed +=
          pairs * transformed_cost<T>(p, tiles_of(row, *u.part), tiles_of(column, *v.part));
      direct += pairs * taps * weights * (cells + cost_of_packing);
    }
  }
  return transformed < direct;
}

template bool is_worth_transforming<float>(const Problem&, const Span&, const Span&);
template bool is_worth_transforming<double>(const Problem&, const Span&, const Span&);

}  // namespace nnconv
