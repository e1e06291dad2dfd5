// Index: the type of counts and places, and what the core demands of a compiler.
#pragma once

#include <cstddef>
#include <cstdint>

// NaN and infinite values spread as the definition says, files keep them, and each of them is
// tested for. Such flags would also change the numbers of the whole R process, when it loads the
// library.
#if defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#error "nnconv needs NaN and Inf: compile without -ffast-math, -Ofast and -ffinite-math-only."
#endif

namespace nnconv {

using Index = std::int64_t;

inline Index divide_up(Index a, Index b) {
  return (a + b - 1) / b;
}

}  // namespace nnconv
