// Array layout: R's memory order. Arrays are column-major: the first index varies fastest.
//
//     x[n, c, h, w]       at  n + N * (c + C * (h + H * w))
//     weight[s, l, u, v]  at  s + S * (l + L * (u + kH * v)),  S small channels, L large
//                             channels per group, the same order in both layers
//
// Only this file and pack_weights.h know this order.
#pragma once

#include "geometry/geometry.h"

namespace nnconv {

struct ImageView {
  Index batch, channels, height, width;

  Index count() const { return batch * channels * height * width; }
  Index image_step() const { return 1; }
  Index channel_step() const { return batch; }
  Index row_step() const { return batch * channels; }
  Index column_step() const { return batch * channels * height; }
};

inline ImageView large_view(const Geometry& g) {
  return {g.batch, g.large_channels, g.axis[0].large, g.axis[1].large};
}

inline ImageView small_view(const Geometry& g) {
  return {g.batch, g.small_channels, g.axis[0].small, g.axis[1].small};
}

// The weights as one matrix per tap and group, of the channels of the result by the depth, the
// channels that are summed.
struct WeightView {
  Index channel_step, depth_step, tap_step, group_step;
};

inline WeightView correlate_weights(const Geometry& g) {  // channels small, depth large
  const Index s = g.small_channels, l = g.large_channels / g.groups;
  return {1, s, s * l, s / g.groups};
}

inline WeightView scatter_weights(const Geometry& g) {  // channels large, depth small
  const Index s = g.small_channels, l = g.large_channels / g.groups;
  return {s, 1, s * l, s / g.groups};
}

}  // namespace nnconv
