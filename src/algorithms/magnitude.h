// Magnitude: tells whether numbers are tame enough for algorithms that multiply by factors which
// the definition does not have.
#pragma once

#include "system/threads.h"

namespace nnconv {

// Are all numbers finite, and so far from the largest of type T that no sum of their products
// overflows?
template <class T>
bool are_moderate(const double* numbers, Index count, const Checkpoint& checkpoint);

}  // namespace nnconv
