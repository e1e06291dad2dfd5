// Cases: random geometries and numbers, the same on every machine.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "geometry/geometry.h"

namespace core {

using nnconv::Geometry;
using nnconv::Index;

// SplitMix64 (Steele, Lea and Flood 2014, doi:10.1145/2714064.2660195). The distributions of the
// standard library differ from one library to the next; these do not.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  Index below(Index n) { return static_cast<Index>(next() % static_cast<std::uint64_t>(n)); }
  Index between(Index low, Index high) { return low + below(high - low + 1); }
  double real() { return static_cast<double>(next() >> 11) * 0x1p-52 - 1; }  // in [-1, 1)
  double whole() { return static_cast<double>(between(-4, 4)); }

 private:
  std::uint64_t state_;
};

// A layer for each of the three derivatives: everything that they read.
struct Case {
  Geometry geometry;
  std::vector<double> large, small, weight, large_bias, small_bias;
};

// Whole numbers, whose sums float32 holds exactly; real ones; real ones with NaN and infinities.
enum class Numbers { whole, real, wild };

Case make_case(const Geometry& geometry, Numbers numbers, Random& random);

// Products that each of the three derivatives sums, those that fall outside of the image included.
double products(const Geometry& geometry);

// Between `least` and `most` products.
Geometry random_geometry(Random& random, double least, double most);

std::string describe(const Geometry& geometry);

}  // namespace core
