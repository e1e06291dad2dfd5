// Geometry: the sizes that a convolution and its adjoint share.
//
// Both layers come from one trilinear form <y, correlate(x, w)>. Its two images are called
// `large` (what a convolution reads and a transposed convolution writes) and `small` (the other
// one), never "in" and "out", which swap meaning between the layers. On each axis a large cell
// and a small cell are linked by a tap when
//
//     large cell = small cell * stride + tap * dilation - pad_before.
//
// This is the only place in the package where sizes are computed. All of it is exact for
// arguments up to 2^31 - 1, which the callers ensure, on machines of 32 bits as well.
#pragma once

#include <array>

#include "system/index.h"

namespace nnconv {

enum class PadMode { zeros, reflect, replicate, circular };

struct Axis {
  Index large, small;
  Index kernel, stride, dilation;
  Index pad_before, pad_after;  // negative after: so many of the last large cells have no link
  PadMode mode;
};

struct Geometry {
  Index batch, large_channels, small_channels, groups;
  std::array<Axis, 2> axis;  // height, width

  Index taps() const { return axis[0].kernel * axis[1].kernel; }
};

// The cells that a kernel spans: dilation * (kernel - 1) + 1.
Index kernel_extent(const Axis& axis);

// Size of `small` from `large`: floor((large + padding - extent) / stride) + 1, or 0 when the
// kernel does not fit into the padded image.
Index correlate_size(const Axis& axis);

// Size of `large` from `small`: (small - 1) * stride - padding + extent + output_padding. It
// can be zero or negative; the caller refuses that.
Index scatter_size(const Axis& axis, Index output_padding);

// The padding before and after by which `large` is `small` * stride: extent - stride cells, of
// which the odd one goes after. Where the kernel spans less than a stride, what is missing is a
// negative padding after.
std::array<Index, 2> same_padding(const Axis& axis);

}  // namespace nnconv
