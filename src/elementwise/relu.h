// ReLU: the piecewise linear activation, and its gradient by the same loop.
//
//     result = value where x > 0 (or x is NaN), slope * value elsewhere
//
// With `values` = x it is the activation, with a gradient of the result the gradient of x. For
// slope 0 nothing is multiplied, so that infinite values leave no NaN.
#pragma once

#include <cstdint>
#include <cstring>

#include "system/index.h"

namespace nnconv {

// Without jumps, which nobody predicts: the sign of x chooses a factor, or a mask of the bits.
inline void rectify(const double* x, double slope, const double* values, Index length,
                    double* result) {
  if (slope == 0) {
    for (Index i = 0; i < length; ++i) {
      std::uint64_t bits;
      std::memcpy(&bits, values + i, sizeof bits);
      bits &= x[i] <= 0 ? std::uint64_t(0) : ~std::uint64_t(0);
      std::memcpy(result + i, &bits, sizeof bits);
    }
  } else {
    const double factor[2] = {1, slope};
    for (Index i = 0; i < length; ++i) result[i] = factor[x[i] <= 0] * values[i];
  }
}

}  // namespace nnconv
