// Index: the type of counts and places, and the demands of the core on the compiler.
#pragma once

#include <cstddef>
#include <cstdint>

// The core tests for NaN and infinite values, files keep them, and results have them where the
// definition does. Such flags would also change the arithmetic of the whole R process when it loads
// the library.
#if defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#error "nnconv needs NaN and Inf: compile without -ffast-math, -Ofast and -ffinite-math-only."
#endif

namespace nnconv {

using Index = std::int64_t;

inline Index divide_up(Index a, Index b) {
  return (a + b - 1) / b;
}

}  // namespace nnconv
