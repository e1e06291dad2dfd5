// Geometry: computes the sizes that a convolution and its adjoint share.
//
// Both layers come from one trilinear form <y, correlate(x, w)>. Its two images are called
// `large` (which a convolution reads and a transposed convolution writes) and `small` (the other
// one), never "in" and "out", which swap meaning between the layers. On each axis a large cell
// and a small cell are linked by a tap when
//
//     large cell = small cell * stride + tap * dilation - pad_before.
//
// Sizes are computed here and nowhere else in the package. All results are exact for arguments up
// to 2^31 - 1, which the callers ensure, on machines of 32 bits as well.
#pragma once

#include <array>

#include "system/index.h"

namespace nnconv {

enum class PadMode { zeros, reflect, replicate, circular };

struct Axis {
  Index large, small;
  Index kernel, stride, dilation;
  Index pad_before, pad_after;  // if negative after, -pad_after last large cells have no link
  PadMode mode;
};

struct Geometry {
  Index batch, large_channels, small_channels, groups;
  std::array<Axis, 2> axis;  // height, width

  Index taps() const { return axis[0].kernel * axis[1].kernel; }
};

// The number of cells that a kernel spans: dilation * (kernel - 1) + 1.
Index kernel_extent(const Axis& axis);

// The size of `small` from `large`: floor((large + padding - extent) / stride) + 1, or 0 if the
// kernel does not fit into the padded image.
Index correlate_size(const Axis& axis);

// The size of `small` where a pool reads `large`. With `ceil_mode`, a last window may reach beyond
// the padding, but must not begin there. It can be zero or negative, which the caller refuses.
Index pool_size(const Axis& axis, bool ceil_mode);

// The size of `large` from `small`: (small - 1) * stride - padding + extent + output_padding. It
// can be zero or negative, which the caller refuses.
Index scatter_size(const Axis& axis, Index output_padding);

// The padding before and after that makes `large` equal `small` * stride: extent - stride cells,
// the odd one after. Where the kernel spans less than a stride, the padding after is negative.
std::array<Index, 2> same_padding(const Axis& axis);

}  // namespace nnconv
