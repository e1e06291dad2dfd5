// Activations: the functions of the C library that are applied element by element, and their
// derivatives, as functions of the result. See also relu.h.
#pragma once

#include <cmath>

namespace nnconv {

inline double sigmoid(double x) {
  return 1 / (1 + std::exp(-x));
}

inline double sigmoid_slope(double y) {
  return y * (1 - y);
}

inline double tanh_slope(double y) {
  return 1 - y * y;
}

}  // namespace nnconv
