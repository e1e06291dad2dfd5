// simd for every machine: vectors of 16 bytes by Eigen (SSE2, NEON, VSX, or plain loops).
//
// The functions of a Vec<T>, the same in every simd_*.h:
//     zero()                 all lanes 0
//     load(p), load(p, n)    lanes from T; only the first n read, the rest 0
//     splat(p)               one T in all lanes
//     widen(p), widen(p, n)  the same from double, converted
//     add_product(a, b)      this + a * b
//     store(p), store(p, n)  lanes to T; only the first n written
//     narrow(p), narrow(p, n)  the same to double, converted
//     added(p)               all lanes plus doubles, added as doubles
//     add_to(p)              the same, to where these are
#pragma once

#include "kernels/eigen.h"
#include "system/index.h"

namespace nnconv {
namespace portable {

template <class T>
struct Vec {
  static constexpr int lanes = static_cast<int>(16 / sizeof(T));
  using Lanes = Eigen::Array<T, lanes, 1>;
  using WideLanes = Eigen::Array<double, lanes, 1>;

  Lanes v;

  Vec() = default;
  template <class Lanewise>
  Vec(const Eigen::ArrayBase<Lanewise>& lanewise) : v(lanewise) {}
  // Copied and never moved: Eigen moves by a swap, which reads what is not set yet.
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
