// Padded: the direct algorithm on a source that has no border.
//
// A cell whose kernel leaves the image has fewer links than its neighbours, and a run of its own.
// Where the kernel is large beside the image, most cells are such, and each is a tile alone. Here
// the source is copied with as many cells around it as any tap reaches, which hold 0 or, in a
// convolution, what the padding mode shows; all cells of a phase are then one run.
//
// Weights are multiplied by zeros that the definition does not have: the caller asks first that
// they be finite. The sums are those of the direct algorithm in the same order.
#pragma once

#include "algorithms/problem.h"
#include "arrays/pad.h"
#include "geometry/geometry.h"

namespace nnconv {

// What is put around the source, and the geometry that leads from there to the same result.
struct PaddedSource {
  Geometry geometry;
  std::array<PaddedAxis, 2> axis;
};

PaddedSource pad_to_correlate(const Geometry& geometry);
PaddedSource pad_to_scatter(const Geometry& geometry);

// Is anything missing around the source, and does its copy, with so many numbers in a cell, fit
// into scratch memory?
bool can_be_padded(const PaddedSource& padded, Index cell);

// The price (prices.h) of the direct algorithm on the padded problem.
template <class T>
double padded_price(const Problem& padded);

}  // namespace nnconv
