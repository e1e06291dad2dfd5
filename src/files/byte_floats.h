// Byte floats: converts floating point numbers of 8 bits by tables of their values.
//
// Sources: the OCP 8-bit floating point specification (E4M3, E5M2), the OCP microscaling formats
// specification (E8M0), and Noune et al. (2022), https://arxiv.org/abs/2206.02915 (FNUZ).
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>

#include "files/byte_access.h"

namespace nnconv {

enum class Specials {
  ieee,       // the largest exponent stands for infinity and NaN
  one_nan,    // NaN is all ones behind the sign; there is no infinity
  minus_zero  // NaN is the code of minus zero; there is no infinity
};

constexpr double power_of_two(int exponent) {
  double power = 1;
  for (; exponent > 0; --exponent) power *= 2;
  for (; exponent < 0; ++exponent) power /= 2;
  return power;
}

// The values of all codes. A code has a sign, bits of exponent, and bits of fraction.
constexpr std::array<double, 256> byte_values(int exponent_bits, int bias, Specials specials) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const int digits = 7 - exponent_bits, ones = (1 << exponent_bits) - 1;
  std::array<double, 256> values{};
  for (int code = 0; code < 128; ++code) {
    const int exponent = code >> digits, fraction = code & ((1 << digits) - 1);
    double size = exponent == 0
                      ? fraction * power_of_two(1 - bias - digits)
                      : (fraction + (1 << digits)) * power_of_two(exponent - bias - digits);
    if (specials == Specials::ieee && exponent == ones) size = fraction == 0 ? infinity : nan;
    if (specials == Specials::one_nan && code == 127) size = nan;
    values[static_cast<std::size_t>(code)] = size;
    values[static_cast<std::size_t>(code) + 128] = -size;
  }
  if (specials == Specials::minus_zero) values[128] = nan;
  return values;
}

template <int exponent_bits, int bias, Specials specials>
struct ByteFloat {
  static constexpr std::size_t bytes = 1;
  static constexpr std::array<double, 256> values = byte_values(exponent_bits, bias, specials);

  static double decode(const Byte* from, bool&) { return values[*from]; }

  // Rounds to the nearest, ties to the even code.
  static void encode(double x, Byte* to, bool& problem) {
    if (std::isnan(x)) {
      *to = specials == Specials::minus_zero ? 0x80 : 0x7f;
      return;
    }
    std::size_t code = nearest(std::fabs(x));
    if (code == finite && !(specials == Specials::ieee && std::isinf(x))) {
      problem = true;
      --code;
    }
    const bool is_negative = std::signbit(x) && !(specials == Specials::minus_zero && code == 0);
    *to = static_cast<Byte>(code | (is_negative ? 0x80u : 0u));
  }

 private:
  // The number of finite codes without a sign. These are in order of size.
  static constexpr std::size_t finite = specials == Specials::ieee
                                            ? 128 - (std::size_t{1} << (7 - exponent_bits))
                                        : specials == Specials::one_nan ? 127
                                                                        : 128;

  // Returns the nearest code, or `finite` if the number after the largest one would be nearer.
  static std::size_t nearest(double size) {
    const auto after = std::upper_bound(values.begin(), values.begin() + finite, size);
    const std::size_t below = static_cast<std::size_t>(after - values.begin()) - 1;
    const double step =
        below + 1 < finite ? values[below + 1] - values[below] : values[below] - values[below - 1];
    const double middle = values[below] + step / 2;
    return below + (size > middle || (size == middle && below % 2 == 1) ? 1 : 0);
  }
};

// The scale of a block: 8 bits of exponent and nothing else, for 2^(code - 127) and a NaN.
struct ByteScale {
  static constexpr std::size_t bytes = 1;

  static double decode(const Byte* from, bool&) {
    return *from == 255 ? std::numeric_limits<double>::quiet_NaN() : std::ldexp(1.0, *from - 127);
  }

  static void encode(double x, Byte* to, bool& problem) {
    int exponent = 0;
    const bool is_nan = std::isnan(x);
    const bool is_power = !is_nan && !std::isinf(x) && std::frexp(x, &exponent) == 0.5;
    const bool fits = is_power && exponent >= -126 && exponent <= 128;  // of 2^(exponent - 1)
    problem |= !is_nan && !fits;
    *to = static_cast<Byte>(fits ? exponent + 126 : 255);
  }
};

}  // namespace nnconv
