// Target regions: compile the code between BEGIN and END for an instruction set that the rest of
// the package does not assume, whatever the compiler's flags are.
//
// A region holds our code only: no system header, no standard library, no Eigen. Their inline
// functions would be compiled for this set, and the linker might keep that copy for all callers.
#pragma once

#if (defined(__x86_64__) || defined(_M_X64)) && defined(__GNUC__) && \
    !(defined(_WIN32) && !defined(__clang__))
// GCC on Windows is left out: it misaligns vectors of 32 bytes on the stack (GCC bug 54412).
#define NNCONV_X86 1
// clang-format off
#if defined(__clang__)
#define NNCONV_PRAGMA(text) _Pragma(#text)
#define NNCONV_BEGIN(set) \
  NNCONV_PRAGMA(clang attribute push(__attribute__((target(set))), apply_to = function))
#define NNCONV_BEGIN_AVX2 NNCONV_BEGIN("avx2,fma")
#define NNCONV_BEGIN_AVX512 NNCONV_BEGIN("avx512f,avx512dq,fma")
#define NNCONV_END _Pragma("clang attribute pop")
#else
#define NNCONV_BEGIN_AVX2 _Pragma("GCC push_options") _Pragma("GCC target(\"avx2,fma\")")
#define NNCONV_BEGIN_AVX512 \
  _Pragma("GCC push_options") _Pragma("GCC target(\"avx512f,avx512dq,fma\")")
#define NNCONV_END _Pragma("GCC pop_options")
#endif
// clang-format on
#endif

// Every processor for 64-bit ARM has NEON, so that its kernels need no region.
#if defined(__aarch64__) && defined(__ARM_NEON) && defined(__GNUC__) && \
    __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define NNCONV_ARM64 1
#endif

// At -O2 g++ keeps an array of sums in memory unless a pragma unrolls each loop over it.
#if defined(__clang__)
#define NNCONV_UNROLL _Pragma("unroll")
#elif defined(__GNUC__)
#define NNCONV_UNROLL _Pragma("GCC unroll 16")
#else
#define NNCONV_UNROLL
#endif

// Functions that take such an array have to be inlined, so that the sums stay in registers.
#if defined(__GNUC__)
#define NNCONV_INLINE __attribute__((always_inline)) inline
#else
#define NNCONV_INLINE inline
#endif
