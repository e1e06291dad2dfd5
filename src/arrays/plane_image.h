// Plane image: images in planes, one for each channel, with room around them, in the type of the
// arithmetic. So a layer of a network leaves them to the next one (algorithms/planes.h).
//
// Cells of a column, or of a row, are a line of numbers that lie side by side. The lines of all
// channels follow each other, so that a column, or a row, of an image is one block of memory. The
// cells around an image hold what the padding mode of the layer that reads them shows.
#pragma once

#include <algorithm>
#include <utility>

#include "arrays/pad.h"

namespace nnconv {

// The room for so many numbers as an odd number of cache lines, so that channels do not meet in the
// same lines of a cache.
inline Index odd_lines(Index numbers, Index number_bytes) {
  const Index line = 64 / number_bytes;
  return (divide_up(numbers, line) | 1) * line;
}

struct PlaneImage {
  Index batch, channels;
  bool is_by_columns;      // are lines columns, or rows?
  PaddedAxis lane, other;  // along a line, and from line to line
  Index channel_step;      // the numbers that a line takes

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
    image.channel_step = odd_lines(image.lane.length(), number_bytes);
    return image;
  }
};

// Writes the cells around the images, once those inside are written.
template <class T>
void fill_around(const PlaneImage& image, T* planes, const Checkpoint& checkpoint) {
  const PaddedAxis &lane = image.lane, &other = image.other;
  const Index step = image.line_step();
  const auto for_lines = [&](Index lines, const auto& fill) {
    const Index numbers = image.batch * lines * step;
    parallel_for(
        image.batch * lines, threads_for(static_cast<double>(numbers)),
        [&](Index i, int) { fill(planes + i / lines * image.image_step(), i % lines); },
        checkpoint);
  };
  for_lines(other.size, [&](T* first, Index i) {
    T* cells = first + (i + other.before) * step;
    for (Index c = 0; c < image.channels; ++c, cells += image.channel_step) {
      const auto fill = [&](Index at) {
        const Index source = lane.source(at);
        cells[at] = source == no_source ? T(0) : cells[lane.before + source];
      };
      for (Index at = 0; at < lane.before; ++at) fill(at);
      for (Index at = lane.before + lane.size; at < lane.length(); ++at) fill(at);
    }
  });
  for_lines(other.before + other.after, [&](T* first, Index i) {
    const Index at = i < other.before ? i : i + other.size;
    const Index source = other.source(at);
    T* const line = first + at * step;
    if (source == no_source) {
      std::fill_n(line, step, T(0));
    } else {
      std::copy_n(first + (source + other.before) * step, step, line);
    }
  });
}

}  // namespace nnconv
