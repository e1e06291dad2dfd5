// Magnitude: numbers with which fast ways may do what the definition does not.
#pragma once

#include "system/threads.h"

namespace nnconv {

// Are all numbers finite and so far from the largest of type T that no sum of products of theirs
// overflows?
template <class T>
bool are_moderate(const double* numbers, Index count, const Checkpoint& checkpoint);

}  // namespace nnconv
