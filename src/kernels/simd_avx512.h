// Vectors for AVX-512: 64 bytes. simd_portable.h describes the functions. Included inside the
// target region, after simd_x86.h.
#pragma once

namespace nnconv {
namespace avx512 {

template <class T>
struct Vec;

// Selects the first n of 8 lanes; n may be negative or above 8.
inline __mmask8 first_lanes(Index n) {
  return static_cast<__mmask8>(n <= 0 ? 0 : n >= 8 ? 0xff : (1 << n) - 1);
}

// Convert with a full mask, because g++ warns that the plain forms start from an undefined value.
inline __m256 to_float(__m512d x) {
  return _mm512_maskz_cvtpd_ps(0xff, x);
}
inline __m512d to_double(__m256 x) {
  return _mm512_maskz_cvtps_pd(0xff, x);
}

template <>
struct Vec<double> {
  static constexpr int lanes = 8;
  static constexpr bool multiplies_by_lane = false;
  __m512d v;

  static Vec zero() { return {_mm512_setzero_pd()}; }
  static Vec load(const double* p) { return {_mm512_loadu_pd(p)}; }
  static Vec splat(const double* p) { return {_mm512_set1_pd(*p)}; }
  static Vec load(const double* p, Index n) { return {_mm512_maskz_loadu_pd(first_lanes(n), p)}; }
  static Vec widen(const double* p) { return load(p); }
  static Vec widen(const double* p, Index n) { return load(p, n); }
  Vec add_product(Vec a, Vec b) const { return {_mm512_fmadd_pd(a.v, b.v, v)}; }
  void store(double* p) const { _mm512_storeu_pd(p, v); }
  void store(double* p, Index n) const { _mm512_mask_storeu_pd(p, first_lanes(n), v); }
  void narrow(double* p) const { store(p); }
  void narrow(double* p, Index n) const { store(p, n); }
  Vec added(const double* p) const { return {_mm512_add_pd(_mm512_loadu_pd(p), v)}; }
  void add_to(double* p) const { added(p).store(p); }
};

template <>
struct Vec<float> {
  static constexpr int lanes = 16;
  static constexpr bool multiplies_by_lane = false;
  __m512 v;

  static Vec zero() { return {_mm512_setzero_ps()}; }
  static Vec load(const float* p) { return {_mm512_loadu_ps(p)}; }
  static __mmask16 first(Index n) {
    return static_cast<__mmask16>(n >= 16 ? 0xffff : (1 << n) - 1);
  }
  static Vec load(const float* p, Index n) { return {_mm512_maskz_loadu_ps(first(n), p)}; }
  static Vec splat(const float* p) { return {_mm512_set1_ps(*p)}; }
  static Vec join(__m512d low, __m512d high) {
    return {_mm512_insertf32x8(_mm512_castps256_ps512(to_float(low)), to_float(high), 1)};
  }
  static Vec widen(const double* p) { return join(_mm512_loadu_pd(p), _mm512_loadu_pd(p + 8)); }
  static Vec widen(const double* p, Index n) {
    return join(_mm512_maskz_loadu_pd(first_lanes(n), p),
                _mm512_maskz_loadu_pd(first_lanes(n - 8), p + 8));
  }
  Vec add_product(Vec a, Vec b) const { return {_mm512_fmadd_ps(a.v, b.v, v)}; }
  void store(float* p) const { _mm512_storeu_ps(p, v); }
  void store(float* p, Index n) const { _mm512_mask_storeu_ps(p, first(n), v); }
  __m512d low() const { return to_double(_mm512_maskz_extractf32x8_ps(0xff, v, 0)); }
  __m512d high() const { return to_double(_mm512_maskz_extractf32x8_ps(0xff, v, 1)); }
  void narrow(double* p) const {
    _mm512_storeu_pd(p, low());
    _mm512_storeu_pd(p + 8, high());
  }
  void narrow(double* p, Index n) const {
    _mm512_mask_storeu_pd(p, first_lanes(n), low());
    _mm512_mask_storeu_pd(p + 8, first_lanes(n - 8), high());
  }
  Vec added(const double* p) const {
    return join(Vec<double>{low()}.added(p).v, Vec<double>{high()}.added(p + 8).v);
  }
  void add_to(double* p) const {
    Vec<double>{low()}.add_to(p);
    Vec<double>{high()}.add_to(p + 8);
  }
};

}  // namespace avx512
}  // namespace nnconv
