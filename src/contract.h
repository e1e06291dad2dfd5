// Contract: two of the three partial derivatives of <y, correlate(x, w)>.
//
//     correlate  large -> small   the convolution, and the transposed layer's input gradient
//     scatter    small -> large   the transposed convolution, and the convolution's input gradient
//
// Both write every element of the result once. `bias` has one value per channel of the result,
// or is null. T is the type of the arithmetic, float or double; the arrays are double.
#pragma once

#include <functional>

#include "geometry.h"

namespace nnconv {

// Called now and then during long work; may throw to end it.
using Checkpoint = std::function<void()>;

template <class T>
void correlate(const Geometry& geometry, const double* large, const double* weight,
               const double* bias, double* small, const Checkpoint& checkpoint);

template <class T>
void scatter(const Geometry& geometry, const double* small, const double* weight,
             const double* bias, double* large, const Checkpoint& checkpoint);

}  // namespace nnconv
