// Vectors for arm64 with NEON: 16 bytes. simd_portable.h describes the functions.
#pragma once

#include <arm_neon.h>

#include "kernels/target_region.h"
#include "system/index.h"

namespace nnconv {
namespace neon {

template <class T>
struct Vec;

// One lane of a vector, by which all lanes of another are multiplied.
template <class T>
struct LaneOf {
  Vec<T> of;
  int index;
};

template <>
struct Vec<double> {
  static constexpr int lanes = 2;
  static constexpr bool multiplies_by_lane = true;
  using Lane = LaneOf<double>;
  float64x2_t v;

  static Vec zero() { return {vdupq_n_f64(0)}; }
  static Vec load(const double* p) { return {vld1q_f64(p)}; }
  static Vec load(const double* p, Index n) {
    if (n >= lanes) return load(p);
    return n > 0 ? Vec{vld1q_lane_f64(p, vdupq_n_f64(0), 0)} : zero();
  }
  static Vec splat(const double* p) { return {vld1q_dup_f64(p)}; }
  static Vec widen(const double* p) { return load(p); }
  static Vec widen(const double* p, Index n) { return load(p, n); }
  Vec add_product(Vec a, Vec b) const { return {vfmaq_f64(v, a.v, b.v)}; }
  NNCONV_INLINE Vec add_product(Vec a, Lane b) const {
    return {b.index == 0 ? vfmaq_laneq_f64(v, a.v, b.of.v, 0) : vfmaq_laneq_f64(v, a.v, b.of.v, 1)};
  }
  NNCONV_INLINE Vec add_product(Lane a, Vec b) const { return add_product(b, a); }
  void store(double* p) const { vst1q_f64(p, v); }
  void store(double* p, Index n) const {
    if (n >= lanes) return store(p);
    if (n > 0) vst1q_lane_f64(p, v, 0);
  }
  void narrow(double* p) const { store(p); }
  void narrow(double* p, Index n) const { store(p, n); }
  Vec added(const double* p) const { return {vaddq_f64(vld1q_f64(p), v)}; }
  void add_to(double* p) const { added(p).store(p); }
};

template <>
struct Vec<float> {
  static constexpr int lanes = 4;
  static constexpr bool multiplies_by_lane = true;
  using Lane = LaneOf<float>;
  float32x4_t v;

  static Vec zero() { return {vdupq_n_f32(0)}; }
  static Vec load(const float* p) { return {vld1q_f32(p)}; }
  static Vec load(const float* p, Index n) {
    if (n >= lanes) return load(p);
    float32x4_t r = vdupq_n_f32(0);
    if (n > 0) r = vld1q_lane_f32(p, r, 0);
    if (n > 1) r = vld1q_lane_f32(p + 1, r, 1);
    if (n > 2) r = vld1q_lane_f32(p + 2, r, 2);
    return {r};
  }
  static Vec splat(const float* p) { return {vld1q_dup_f32(p)}; }
  static Vec join(Vec<double> low, Vec<double> high) {
    return {vcombine_f32(vcvt_f32_f64(low.v), vcvt_f32_f64(high.v))};
  }
  static Vec widen(const double* p) { return join(Vec<double>::load(p), Vec<double>::load(p + 2)); }
  static Vec widen(const double* p, Index n) {
    return join(Vec<double>::load(p, n), Vec<double>::load(p + 2, n - 2));
  }
  Vec add_product(Vec a, Vec b) const { return {vfmaq_f32(v, a.v, b.v)}; }
  NNCONV_INLINE Vec add_product(Vec a, Lane b) const {
    switch (b.index) {
      case 0:
        return {vfmaq_laneq_f32(v, a.v, b.of.v, 0)};
      case 1:
        return {vfmaq_laneq_f32(v, a.v, b.of.v, 1)};
      case 2:
        return {vfmaq_laneq_f32(v, a.v, b.of.v, 2)};
      default:
        return {vfmaq_laneq_f32(v, a.v, b.of.v, 3)};
    }
  }
  NNCONV_INLINE Vec add_product(Lane a, Vec b) const { return add_product(b, a); }
  Vec<double> low() const { return {vcvt_f64_f32(vget_low_f32(v))}; }
  Vec<double> high() const { return {vcvt_high_f64_f32(v)}; }
  void store(float* p) const { vst1q_f32(p, v); }
  void store(float* p, Index n) const {
    if (n >= lanes) return store(p);
    if (n > 0) vst1q_lane_f32(p, v, 0);
    if (n > 1) vst1q_lane_f32(p + 1, v, 1);
    if (n > 2) vst1q_lane_f32(p + 2, v, 2);
  }
  void narrow(double* p) const {
    low().store(p);
    high().store(p + 2);
  }
  void narrow(double* p, Index n) const {
    low().store(p, n);
    high().store(p + 2, n - 2);
  }
  Vec added(const double* p) const { return join(low().added(p), high().added(p + 2)); }
  void add_to(double* p) const {
    low().add_to(p);
    high().add_to(p + 2);
  }
};

}  // namespace neon
}  // namespace nnconv
