// Scratch bytes: the law, in doubles, which do not overflow.
#include "convolution/scratch_bytes.h"

#include <algorithm>

#include "arrays/array_layout.h"
#include "geometry/runs.h"

namespace nnconv {
namespace {

constexpr double packed = 1 << 24;  // blocks of packed weights and images
constexpr double share = 0.1;       // of the largest array, for what is packed of it
constexpr double per_tap = 512;     // lists of links of a pair of runs
constexpr double per_run = 400;     // a run with its first links
static_assert(sizeof(Run) < per_run, "a run and its links have to fit");

double count_of(const ImageView& image) {
  return static_cast<double>(image.batch) * static_cast<double>(image.channels) *
         static_cast<double>(image.height) * static_cast<double>(image.width);
}

double most_runs(const Axis& axis) {
  const auto taps = static_cast<double>(axis.kernel);
  const auto cells = static_cast<double>(std::max(axis.large, axis.small));
  const auto dilation = static_cast<double>(axis.dilation);
  const double phases = dilation <= cells / 8 ? dilation : 1;
  return std::min(2 * phases * taps, cells) + taps;
}

}  // namespace

double call_bytes(const Geometry& g, double elements) {
  const double largest = std::max({elements, count_of(large_view(g)), count_of(small_view(g))});
  const double taps = static_cast<double>(g.axis[0].kernel) * static_cast<double>(g.axis[1].kernel);
  const double runs = most_runs(g.axis[0]) + most_runs(g.axis[1]);
  return sizeof(double) * (elements + share * largest) + packed + per_tap * taps + per_run * runs;
}

}  // namespace nnconv
