// Plane image: images in planes, one for each channel, with room around them, in the type of the
// arithmetic. So a layer of a network leaves them to the next one (algorithms/planes.h).
//
// Cells of a column, or of a row, are a line of numbers that lie side by side. The lines of all
// channels follow each other, so that a column, or a row, of an image is one block of memory.
#pragma once

#include <algorithm>
#include <utility>

#include "system/threads.h"

namespace nnconv {

// An axis of a plane: the image's cells, and the zeros before and after them.
struct PlaneSide {
  Index size, before, after;

  Index length() const { return before + size + after; }
};

struct PlaneImage {
  Index batch, channels;
  bool is_by_columns;     // are lines columns, or rows?
  PlaneSide lane, other;  // along a line, and from line to line
  Index channel_step;     // the numbers that a line takes

  Index line_step() const { return channels * channel_step; }
  Index image_step() const { return other.length() * line_step(); }
  Index count() const { return batch * image_step(); }

  // The place of a cell, whose indices may be those of zeros around the image.
  Index place(Index image, Index channel, Index along, Index across) const {
    return image * image_step() + (across + other.before) * line_step() + channel * channel_step +
           along + lane.before;
  }

  // The same images with lines along columns, or along rows.
  PlaneImage with_lines(bool by_columns, Index number_bytes) const {
    PlaneImage image = *this;
    image.is_by_columns = by_columns;
    if (by_columns != is_by_columns) std::swap(image.lane, image.other);
    image.set_channel_step(number_bytes);
    return image;
  }

  // A line takes an odd number of cache lines, so that the channels do not meet in the same ones.
  void set_channel_step(Index number_bytes) {
    const Index line = 64 / number_bytes;
    channel_step = (divide_up(lane.length(), line) | 1) * line;
  }
};

// Writes the zeros around the images.
template <class T>
void clear_around(const PlaneImage& image, T* planes, const Checkpoint& checkpoint) {
  const Index lines = image.batch * image.other.length(), step = image.line_step();
  const auto clear = [&](Index i, int) {
    const Index across = i % image.other.length() - image.other.before;
    T* const line = planes + i * step;
    if (across < 0 || across >= image.other.size) {
      std::fill_n(line, step, T(0));
      return;
    }
    for (Index c = 0; c < image.channels; ++c) {
      T* const cells = line + c * image.channel_step;
      std::fill_n(cells, image.lane.before, T(0));
      std::fill(cells + image.lane.before + image.lane.size, cells + image.channel_step, T(0));
    }
  };
  parallel_for(lines, threads_for(static_cast<double>(lines * image.channels)), clear, checkpoint);
}

}  // namespace nnconv
