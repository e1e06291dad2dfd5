// Padded: how many cells are missing, and what the runs of a problem cost.
#include "algorithms/padded.h"

#include <algorithm>

#include "algorithms/direct.h"

namespace nnconv {

constexpr double most_padded_bytes = 8 << 20;

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
double padded_price(const Problem& padded) {
  constexpr double margin = 1.05, copied = 1;  // of what is not known, and of a number
  return margin * (direct_price<T>(padded) + copied * static_cast<double>(padded.from.count()));
}

template double padded_price<float>(const Problem&);
template double padded_price<double>(const Problem&);

}  // namespace nnconv
