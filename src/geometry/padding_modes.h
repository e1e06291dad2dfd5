// Padding modes: defines each as an index map on an axis.
//
// A padded axis has before + size + after cells. pad_source() returns the cell of the unpadded axis
// that a padded cell shows, or no_source where it shows a constant. Padding gathers by this map,
// and the adjoint of padding adds back by the same map; nothing else tells the modes apart.
//
//     n = size, i = padded cell - before
//     zeros      i where 0 <= i < n, otherwise no_source
//     replicate  i clamped to 0 .. n-1
//     reflect    i mirrored at cell 0 and at cell n-1, which are not repeated
//     circular   i mod n
//
// Mode reflect requires before, after < n, and circular before, after <= n (pads_fit), which the
// callers ensure. Negative padding crops.
#pragma once

#include <algorithm>

#include "geometry/geometry.h"

namespace nnconv {

constexpr Index no_source = -1;

// Whether the large image has the cells that its padding shows: reflect cannot repeat the edge,
// circular goes around once.
inline bool pads_fit(const Axis& axis) {
  const Index most = std::max(axis.pad_before, axis.pad_after);
  if (axis.mode == PadMode::reflect) return most < axis.large;
  return axis.mode != PadMode::circular || most <= axis.large;
}

inline Index pad_source(Index padded, Index before, Index size, PadMode mode) {
  const Index i = padded - before;
  if (i >= 0 && i < size) return i;
  switch (mode) {
    case PadMode::replicate:
      return i < 0 ? 0 : size - 1;
    case PadMode::reflect:
      return i < 0 ? -i : 2 * (size - 1) - i;
    case PadMode::circular:
      return i < 0 ? i + size : i - size;
    case PadMode::zeros:
      break;
  }
  return no_source;
}

}  // namespace nnconv
