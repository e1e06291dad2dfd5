// Convolution: computes two of the three partial derivatives of <y, correlate(x, w)>.
//
//     correlate  large -> small   the convolution, and the transposed layer's input gradient
//     scatter    small -> large   the transposed convolution, and the convolution's input gradient
//
// Both write every element of the result. `bias` has one value per channel of the result, or is
// null. T is the type of the arithmetic, float or double; the arrays are double. Packed weights are
// kept for the next call if they have an identity (kept_weights.h).
#pragma once

#include "algorithms/planes.h"
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

// The prices of a call by planes and by the best other algorithm; how much of the former is copying
// the source and writing the result in R's order; and the planes that it could read in place.
struct PlanesOffer {
  double other, planes, copied, written;
  std::optional<PlaneImage> reads;
};

// None where the layer does not run by planes.
template <class T>
std::optional<PlanesOffer> offer_planes(const Geometry& geometry, bool is_correlate,
                                        const double* weight, Algorithm algorithm);

// Runs a layer for which there is an offer, of which one end or both may lie in planes.
template <class T>
void contract_in_planes(const Geometry& geometry, bool is_correlate, const Arrays& arrays,
                        const PlaneEnds<T>& ends, const Checkpoint& checkpoint);

// Is packing these weights a notable part of a call?
bool are_worth_keeping(const Geometry& geometry);

}  // namespace nnconv
