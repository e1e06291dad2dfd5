// Convolution: makes the links of a problem, and chooses an algorithm for each of its cells.
#include "convolution/convolution.h"

#include <algorithm>
#include <vector>

#include "algorithms/col2im.h"
#include "algorithms/direct.h"
#include "algorithms/magnitude.h"
#include "algorithms/subpixel.h"
#include "algorithms/winograd.h"
#include "algorithms/winograd_tiles.h"

namespace nnconv {
namespace {

constexpr double least_work = 1 << 20;  // multiply-adds from which transforms may pay

// All cells of a span of rows in a span of columns.
struct SpanPair {
  const Span *row, *column;
};

// Runs the fast algorithms where the cost model expects a gain, or wherever they are possible;
// returns the pairs of runs they covered.
template <class T>
std::vector<bool> contract_fast(const Problem& p, const Arrays& arrays, bool wherever_possible,
                                const Checkpoint& checkpoint) {
  const std::vector<Span> rows = find_spans(p.rows, p.from.height, checkpoint);
  const std::vector<Span> columns = find_spans(p.columns, p.from.width, checkpoint);
  const bool is_worth_subpixel = wherever_possible || sizeof(T) == sizeof(float);
  const bool is_subpixel = is_worth_subpixel && can_use_subpixel(p, rows, columns);
  std::vector<SpanPair> pairs;
  for (const Span& column : columns) {
    if (checkpoint) checkpoint();
    for (const Span& row : rows) {
      if (is_subpixel || (can_use_winograd(row, column) &&
                          (wherever_possible || is_worth_winograd<T>(p, row, column)))) {
        pairs.push_back({&row, &column});
      }
    }
  }
  if (pairs.empty() || !are_moderate<T>(arrays.weight, p.weights_count(), checkpoint) ||
      !are_moderate<T>(arrays.x, p.from.count(), checkpoint)) {
    return {};
  }
  std::vector<bool> done(p.rows.size() * p.columns.size(), false);
  if (is_subpixel) contract_by_subpixel<T>(p, arrays, rows, columns, checkpoint);
  for (const SpanPair& pair : pairs) {
    if (!is_subpixel) contract_by_winograd<T>(p, arrays, *pair.row, *pair.column, checkpoint);
    if (checkpoint) checkpoint();
    for (const std::size_t c : pair.column->runs) {
      for (const std::size_t r : pair.row->runs) done[r + p.rows.size() * c] = true;
    }
  }
  return done;
}

template <class T>
void contract(const Problem& problem, const Arrays& arrays, Algorithm algorithm,
              const Checkpoint& checkpoint) {
  if (problem.to.batch == 0) return;
  std::vector<bool> done;
  const double products = static_cast<double>(problem.weights_count()) *
                          static_cast<double>(problem.to.batch * problem.to.height) *
                          static_cast<double>(problem.to.width);
  const bool wherever_possible = algorithm == Algorithm::transforms;
  if (wherever_possible || (algorithm == Algorithm::automatic && products > least_work)) {
    done = contract_fast<T>(problem, arrays, wherever_possible, checkpoint);
  }
  const bool all = !done.empty() && std::find(done.begin(), done.end(), false) == done.end();
  if (!all) contract_directly<T>(problem, arrays, done, checkpoint);
}

}  // namespace

template <class T>
void correlate(const Geometry& g, const double* large, const double* weight, const double* bias,
               double* small, Algorithm algorithm, const Checkpoint& checkpoint) {
  const auto reach = [&](const Axis& axis) {
    return correlate_reach(axis, dense_step(axis, axis.small) / axis.stride, checkpoint);
  };
  contract<T>({g.groups, g.taps(), g.axis[0].kernel, large_view(g), small_view(g),
               correlate_weights(g), reach(g.axis[0]), reach(g.axis[1])},
              {large, weight, bias, small}, algorithm, checkpoint);
}

template <class T>
void scatter(const Geometry& g, const double* small, const double* weight, const double* bias,
             double* large, Algorithm algorithm, const Checkpoint& checkpoint) {
  const bool by_columns = algorithm == Algorithm::col2im ||
                          (algorithm == Algorithm::automatic && is_worth_adding_columns<T>(g));
  if (by_columns && g.batch > 0 && can_add_columns<T>(g)) {
    return scatter_by_columns<T>(g, {small, weight, bias, large}, checkpoint);
  }
  const auto reach = [&](const Axis& axis) { return scatter_reach(axis, checkpoint); };
  contract<T>({g.groups, g.taps(), g.axis[0].kernel, small_view(g), large_view(g),
               scatter_weights(g), reach(g.axis[0]), reach(g.axis[1])},
              {small, weight, bias, large}, algorithm, checkpoint);
}

template void correlate<float>(const Geometry&, const double*, const double*, const double*,
                               double*, Algorithm, const Checkpoint&);
template void correlate<double>(const Geometry&, const double*, const double*, const double*,
                                double*, Algorithm, const Checkpoint&);
template void scatter<float>(const Geometry&, const double*, const double*, const double*, double*,
                             Algorithm, const Checkpoint&);
template void scatter<double>(const Geometry&, const double*, const double*, const double*, double*,
                              Algorithm, const Checkpoint&);

}  // namespace nnconv
