// Vectors for every machine: 16 bytes, by Eigen (SSE2, NEON, VSX or plain loops).
//
// The functions of a Vec<T>, the same in every simd_*.h:
//     zero()                   sets all lanes to 0
//     load(p), load(p, n)      reads lanes of T; with n only the first n, and the rest is 0
//     splat(p)                 copies one T to all lanes
//     widen(p), widen(p, n)    loads doubles, converted to T
//     add_product(a, b)        returns this + a * b
//     multiplies_by_lane       one of a, b may be a Lane of a vector, which multiplies all lanes
//     store(p), store(p, n)    writes lanes of T; with n only the first n
//     narrow(p), narrow(p, n)  stores doubles, converted from T
//     added(p)                 returns the lanes plus doubles, added in double
//     add_to(p)                adds the lanes to doubles, in double
#pragma once

#include "system/eigen.h"
#include "system/index.h"

namespace nnconv {
namespace portable {

template <class T>
struct Vec {
  static constexpr int lanes = static_cast<int>(16 / sizeof(T));
  static constexpr bool multiplies_by_lane = false;
  using Lanes = Eigen::Array<T, lanes, 1>;
  using WideLanes = Eigen::Array<double, lanes, 1>;

  Lanes v;

  Vec() = default;
  template <class Lanewise>
  Vec(const Eigen::ArrayBase<Lanewise>& lanewise) : v(lanewise) {}
  // Copied and never moved: Eigen moves by a swap, which reads lanes that are not set yet.
  Vec(const Vec&) = default;
  Vec& operator=(const Vec&) = default;

  static Vec zero() { return {Lanes::Zero()}; }
  static Vec load(const T* p) { return {Eigen::Map<const Lanes>(p)}; }
  static Vec load(const T* p, Index n) {
    Vec r = zero();
    for (Index i = 0; i < n; ++i) r.v[i] = p[i];
    return r;
  }
  static Vec splat(const T* p) { return {Lanes::Constant(*p)}; }
  static Vec widen(const double* p) { return {Eigen::Map<const WideLanes>(p).template cast<T>()}; }
  static Vec widen(const double* p, Index n) {
    Vec r = zero();
    for (Index i = 0; i < n; ++i) r.v[i] = static_cast<T>(p[i]);
    return r;
  }
  Vec add_product(const Vec& a, const Vec& b) const { return {v + a.v * b.v}; }
  void store(T* p) const {
    Eigen::Map<Lanes> to(p);
    to = v;
  }
  void store(T* p, Index n) const {
    for (Index i = 0; i < n; ++i) p[i] = v[i];
  }
  void narrow(double* p) const {
    Eigen::Map<WideLanes> to(p);
    to = v.template cast<double>();
  }
  void narrow(double* p, Index n) const {
    for (Index i = 0; i < n; ++i) p[i] = static_cast<double>(v[i]);
  }
  Vec added(const double* p) const {
    return {(Eigen::Map<const WideLanes>(p) + v.template cast<double>()).template cast<T>()};
  }
  void add_to(double* p) const { Eigen::Map<WideLanes>(p) += v.template cast<double>(); }
};

}  // namespace portable
}  // namespace nnconv
