// Prices: what the prices of all algorithms share.
//
// A price is the time that an algorithm is expected to take, in nanoseconds on a processor with
// AVX2, where it was fitted to random layers. Only ratios matter. Prices are the same for all
// instruction sets and numbers of threads, so that the choice, and with it the result, is.
#pragma once

#include "system/index.h"

namespace nnconv {

inline double number(Index n) {
  return static_cast<double>(n);
}

// The numbers that a vector of AVX2 holds.
template <class T>
constexpr Index priced_lanes = 32 / static_cast<Index>(sizeof(T));

}  // namespace nnconv
