// Max pool: computes the largest number of each window, channel by channel, and its gradient.
//
// On each axis, `large` is the input and `small` the result; a result cell's window holds the large
// cells that geometry.h links with it. Padding is never the largest. A NaN counts as larger than
// all others. The gradient of a result cell belongs to the number of its window that counts: to the
// first of equal ones, along the width first, but to the last NaN.
#pragma once

#include <array>

#include "geometry/geometry.h"
#include "system/threads.h"

namespace nnconv {

// `cell` numbers of each place lie side by side, rows within columns.
template <class T>
void max_pool(Index cell, const std::array<Axis, 2>& axes, const T* x, T* y,
              const Checkpoint& checkpoint);

template <class T>
void max_pool_gradient(Index cell, const std::array<Axis, 2>& axes, const T* x, const T* g,
                       T* gradient, const Checkpoint& checkpoint);

}  // namespace nnconv
