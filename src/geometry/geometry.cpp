// Geometry: computes the size laws in 64-bit integers.
#include "geometry/geometry.h"

#include <algorithm>

namespace nnconv {

Index kernel_extent(const Axis& axis) {
  return axis.dilation * (axis.kernel - 1) + 1;
}

Index correlate_size(const Axis& axis) {
  const Index room = axis.large + axis.pad_before + axis.pad_after - kernel_extent(axis);
  return room < 0 ? 0 : room / axis.stride + 1;
}

Index pool_size(const Axis& axis, bool ceil_mode) {
  Axis room = axis;
  if (ceil_mode) room.pad_after += axis.stride - 1;
  const Index size = correlate_size(room);
  const bool is_beyond = (size - 1) * axis.stride >= axis.large + axis.pad_before;
  return ceil_mode && is_beyond ? size - 1 : size;
}

Index scatter_size(const Axis& axis, Index output_padding) {
  return (axis.small - 1) * axis.stride - axis.pad_before - axis.pad_after + kernel_extent(axis) +
         output_padding;
}

std::array<Index, 2> same_padding(const Axis& axis) {
  const Index total = kernel_extent(axis) - axis.stride;
  const Index before = std::max<Index>(total, 0) / 2;
  return {before, total - before};
}

}  // namespace nnconv
