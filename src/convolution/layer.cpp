// Layer: sizes, axis by axis.
#include "convolution/layer.h"

#include <cmath>

#include "geometry/padding_modes.h"

namespace nnconv {
namespace {

// Sets the size of the result on an axis whose input has its size. False if there is none, or if
// the padding mode finds too few cells.
bool find_size(const Layer& layer, std::size_t i, const AskedSize& asked, Axis& axis) {
  constexpr double largest_whole = 2147483647;
  double size = 0;
  if (layer.is_correlate) {
    size = static_cast<double>(axis.small = correlate_size(axis));
  } else if (asked.is_given) {
    const auto least = static_cast<double>(scatter_size(axis, 0));
    const double most = layer.most_extra[i] + least;
    size = asked.size[i];
    if (!(size >= least && size <= most && size == std::floor(size))) return false;
    axis.large = static_cast<Index>(size);
  } else {
    size = static_cast<double>(axis.large = scatter_size(axis, layer.output_padding[i]));
  }
  return axis.large >= 1 && axis.small >= 1 && size <= largest_whole && pads_fit(axis);
}

}  // namespace

Geometry Layer::geometry(const double* large, const double* small) const {
  Geometry geometry = {static_cast<Index>(large[0]), in_channels, out_channels, groups, axes};
  if (!is_correlate) std::swap(geometry.large_channels, geometry.small_channels);
  for (std::size_t i = 0; i < 2; ++i) {
    geometry.axis[i].large = static_cast<Index>(large[2 + i]);
    geometry.axis[i].small = static_cast<Index>(small[2 + i]);
  }
  return geometry;
}

bool Layer::find_geometry(const std::array<double, 4>& input, const AskedSize& asked,
                          Geometry& g) const {
  if (input[1] != static_cast<double>(in_channels) || (asked.is_given && !asked.is_plain)) {
    return false;
  }
  g = geometry(input.data(), input.data());
  return find_size(*this, 0, asked, g.axis[0]) && find_size(*this, 1, asked, g.axis[1]);
}

}  // namespace nnconv
