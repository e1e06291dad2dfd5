// Verbs: calls and tolerances.
#include "verbs.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "convolution/weight_gradient.h"
#include "packing/pieces.h"

namespace core {
namespace {

using nnconv::Algorithm;

// That no result has: an element that is not written shows.
constexpr double unwritten = 1e99;

template <class T>
Results run_as(const Case& c, Way way, const nnconv::Checkpoint& checkpoint) {
  Results r = {std::vector<double>(c.small.size(), unwritten),
               std::vector<double>(c.large.size(), unwritten),
               std::vector<double>(c.weight.size(), unwritten)};
  const double* const small_bias = way.with_bias ? c.small_bias.data() : nullptr;
  const double* const large_bias = way.with_bias ? c.large_bias.data() : nullptr;
  nnconv::correlate<T>(c.geometry, c.large.data(), c.weight.data(), small_bias, r.small.data(),
                       way.algorithm, checkpoint, way.weights_id);
  nnconv::scatter<T>(c.geometry, c.small.data(), c.weight.data(), large_bias, r.large.data(),
                     way.algorithm, checkpoint, way.weights_id);
  nnconv::weight_gradient<T>(c.geometry, c.large.data(), c.small.data(), r.weight.data(),
                             checkpoint);
  return r;
}

bool same(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0);
}

void hash_in(std::uint64_t& h, const std::vector<double>& numbers) {
  for (const double number : numbers) {
    const double value = number + 0.0;
    std::uint64_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    h = (h ^ bits) * 0x100000001b3u;
    h ^= h >> 32;
  }
}

}  // namespace

Results run(const Case& c, Way way, const nnconv::Checkpoint& checkpoint) {
  return way.is_single ? run_as<float>(c, way, checkpoint) : run_as<double>(c, way, checkpoint);
}

bool same_bits(const Results& a, const Results& b) {
  return same(a.small, b.small) && same(a.large, b.large) && same(a.weight, b.weight);
}

Wanted wanted_of(const Case& c, bool with_bias) {
  return {expected_correlate(c, with_bias), expected_scatter(c, with_bias),
          expected_weight_gradient(c)};
}

double worst_error(const Results& found, const Wanted& wanted, Way way, Numbers numbers) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const double epsilon = way.is_single ? static_cast<double>(std::numeric_limits<float>::epsilon())
                                       : std::numeric_limits<double>::epsilon();
  const Tolerance sums = {numbers == Numbers::whole ? Tolerance::exact : Tolerance::of_sums,
                          epsilon, way.is_single ? 2.0 * nnconv::least_piece - 1 : infinity};
  const bool may_transform =
      (way.algorithm == Algorithm::automatic || way.algorithm == Algorithm::transforms) &&
      numbers != Numbers::wild;
  const Tolerance fast = {Tolerance::of_largest, way.is_single ? 5e-5 : 1e-12};
  const Tolerance contracted = may_transform ? fast : sums;
  return std::max({worst_error(found.small, wanted.small, contracted),
                   worst_error(found.large, wanted.large, contracted),
                   worst_error(found.weight, wanted.weight, sums)});
}

std::uint64_t hash(std::uint64_t before, const Results& results) {
  hash_in(before, results.small);
  hash_in(before, results.large);
  hash_in(before, results.weight);
  return before;
}

std::string name_of(Way way) {
  const char* const algorithms[] = {"automatic", "direct", "transforms",
                                    "col2im",    "padded", "planes"};
  return std::string(way.is_single ? "float32 " : "float64 ") +
         algorithms[static_cast<int>(way.algorithm)] + (way.with_bias ? " with bias" : "");
}

}  // namespace core
