// Cases: what is drawn.
#include "cases.h"

#include <algorithm>
#include <limits>

#include "arrays/array_layout.h"

namespace core {
namespace {

using nnconv::Axis;
using nnconv::PadMode;

template <std::size_t N>
Index one_of(Random& random, const Index (&values)[N]) {
  return values[random.below(static_cast<Index>(N))];
}

bool pads_fit(const Axis& axis) {
  const Index most = std::max(axis.pad_before, axis.pad_after);
  if (axis.mode == PadMode::reflect) return most < axis.large;
  if (axis.mode == PadMode::circular) return most <= axis.large;
  return true;
}

// Sizes as of a convolution, whose large side is given, or as of a transposed one, whose small side
// and output padding are.
Axis random_axis(Random& random, Index most_cells) {
  for (;;) {
    Axis axis = {};
    axis.kernel = random.below(8) == 0 ? random.between(4, 7) : random.between(1, 4);
    axis.stride = random.between(1, random.below(4) == 0 ? 5 : 2);
    axis.dilation = random.below(2) == 0 ? 1 : random.between(1, 3);
    axis.mode = static_cast<PadMode>(random.below(4));
    axis.pad_before = axis.pad_after = random.below(4);
    if (random.below(4) == 0) axis.pad_after = random.below(4);
    if (random.below(2) == 0) {
      axis.large = random.between(1, most_cells);
      axis.small = correlate_size(axis);
    } else {
      axis.small = random.between(1, most_cells);
      axis.large = scatter_size(axis, random.below(std::max(axis.stride, axis.dilation)));
    }
    if (axis.small >= 1 && axis.large >= 1 && pads_fit(axis)) return axis;
  }
}

std::vector<double> draw(Index count, Numbers numbers, Random& random) {
  std::vector<double> drawn(static_cast<std::size_t>(count));
  for (double& number : drawn) {
    number = numbers == Numbers::whole ? random.whole() : random.real();
  }
  if (numbers == Numbers::wild && count > 0) {
    const double odd[] = {std::numeric_limits<double>::quiet_NaN(),
                          std::numeric_limits<double>::infinity(),
                          -std::numeric_limits<double>::infinity()};
    drawn[static_cast<std::size_t>(random.below(count))] = odd[random.below(3)];
  }
  return drawn;
}

}  // namespace

double products(const Geometry& g) {
  return static_cast<double>(g.batch) * static_cast<double>(g.large_channels / g.groups) *
         static_cast<double>(g.small_channels) * static_cast<double>(g.axis[0].kernel) *
         static_cast<double>(g.axis[1].kernel) * static_cast<double>(g.axis[0].small) *
         static_cast<double>(g.axis[1].small);
}

Geometry random_geometry(Random& random, double least, double most) {
  const Index few[] = {1, 1, 2, 3, 4, 5, 8, 17, 33}, many[] = {4, 16, 24, 40};
  const bool big = least > 1e6;
  for (;;) {
    Geometry g = {};
    g.batch = one_of(random, {1, 1, 2, 3, 5, 9, 17, 33});
    g.groups = random.below(3) == 0 ? random.between(2, 3) : 1;
    g.large_channels = g.groups * (big ? one_of(random, many) : one_of(random, few));
    g.small_channels = g.groups * (big ? one_of(random, many) : one_of(random, few));
    if (random.below(8) == 0) {  // every channel by itself
      g.groups = g.large_channels = g.small_channels = random.between(2, big ? 96 : 12);
    }
    const Index most_cells = big ? 40 : 12;
    g.axis = {random_axis(random, most_cells), random_axis(random, most_cells)};
    const double count = products(g);
    if (count >= least && count <= most) return g;
  }
}

Case make_case(const Geometry& g, Numbers numbers, Random& random) {
  const Index weights = g.small_channels * (g.large_channels / g.groups) * g.taps();
  const Numbers tame = numbers == Numbers::wild ? Numbers::real : numbers;
  return {g,
          draw(nnconv::large_view(g).count(), numbers, random),
          draw(nnconv::small_view(g).count(), numbers, random),
          draw(weights, tame, random),
          draw(g.large_channels, tame, random),
          draw(g.small_channels, tame, random)};
}

std::string describe(const Geometry& g) {
  const char* const modes[] = {"zeros", "reflect", "replicate", "circular"};
  const auto text = [](Index value) { return " " + std::to_string(value); };
  std::string all = "batch" + text(g.batch) + " large channels" + text(g.large_channels) +
                    " small" + text(g.small_channels) + " groups" + text(g.groups);
  for (const Axis& a : g.axis) {
    all += "; large" + text(a.large) + " small" + text(a.small) + " kernel" + text(a.kernel) +
           " stride" + text(a.stride) + " dilation" + text(a.dilation) + " pads" +
           text(a.pad_before) + text(a.pad_after) + " " + modes[static_cast<int>(a.mode)];
  }
  return all;
}

}  // namespace core
