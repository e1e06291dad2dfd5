// Column layout: the sizes of col2im's parts.
#include "algorithms/column_layout.h"

#include <algorithm>

#include "system/threads.h"

namespace nnconv {
namespace {

constexpr Index all_bytes = Index(8) << 20;  // of the threads
constexpr Index most_images = 64;            // of an item
constexpr Index bands = 8;

}  // namespace

Taps taps_between(const Axis& axis, Index at, Index first, Index end) {
  const auto tap_at = [&](Index bound) {
    return bound <= at ? 0 : std::min(axis.kernel, divide_up(bound - at, axis.dilation));
  };
  return {tap_at(first), tap_at(end)};
}

ColumnLayout::ColumnLayout(const Geometry& geometry, Index number_bytes)
    : rows(geometry.axis[0]),
      columns(geometry.axis[1]),
      from(small_view(geometry)),
      to(large_view(geometry)),
      weights(scatter_weights(geometry)),
      groups(geometry.groups),
      depth(from.channels / groups),
      channels(to.channels / groups),
      tap_rows(channels * rows.kernel),
      column_length(channels * rows.large) {
  const auto fits = [](Index room, Index bytes) { return std::max<Index>(1, room / bytes); };
  const Index double_size = static_cast<Index>(sizeof(double));
  const Index line_bytes = tap_rows * least_sites * double_size;
  pass = std::min({columns.kernel, fits(packed_bytes, tap_rows * depth * number_bytes),
                   fits(most_product_bytes, line_bytes),
                   (fits(ring_bytes, column_length * double_size) - 1) / columns.dilation + 1});
  window = (pass - 1) * columns.dilation + 1;
  const Index image_bytes = window * column_length * double_size;
  images = std::clamp<Index>(ring_bytes / image_bytes, 1, std::min(most_images, from.batch));
  band = std::min(columns.large, std::max(window, divide_up(columns.large, bands)));
  const double products = static_cast<double>(from.batch * from.height * from.width) *
                          static_cast<double>(tap_rows * columns.kernel * from.channels);
  if (products > static_cast<double>(parallel_work)) {
    const Index item_bytes = image_bytes * images + line_bytes * pass;
    threads = static_cast<int>(std::min<Index>(fits(all_bytes, item_bytes), thread_count()));
  }
  for (Index h = 0; h < from.height; ++h) {
    inside.push_back(taps_between(rows, h * rows.stride - rows.pad_before, 0, rows.large));
  }
}

}  // namespace nnconv
