// Pack weights: brings weights into the order in which tiles read them, and into their type.
//
// A panel holds the weights of `width` channels of the result. For every tap and every summed
// channel these lie side by side; places beyond the last channel are zero, and their results are
// dropped.
#pragma once

#include <algorithm>

#include "arrays/array_layout.h"
#include "system/memory_advice.h"

namespace nnconv {

// Weights of one group: from `channel` on for `channels` channels of the result, and from
// `first_depth` on for `depth` summed channels.
struct WeightBlock {
  Index group, channel, channels, first_depth, depth, taps;

  const double* first_of(const double* weight, const WeightView& view) const {
    return weight + group * view.group_step + channel * view.channel_step +
           first_depth * view.depth_step;
  }
};

// Packs one tap. Channels that are neighbours in memory are copied for one summed channel after the
// other; otherwise each channel is read by cache lines of summed channels.
template <class T>
void pack_tap(const double* from, const WeightView& view, const WeightBlock& block, Index width,
              T* out) {
  const bool are_neighbours = view.channel_step == 1;
  constexpr Index line = 8;
  const Index step = are_neighbours ? 1 : line;
  for (Index first = 0; first < block.depth; first += step) {
    const double* w = from + first * view.depth_step;
    const Index depth = std::min(step, block.depth - first);
    if (are_neighbours) {
      for (Index c = 0; c < block.channels; ++c) out[c] = static_cast<T>(w[c]);
    } else {
      for (Index c = 0; c < block.channels; ++c, w += view.channel_step) {
        prefetch(w + 2 * line);
        for (Index k = 0; k < depth; ++k) {
          out[k * width + c] = static_cast<T>(w[k * view.depth_step]);
        }
      }
    }
    for (Index k = 0; k < depth; ++k) {
      for (Index c = block.channels; c < width; ++c) out[k * width + c] = T(0);
    }
    out += depth * width;
  }
}

template <class T>
void pack_panel(const double* weight, const WeightView& view, const WeightBlock& block, Index width,
                T* out) {
  const double* from = block.first_of(weight, view);
  for (Index tap = 0; tap < block.taps; ++tap) {
    pack_tap(from + tap * view.tap_step, view, block, width, out + tap * block.depth * width);
  }
}

// Packs for dot kernels: for every tap and channel, the weights of the summed channels, then zeros
// up to `padded`.
template <class T>
void pack_dot_panel(const double* weight, const WeightView& view, const WeightBlock& block,
                    Index width, Index padded, T* out) {
  const double* from = block.first_of(weight, view);
  for (Index tap = 0; tap < block.taps; ++tap) {
    for (Index c = 0; c < width; ++c, out += padded) {
      const double* w = from + tap * view.tap_step + c * view.channel_step;
      for (Index k = 0; k < padded; ++k) {
        out[k] =
            c < block.channels && k < block.depth ? static_cast<T>(w[k * view.depth_step]) : T(0);
      }
    }
  }
}

// Packs for layers in which every channel is a group. The panel's channels are those of images,
// which are neighbours, so that each channel's weight is repeated `batch` times.
template <class T>
void pack_depthwise(const double* weight, const WeightView& view, Index batch, Index channel,
                    Index channels, Index taps, Index width, T* out) {
  for (Index tap = 0; tap < taps; ++tap) {
    for (Index c = 0; c < width; ++c) {
      const double* w = weight + tap * view.tap_step;
      *out++ = c < channels ? static_cast<T>(w[(channel + c) / batch * view.group_step]) : T(0);
    }
  }
}

}  // namespace nnconv
