// Problem: one contraction as its loops see it.
#pragma once

#include <vector>

#include "arrays/array_layout.h"
#include "geometry/runs.h"
#include "packing/kept_weights.h"
#include "system/threads.h"

namespace nnconv {

// The links of every cell, and how the arrays lie. A cell of one image of the batch is called a
// site.
struct Problem {
  Index groups, taps, kernel_height;
  ImageView from, to;
  WeightView weights;
  std::vector<Run> rows, columns;

  Index weights_count() const { return taps * from.channels * channels(); }
  Index depth() const { return from.channels / groups; }   // summed channels of a group
  Index channels() const { return to.channels / groups; }  // channels of a group's result
};

// `bias` may be null.
struct Arrays {
  const double* x;
  const double* weight;
  const double* bias;
  double* y;
  WeightsId weights_id = 0;
};

constexpr Index packed_bytes = Index(4) << 20;  // of weights packed at a time
constexpr Index most_weights = 9216;            // per channel of the result, by Winograd

}  // namespace nnconv
