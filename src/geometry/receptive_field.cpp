// Receptive field: solves the law of geometry.h for ranges of cells.
#include "geometry/receptive_field.h"

#include <algorithm>

namespace nnconv {
namespace {

Range clamped(Index first, Index last, Index size) {
  return {std::clamp<Index>(first, 0, size - 1), std::clamp<Index>(last, 0, size - 1)};
}

// The small cells whose kernels reach the large cells that padding has moved to first .. last. If
// there are none, it returns one that does no harm.
Range reaching(const Axis& axis, Index first, Index last) {
  const Index room = std::max<Index>(0, first - kernel_extent(axis) + 1);
  Range range = clamped(divide_up(room, axis.stride), last / axis.stride, axis.small);
  range.last = std::max(range.first, range.last);
  return range;
}

}  // namespace

// Inside of the image the padding is negative or 0, so that nothing is padded.
Window correlate_window(const Axis& axis, const Range& wanted) {
  if (wanted.count() == axis.small) return {axis, {0, axis.large - 1}, wanted};
  const Index first = wanted.first * axis.stride - axis.pad_before;
  const Index last = wanted.last * axis.stride - axis.pad_before + kernel_extent(axis) - 1;
  Range source = clamped(first, last, axis.large);
  if (axis.mode == PadMode::reflect) {
    const Index mirror = axis.large - 1;
    if (first < 0) source.last = std::max(source.last, -first);
    if (last > mirror) source.first = std::min(source.first, 2 * mirror - last);
  }
  Window window = {axis, source, wanted};
  window.axis.large = source.count();
  window.axis.small = wanted.count();
  window.axis.pad_before = source.first - first;
  window.axis.pad_after = last - source.last;
  return window;
}

// In a scatter, padding crops. Without a mode it may crop anything. With a mode, all that it crops
// is added to the cells inside; a window therefore crops the whole border or, away from it,
// nothing, and may hold more cells than wanted.
Window scatter_window(const Axis& axis, const Range& wanted) {
  if (wanted.count() == axis.large) return {axis, {0, axis.small - 1}, wanted};
  const Index reach = axis.mode == PadMode::reflect ? 1 : 0;  // of the border's cells, in paddings
  const bool has_mode = axis.mode != PadMode::zeros;
  const bool folds_before =
      has_mode && axis.pad_before > 0 && wanted.first <= reach * axis.pad_before;
  const bool folds_after =
      has_mode && axis.pad_after > 0 && wanted.last >= axis.large - 1 - reach * axis.pad_after;
  Range result = {folds_before ? 0 : wanted.first, folds_after ? axis.large - 1 : wanted.last};
  const Index first = folds_before ? 0 : result.first + axis.pad_before;
  const Index last = result.last + axis.pad_before + (folds_after ? axis.pad_after : 0);
  Window window = {axis, reaching(axis, first, last), result};
  Index crop = result.first + axis.pad_before - window.source.first * axis.stride;
  if (has_mode && !folds_before && crop > 0) {
    result.first -= crop;
    crop = 0;
  }
  window.result = result;
  window.axis.small = window.source.count();
  window.axis.large = result.count();
  window.axis.pad_before = crop;
  window.axis.pad_after = folds_after ? axis.pad_after : 0;
  return window;
}

}  // namespace nnconv
