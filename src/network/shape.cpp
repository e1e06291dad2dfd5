// Shape: the places of its axes.
#include "network/shape.h"

#include <algorithm>

namespace nnconv {

double Shape::count() const {
  double count = 1;
  for (int i = 0; i < rank; ++i) count *= extents[std::size_t(i)];
  return count;
}

std::optional<int> Shape::channel_axis(int axes) const {
  const int at = rank - axes - 1;
  if (at != 0 && at != 1) return std::nullopt;
  return at;
}

std::optional<ImageView> Shape::image(int axes) const {
  const std::optional<int> at = channel_axis(axes);
  if (!at) return std::nullopt;
  const auto extent = [&](int i) { return static_cast<Index>(extents[std::size_t(i)]); };
  const ImageView view = {*at == 1 ? extent(0) : 1, extent(*at), axes == 2 ? extent(rank - 2) : 1,
                          extent(rank - 1)};
  if (view.height < 1 || view.width < 1) return std::nullopt;
  return view;
}

Shape Shape::with_image(int axes, const std::array<double, 4>& image) const {
  Shape shape = {rank, {}};
  std::size_t to = 0;
  for (std::size_t i = rank > axes + 1 ? 0 : 1; i < 4; ++i) {
    if (i != 2 || axes == 2) shape.extents[to++] = image[i];
  }
  return shape;
}

bool operator==(const Shape& a, const Shape& b) {
  return a.rank == b.rank && a.extents == b.extents;
}

}  // namespace nnconv
