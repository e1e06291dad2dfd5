// Convolution: makes the links of a problem, and chooses an algorithm for each of its cells.
#include "convolution/convolution.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <string_view>
#include <vector>

#include "algorithms/col2im.h"
#include "algorithms/direct.h"
#include "algorithms/magnitude.h"
#include "algorithms/padded.h"
#include "algorithms/planes.h"
#include "algorithms/subpixel.h"
#include "algorithms/winograd.h"
#include "algorithms/winograd_tiles.h"
#include "system/scratch.h"

#include <cstdio>
#include <cstdlib>
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

// One call of a verb, as the algorithms are tried on it.
template <class T>
struct Call {
  const Geometry& geometry;
  bool is_correlate;
  Arrays arrays;
  Algorithm algorithm;
  const Checkpoint& checkpoint;
  Problem problem = {};
  std::vector<bool> done = {};  // pairs of runs that an algorithm has computed

  bool is_automatic() const { return algorithm == Algorithm::automatic; }

  double products() const {
    return static_cast<double>(problem.weights_count()) *
           static_cast<double>(problem.to.batch * problem.to.height) *
           static_cast<double>(problem.to.width);
  }
};

Problem problem_of(const Geometry& g, bool is_correlate, const Checkpoint& checkpoint) {
  const auto runs = [&](const Axis& axis) {
    return is_correlate
               ? correlate_reach(axis, dense_step(axis, axis.small) / axis.stride, checkpoint)
               : scatter_reach(axis, checkpoint);
  };
  const ImageView large = large_view(g), small = small_view(g);
  return {g.groups,
          g.taps(),
          g.axis[0].kernel,
          is_correlate ? large : small,
          is_correlate ? small : large,
          is_correlate ? correlate_weights(g) : scatter_weights(g),
          runs(g.axis[0]),
          runs(g.axis[1])};
}

// Each of these computes what it is expected to be fastest at, if it may. True if nothing is left.

template <class T>
bool try_col2im(Call<T>& call) {
  if (call.is_correlate) return false;
  const Geometry& g = call.geometry;
  const bool is_wanted =
      call.algorithm == Algorithm::col2im || (call.is_automatic() && is_worth_adding_columns<T>(g));
  if (!is_wanted || !can_add_columns<T>(g)) return false;
  scatter_by_columns<T>(g, call.arrays, call.checkpoint);
  return true;
}

template <class T>
bool try_transforms(Call<T>& call) {
  call.problem = problem_of(call.geometry, call.is_correlate, call.checkpoint);
  const bool wherever_possible = call.algorithm == Algorithm::transforms;
  if (!wherever_possible && !(call.is_automatic() && call.products() > least_work)) return false;
  call.done = contract_fast<T>(call.problem, call.arrays, wherever_possible, call.checkpoint);
  return !call.done.empty() &&
         std::find(call.done.begin(), call.done.end(), false) == call.done.end();
}

template <class T>
bool try_padded(Call<T>& call) {
  const Problem& plain = call.problem;
  const bool wherever_possible = call.algorithm == Algorithm::padded;
  if (!wherever_possible && !(call.is_automatic() && call.products() > least_work)) return false;
  const std::array<Axis, 2>& axis = call.geometry.axis;
  const bool has_mode = axis[0].mode != PadMode::zeros || axis[1].mode != PadMode::zeros;
  if (!call.done.empty() || (has_mode && !call.is_correlate)) return false;
  const PaddedSource source =
      call.is_correlate ? pad_to_correlate(call.geometry) : pad_to_scatter(call.geometry);
  const Index cell = plain.from.batch * plain.from.channels;
  if (!can_be_padded(source, cell)) return false;
  const double price =
      wherever_possible ? std::numeric_limits<double>::infinity() : direct_price<T>(plain);
  if (least_padded_price<T>(plain, source) >= price) return false;
  const Problem problem = problem_of(source.geometry, call.is_correlate, call.checkpoint);
  if (padded_price<T>(problem) >= price) return false;
  if (!are_moderate<T>(call.arrays.weight, plain.weights_count(), call.checkpoint)) return false;
  Scratch<double> room;
  Arrays arrays = call.arrays;
  double* const x = room.room(problem.from.count());
  pad(arrays.x, cell, source.axis[0], source.axis[1], 0, x, call.checkpoint);
  arrays.x = x;
  contract_directly<T>(problem, arrays, {}, call.checkpoint);
  return true;
}

template <class T>
bool try_planes(Call<T>& call) {
  const bool wherever_possible = call.algorithm == Algorithm::planes;
  if (!wherever_possible) return false;
  const Geometry& g = call.geometry;
  const bool has_mode = g.axis[0].mode != PadMode::zeros || g.axis[1].mode != PadMode::zeros;
  if (has_mode && !call.is_correlate) return false;
  const PaddedSource source = call.is_correlate ? pad_to_correlate(g) : pad_to_scatter(g);
  const Problem problem = problem_of(source.geometry, call.is_correlate, call.checkpoint);
  if (getenv("NNPL")) { Problem plain = problem_of(g, call.is_correlate, call.checkpoint); if (!can_use_planes<T>(problem, source)) { printf("NO\n"); return false;} double mine = planes_price<T>(problem, source); printf("| mine %g direct %g padded %g\n", mine, direct_price<T>(plain), padded_price<T>(problem)); fflush(stdout); }
  if (!can_use_planes<T>(problem, source)) return false;
  if (!are_moderate<T>(call.arrays.weight, problem.weights_count(), call.checkpoint)) return false;
  contract_by_planes<T>(problem, source, call.arrays, call.checkpoint);
  return true;
}

template <class T>
bool run_direct(Call<T>& call) {
  contract_directly<T>(call.problem, call.arrays, call.done, call.checkpoint);
  return true;
}

template <class T>
void contract(Call<T> call) {
  if (call.geometry.batch == 0) return;
  constexpr bool (*algorithms[])(Call<T>&) = {try_planes<T>, try_col2im<T>, try_transforms<T>,
                                              try_padded<T>, run_direct<T>};
  for (const auto& algorithm : algorithms) {
    if (algorithm(call)) return;
  }
}

}  // namespace

bool algorithm_named(const char* name, Algorithm& algorithm) {
  constexpr std::string_view names[] = {"automatic", "direct", "transforms",
                                        "col2im",    "padded", "planes"};
  const auto* const place = std::find(std::begin(names), std::end(names), name);
  algorithm = static_cast<Algorithm>(place - std::begin(names));
  return place != std::end(names);
}

template <class T>
void correlate(const Geometry& g, const double* large, const double* weight, const double* bias,
               double* small, Algorithm algorithm, const Checkpoint& checkpoint) {
  contract<T>({g, true, {large, weight, bias, small}, algorithm, checkpoint});
}

template <class T>
void scatter(const Geometry& g, const double* small, const double* weight, const double* bias,
             double* large, Algorithm algorithm, const Checkpoint& checkpoint) {
  contract<T>({g, false, {small, weight, bias, large}, algorithm, checkpoint});
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
