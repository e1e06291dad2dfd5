// PReLU: computes the piecewise linear activation whose slope below zero is a parameter, and its
// gradients.
//
//     result = value where x > 0, weight * value elsewhere, with one weight for each channel
//
// If `values` is x, the result is the activation; if it is a gradient of the result, the gradient
// of x. See also elementwise/relu.h, which has one slope for all.
#pragma once

#include "arrays/array_layout.h"
#include "system/threads.h"

namespace nnconv {

template <class T>
void prelu(const ImageView& image, const double* weight, const T* x, const T* values, T* result,
           const Checkpoint& checkpoint);

// The gradient of each weight: the sum of g * x where x is not above zero.
template <class T>
void prelu_weight_gradient(const ImageView& image, const T* x, const T* g, double* gradient,
                           const Checkpoint& checkpoint);

}  // namespace nnconv
