// Upsample: enlarges or reduces an image by the nearest cell or by linear interpolation, axis by
// axis. Result cell y of an axis lies at
//
//     nearest:   floor(y / scale)
//     bilinear:  (y + 0.5) / scale - 0.5, moved into the image, between the two cells next to it
//
// A result cell is thus a weighted sum of some cells on each axis. So is a cell of the gradient.
#pragma once

#include <cmath>

#include "geometry/receptive_field.h"
#include "system/list.h"
#include "system/threads.h"

namespace nnconv {

enum class Upsampling { nearest, bilinear };

// The size of an axis that has `size` cells before.
inline double upsampled_size(double size, double scale) {
  return std::floor(size * scale);
}

// The sources of each result cell of an axis, and their weights, none of which is 0. Those of cell
// y are the entries begin[y] .. begin[y + 1] - 1.
struct AxisSums {
  List<Index> begin, source;
  List<double> weight;

  Index results() const { return begin.size() - 1; }
};

// The cells of an axis of `size` cells that a range of result cells reads. Both are ranges of the
// whole image, so that its parts are computed from the same weights.
Range upsampled_sources(Upsampling mode, Index size, double scale, const Range& results);

// These result cells, from a part of the axis that begins with `first_source`.
AxisSums upsampled_sums(Upsampling mode, Index size, double scale, const Range& results,
                        Index first_source);

// The adjoint: the same weights, for each of `sources` cells.
AxisSums adjoint_of(const AxisSums& sums, Index sources);

// `cell` numbers of each place lie side by side; x has `height` rows within columns.
template <class T>
void resample(Index cell, Index height, const AxisSums& rows, const AxisSums& columns, const T* x,
              T* y, const Checkpoint& checkpoint);

}  // namespace nnconv
