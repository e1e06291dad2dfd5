// Weight gradient: computes the third partial derivative of <y, correlate(x, w)>, for both layers.
//
//     weight[s, l, u, v] = sum over the images and all pairs of a small and a large cell that tap
//                          (u, v) links:  small[s] * large[l],  for the channels of each group
//
// Every element of the result is written; it is 0 where a tap links nothing. T is the type of the
// arithmetic, float or double; the arrays are double.
#pragma once

#include "geometry/geometry.h"
#include "system/threads.h"

namespace nnconv {

template <class T>
void weight_gradient(const Geometry& geometry, const double* large, const double* small,
                     double* weight, const Checkpoint& checkpoint);

}  // namespace nnconv
