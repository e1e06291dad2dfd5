// Convolution: computes two of the three partial derivatives of <y, correlate(x, w)>.
//
//     correlate  large -> small   the convolution, and the transposed layer's input gradient
//     scatter    small -> large   the transposed convolution, and the convolution's input gradient
//
// Both write every element of the result. `bias` has one value per channel of the result, or is
// null. T is the type of the arithmetic, float or double; the arrays are double. Packed weights are
// kept for the next call if they have an identity (kept_weights.h).
#pragma once

#include "algorithms/problem.h"
#include "geometry/geometry.h"

namespace nnconv {

// Automatic takes the algorithms that are expected to be fastest; direct takes the definition's
// products in the order of the links alone. The others are taken wherever they are possible:
// transforms (Winograd), col2im, which scatters only, padded and planes.
enum class Algorithm { automatic, direct, transforms, col2im, padded, planes };

// Finds the algorithm of this name; false if there is none.
bool algorithm_named(const char* name, Algorithm& algorithm);

template <class T>
void correlate(const Geometry& geometry, const double* large, const double* weight,
               const double* bias, double* small, Algorithm algorithm, const Checkpoint& checkpoint,
               WeightsId weights_id = 0);

template <class T>
void scatter(const Geometry& geometry, const double* small, const double* weight,
             const double* bias, double* large, Algorithm algorithm, const Checkpoint& checkpoint,
             WeightsId weights_id = 0);

// Is packing these weights a notable part of a call?
bool are_worth_keeping(const Geometry& geometry);

}  // namespace nnconv
