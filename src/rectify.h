// Rectify: the piecewise linear activation, and its gradient by the same loop.
//
//     result = value where x > 0 (or x is NaN), slope * value elsewhere
//
// With `values` = x it is the activation, with a gradient of the result the gradient of x. For
// slope 0 nothing is multiplied, so that infinite values leave no NaN.
#pragma once

#include "geometry.h"

namespace nnconv {

inline void rectify(const double* x, double slope, const double* values, Index length,
                    double* result) {
  if (slope == 0) {
    for (Index i = 0; i < length; ++i) result[i] = x[i] <= 0 ? 0 : values[i];
  } else {
    for (Index i = 0; i < length; ++i) result[i] = x[i] <= 0 ? slope * values[i] : values[i];
  }
}

}  // namespace nnconv
