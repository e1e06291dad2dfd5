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
#include "algorithms/winograd.h"
#include "algorithms/winograd_tiles.h"
#include "system/scratch.h"

namespace nnconv {
namespace {

// Multiply-adds from which transforms, and copies of the source, may pay.
constexpr double least_transformed = 1 << 20, least_copied = 1 << 17;

// All cells of a span of rows in a span of columns.
struct SpanPair {
  const Span *row, *column;
};

// The pairs of spans that Winograd's algorithm computes, and what they save and cost.
struct Transforms {
  std::vector<Span> rows, columns;
  std::vector<SpanPair> pairs;
  double saved = 0, cost = 0;
};

// One call of a verb, and its problem: as it is, and with cells put around the source.
template <class T>
struct Call {
  const Geometry& geometry;
  bool is_correlate;
  Arrays arrays;
  Algorithm algorithm;
  const Checkpoint& checkpoint;
  Problem problem = {};
  Transforms transforms = {};
  PaddedSource source = {};
  Problem padded = {};
  PlanesPrice planes = {};  // where planes are a candidate

  bool is_wanted(Algorithm other) const {
    return algorithm == Algorithm::automatic || algorithm == other;
  }
  bool is_forced() const { return algorithm != Algorithm::automatic; }

  double products() const {
    const ImageView to = is_correlate ? small_view(geometry) : large_view(geometry);
    const Index from_channels = is_correlate ? geometry.large_channels : geometry.small_channels;
    return static_cast<double>(geometry.taps() * from_channels) *
           static_cast<double>(to.channels / geometry.groups) *
           static_cast<double>(to.batch * to.height) * static_cast<double>(to.width);
  }

