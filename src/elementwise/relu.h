// ReLU: computes the piecewise linear activation and, by the same loop, its gradient.
//
//     result = value where x > 0 (or x is NaN), slope * value elsewhere
//
// If `values` is x, the result is the activation; if it is a gradient of the result, the gradient
// of x. For slope 0 nothing is multiplied, so that infinite values leave no NaN.
#pragma once

#include <cstdint>
#include <cstring>

#include "system/index.h"

namespace nnconv {

// Avoids jumps, which cannot be predicted: the sign of x chooses a factor, or a mask of the bits.
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
