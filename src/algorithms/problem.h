// Problem: one contraction as its loops see it.
#pragma once

#include <vector>

#include "arrays/array_layout.h"
#include "geometry/runs.h"
#include "system/threads.h"

namespace nnconv {

// The links of every cell, and how the arrays lie.
struct Problem {
  Index groups, taps, kernel_height;
  ImageView from, to;
  WeightView weights;
  std::vector<Run> rows, columns;

  Index weights_count() const { return taps * from.channels * result_rows(); }
  Index depth() const { return from.channels / groups; }      // summed channels of a group
  Index result_rows() const { return to.channels / groups; }  // its channels of the result
};

// `bias` may be null.
struct Arrays {
  const double* x;
  const double* weight;
  const double* bias;
  double* y;
};

constexpr Index packed_bytes = Index(4) << 20;  // weights packed at a time
constexpr Index most_weights = 9216;            // of a transformed or joined row of the result

}  // namespace nnconv