  bool has_moderate_weights() const {
    KeptWeights kept;  // that they are, without numbers
    kept.find(arrays.weights_id, {check_reader, Index{sizeof(T)}}, 0);
    if (kept.are_packed()) return true;
    if (!are_moderate<T>(arrays.weight, problem.weights_count(), checkpoint)) return false;
    kept.keep();
    return true;
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

// Each of these runs an algorithm and returns true, or returns false where the numbers do not allow
// it: where it multiplies by some that the definition does not have.

template <class T>
bool run_direct(Call<T>& call) {
  contract_directly<T>(call.problem, call.arrays, {}, call.checkpoint);
  return true;
}

template <class T>
bool run_col2im(Call<T>& call) {
  scatter_by_columns<T>(call.geometry, call.arrays, call.checkpoint);
  return true;
}

template <class T>
bool run_transforms(Call<T>& call) {
  const Problem& p = call.problem;
  if (!call.has_moderate_weights() ||
      !are_moderate<T>(call.arrays.x, p.from.count(), call.checkpoint)) {
    return false;
  }
  std::vector<bool> done(p.rows.size() * p.columns.size(), false);
  for (const SpanPair& pair : call.transforms.pairs) {
    contract_by_winograd<T>(p, call.arrays, *pair.row, *pair.column, call.checkpoint);
    if (call.checkpoint) call.checkpoint();
    for (const std::size_t c : pair.column->runs) {
      for (const std::size_t r : pair.row->runs) done[r + p.rows.size() * c] = true;
    }
  }
  if (std::find(done.begin(), done.end(), false) != done.end()) {
    contract_directly<T>(p, call.arrays, done, call.checkpoint);
  }
  return true;
}

template <class T>
bool run_padded(Call<T>& call) {
  if (!call.has_moderate_weights()) return false;
  Scratch<double> room;
  Arrays arrays = call.arrays;
  double* const x = room.room(call.padded.from.count());
  const Index cell = call.padded.from.batch * call.padded.from.channels;
  pad(arrays.x, cell, call.source.axis[0], call.source.axis[1], 0, x, call.checkpoint);
  arrays.x = x;
  contract_directly<T>(call.padded, arrays, {}, call.checkpoint);
  return true;
}

template <class T>
bool run_planes(Call<T>& call) {
  if (!call.has_moderate_weights()) return false;
  contract_by_planes<T>(call.padded, call.source, call.arrays, {}, call.checkpoint);
  return true;
}

// Finds the pairs of spans where the cost model expects a gain, or all that are possible.
template <class T>
void find_transforms(Call<T>& call) {
  Transforms& t = call.transforms;
  const Problem& p = call.problem;
  t.rows = find_spans(p.rows, p.from.height, call.checkpoint);
  t.columns = find_spans(p.columns, p.from.width, call.checkpoint);
  for (const Span& column : t.columns) {
    if (call.checkpoint) call.checkpoint();
    for (const Span& row : t.rows) {
      if (!can_use_winograd(row, column)) continue;
      const WinogradCosts costs = winograd_costs<T>(p, row, column);
      if (!call.is_forced() && costs.winograd >= costs.direct) continue;
      t.pairs.push_back({&row, &column});
      t.cost += costs.winograd;
      t.saved += costs.direct;
    }
  }
}

// The price of Winograd's pairs, and of the rest by the direct algorithm.
template <class T>
double transforms_price(const Problem& p, const Transforms& transforms, double direct) {
  const double all = count_links(p.rows) * count_links(p.columns) *
                     static_cast<double>(p.to.batch * p.depth() * p.channels());
  return winograd_unit<T> * static_cast<double>(p.groups) * transforms.cost +
         direct * std::max(0.0, 1 - transforms.saved / all);
}

// An algorithm, and the time that it is expected to take.
template <class T>
struct Candidate {
  double price;
  bool (*run)(Call<T>&);
};

constexpr double margin = 1.15;  // of what the prices do not know

// Those that the call wants and that are possible, the direct one among them.
template <class T>
std::vector<Candidate<T>> candidates_of(Call<T>& call) {
  const Geometry& g = call.geometry;
  const double infinite = std::numeric_limits<double>::infinity();
  const double direct = call.is_forced() ? infinite : direct_price<T>(call.problem);
  std::vector<Candidate<T>> found = {{direct, run_direct<T>}};
  const auto add = [&](double price, bool (*run)(Call<T>&)) {
    found.push_back({call.is_forced() ? 0 : price, run});
  };
  if (call.is_wanted(Algorithm::col2im) && !call.is_correlate && can_add_columns<T>(g)) {
    add(margin * columns_price<T>(g), run_col2im<T>);
  }
  const double products = call.is_forced() ? infinite : call.products();
  if (call.is_wanted(Algorithm::transforms) && products > least_transformed) {
    find_transforms(call);
    if (!call.transforms.pairs.empty()) {
      add(transforms_price<T>(call.problem, call.transforms, direct), run_transforms<T>);
    }
  }
  const bool has_mode = g.axis[0].mode != PadMode::zeros || g.axis[1].mode != PadMode::zeros;
  if (products <= least_copied || (has_mode && !call.is_correlate)) return found;
  if (!call.is_wanted(Algorithm::padded) && !call.is_wanted(Algorithm::planes)) return found;
  call.source = call.is_correlate ? pad_to_correlate(g) : pad_to_scatter(g);
  call.padded = problem_of(call.source.geometry, call.is_correlate, call.checkpoint);
  const Index cell = call.padded.from.batch * call.padded.from.channels;
  if (call.is_wanted(Algorithm::padded) && can_be_padded(call.source, cell)) {
    add(padded_price<T>(call.padded), run_padded<T>);
  }
  if (call.is_wanted(Algorithm::planes)) {
    call.planes = planes_price<T>(call.padded, call.source);
    if (call.planes.all < infinite) add(margin * call.planes.all, run_planes<T>);
  }
  return found;
}

template <class T>
void contract(Call<T> call) {
  if (call.geometry.batch == 0) return;
  call.problem = problem_of(call.geometry, call.is_correlate, call.checkpoint);
  std::vector<Candidate<T>> candidates = candidates_of(call);
  std::sort(candidates.begin(), candidates.end(),
            [](const Candidate<T>& a, const Candidate<T>& b) { return a.price < b.price; });
  for (const Candidate<T>& candidate : candidates) {
    if (candidate.run(call)) return;
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

bool are_worth_keeping(const Geometry& g) {
  constexpr double least_weights = 1 << 13, most_uses = 1 << 10;  // of a weight
  const double weights = static_cast<double>(g.taps()) *
                         static_cast<double>(g.large_channels / g.groups) *
                         static_cast<double>(g.small_channels);
  const double uses = static_cast<double>(g.batch) * static_cast<double>(g.axis[0].small) *
                      static_cast<double>(g.axis[1].small);
  return weights >= least_weights && weights * sizeof(double) <= most_kept_bytes &&
         uses <= most_uses;
}

template <class T>
void correlate(const Geometry& g, const double* large, const double* weight, const double* bias,
               double* small, Algorithm algorithm, const Checkpoint& checkpoint,
               WeightsId weights_id) {
  contract<T>({g, true, {large, weight, bias, small, weights_id}, algorithm, checkpoint});
}

template <class T>
void scatter(const Geometry& g, const double* small, const double* weight, const double* bias,
             double* large, Algorithm algorithm, const Checkpoint& checkpoint,
             WeightsId weights_id) {
  contract<T>({g, false, {small, weight, bias, large, weights_id}, algorithm, checkpoint});
}

template <class T>
std::optional<PlanesOffer> offer_planes(const Geometry& g, bool is_correlate, const double* weight,
                                        Algorithm algorithm) {
  const Checkpoint none;
  Call<T> call = {g, is_correlate, {nullptr, weight, nullptr, nullptr}, algorithm, none};
  if (g.batch == 0 || !call.is_wanted(Algorithm::planes)) return std::nullopt;
  if (!call.is_forced() && call.products() <= least_copied) return std::nullopt;
  call.problem = problem_of(g, is_correlate, none);
  PlanesOffer offer = {0, std::numeric_limits<double>::infinity(), 0, 0, std::nullopt};
  for (const Candidate<T>& candidate : candidates_of(call)) {
    if (candidate.run == run_planes<T>) {
      offer.planes = candidate.price;
    } else {
      offer.other = offer.other == 0 ? candidate.price : std::min(offer.other, candidate.price);
    }
  }
  if (offer.planes == std::numeric_limits<double>::infinity()) return std::nullopt;
  offer.copied = margin * call.planes.copied;
  offer.written = margin * call.planes.written;
  const double least = offer.planes - offer.copied - offer.written;
  if (least > offer.other || !call.has_moderate_weights()) return std::nullopt;
  offer.reads = planes_to_read(call.padded, call.source);
  return offer;
}

template <class T>
void contract_in_planes(const Geometry& g, bool is_correlate, const Arrays& arrays,
                        const PlaneEnds<T>& ends, const Checkpoint& checkpoint) {
  const PaddedSource source = is_correlate ? pad_to_correlate(g) : pad_to_scatter(g);
  const Problem padded = problem_of(source.geometry, is_correlate, checkpoint);
  contract_by_planes<T>(padded, source, arrays, ends, checkpoint);
}

template std::optional<PlanesOffer> offer_planes<float>(const Geometry&, bool, const double*,
                                                        Algorithm);
template std::optional<PlanesOffer> offer_planes<double>(const Geometry&, bool, const double*,
                                                         Algorithm);
template void contract_in_planes<float>(const Geometry&, bool, const Arrays&,
                                        const PlaneEnds<float>&, const Checkpoint&);
template void contract_in_planes<double>(const Geometry&, bool, const Arrays&,
                                         const PlaneEnds<double>&, const Checkpoint&);
template void correlate<float>(const Geometry&, const double*, const double*, const double*,
                               double*, Algorithm, const Checkpoint&, WeightsId);
template void correlate<double>(const Geometry&, const double*, const double*, const double*,
                                double*, Algorithm, const Checkpoint&, WeightsId);
template void scatter<float>(const Geometry&, const double*, const double*, const double*, double*,
                             Algorithm, const Checkpoint&, WeightsId);
template void scatter<double>(const Geometry&, const double*, const double*, const double*, double*,
                              Algorithm, const Checkpoint&, WeightsId);

}  // namespace nnconv
