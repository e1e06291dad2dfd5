// Shape: the extents of an array, read as those of images or of sequences.
#pragma once

#include <array>
#include <optional>

#include "arrays/array_layout.h"

namespace nnconv {

struct Shape {
  static constexpr int most_axes = 4;
  static constexpr double largest_extent = 2147483647;

  int rank = 0;
  std::array<double, most_axes> extents = {};  // doubles, which do not overflow

  double count() const;

  // The place of the channels, in arrays that have `axes` axes behind them and at most one before;
  // otherwise none.
  std::optional<int> channel_axis(int axes) const;

  // Images are arrays (N, C, H, W) or (C, H, W), with two axes, and sequences (N, C, L) or (C, L),
  // with one, which are images of height 1. Arrays without cells are neither.
  std::optional<ImageView> image(int axes) const;

  // The shape of these images in an array of the same rank.
  Shape with_image(int axes, const std::array<double, 4>& image) const;
};

bool operator==(const Shape& a, const Shape& b);

}  // namespace nnconv
