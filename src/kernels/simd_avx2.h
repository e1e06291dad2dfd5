// Vectors for AVX2 with FMA: 32 bytes. simd_portable.h describes the functions. Included inside the
// target region, after simd_x86.h.
#pragma once

namespace nnconv {
namespace avx2 {

template <class T>
struct Vec;

// Sets all bits in the first n of 4 lanes of 64 bits.
inline __m256i first_lanes(Index n) {
  return _mm256_cmpgt_epi64(_mm256_set1_epi64x(n), _mm256_set_epi64x(3, 2, 1, 0));
}

template <>
struct Vec<double> {
  static constexpr int lanes = 4;
  static constexpr bool multiplies_by_lane = false;
  __m256d v;

  static Vec zero() { return {_mm256_setzero_pd()}; }
  static Vec load(const double* p) { return {_mm256_loadu_pd(p)}; }
  static Vec splat(const double* p) { return {_mm256_broadcast_sd(p)}; }
  static Vec load(const double* p, Index n) { return {_mm256_maskload_pd(p, first_lanes(n))}; }
  static Vec widen(const double* p) { return load(p); }
  static Vec widen(const double* p, Index n) { return load(p, n); }
  Vec add_product(Vec a, Vec b) const { return {_mm256_fmadd_pd(a.v, b.v, v)}; }
  void store(double* p) const { _mm256_storeu_pd(p, v); }
  void store(double* p, Index n) const { _mm256_maskstore_pd(p, first_lanes(n), v); }
  void narrow(double* p) const { store(p); }
  void narrow(double* p, Index n) const { store(p, n); }
  Vec added(const double* p) const { return {_mm256_add_pd(_mm256_loadu_pd(p), v)}; }
  void add_to(double* p) const { added(p).store(p); }
};

template <>
struct Vec<float> {
  static constexpr int lanes = 8;
  static constexpr bool multiplies_by_lane = false;
  __m256 v;

  static Vec zero() { return {_mm256_setzero_ps()}; }
  static Vec load(const float* p) { return {_mm256_loadu_ps(p)}; }
  static __m256i first(Index n) {
    const __m256i lane = _mm256_set_epi32(7, 6, 5, 4, 3, 2, 1, 0);
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(n)), lane);
  }
  static Vec load(const float* p, Index n) { return {_mm256_maskload_ps(p, first(n))}; }
  static Vec splat(const float* p) { return {_mm256_broadcast_ss(p)}; }
  static Vec join(__m256d low, __m256d high) {
    return {_mm256_insertf128_ps(_mm256_castps128_ps256(_mm256_cvtpd_ps(low)),
                                 _mm256_cvtpd_ps(high), 1)};
  }
  static Vec widen(const double* p) { return join(_mm256_loadu_pd(p), _mm256_loadu_pd(p + 4)); }
  static Vec widen(const double* p, Index n) {
    return join(_mm256_maskload_pd(p, first_lanes(n)),
                _mm256_maskload_pd(p + 4, first_lanes(n - 4)));
  }
  Vec add_product(Vec a, Vec b) const { return {_mm256_fmadd_ps(a.v, b.v, v)}; }
  void store(float* p) const { _mm256_storeu_ps(p, v); }
  void store(float* p, Index n) const { _mm256_maskstore_ps(p, first(n), v); }
  __m256d low() const { return _mm256_cvtps_pd(_mm256_castps256_ps128(v)); }
  __m256d high() const { return _mm256_cvtps_pd(_mm256_extractf128_ps(v, 1)); }
  void narrow(double* p) const {
    _mm256_storeu_pd(p, low());
    _mm256_storeu_pd(p + 4, high());
  }
  void narrow(double* p, Index n) const {
    _mm256_maskstore_pd(p, first_lanes(n), low());
    _mm256_maskstore_pd(p + 4, first_lanes(n - 4), high());
  }
  Vec added(const double* p) const {
    return join(Vec<double>{low()}.added(p).v, Vec<double>{high()}.added(p + 4).v);
  }
  void add_to(double* p) const {
    Vec<double>{low()}.add_to(p);
    Vec<double>{high()}.add_to(p + 4);
  }
};

}  // namespace avx2
}  // namespace nnconv
