// Number types: converts the numbers of a file to R's and back. Bytes come lowest first.
//
// Each type has `bytes`, decode() and encode(). If a number has no exact counterpart, both return a
// number near it and set `problem`.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>

#include "files/byte_access.h"
#include "files/byte_floats.h"

namespace nnconv {

enum class Numbers {
  bytes_only,
  boolean,
  f64,
  f32,
  f16,
  bf16,
  f8_e4m3,
  f8_e5m2,
  f8_e4m3fnuz,
  f8_e5m2fnuz,
  f8_e8m0,
  i8,
  i16,
  i32,
  i64,
  u8,
  u16,
  u32,
  u64
};

struct NumberType {
  const char* name;
  unsigned bits;
  Numbers numbers;  // bytes_only if R has no such numbers
};

// The type of this name, or null if there is none.
const NumberType* find_number_type(const char* name, std::size_t length);

// Load and store words in the byte order of files. Compilers reduce the loops to one instruction.
template <class Word>
inline Word load_word(const Byte* from) {
  Word word = 0;
  for (std::size_t i = 0; i < sizeof(Word); ++i) {
    word = static_cast<Word>(word | static_cast<Word>(from[i]) << (8 * i));
  }
  return word;
}

template <class Word>
inline void store_word(Word word, Byte* to) {
  for (std::size_t i = 0; i < sizeof(Word); ++i) to[i] = static_cast<Byte>(word >> (8 * i));
}

template <class To, class From>
inline To same_bits(From from) {
  static_assert(sizeof(To) == sizeof(From), "as many bits");
  To to;
  std::memcpy(&to, &from, sizeof(To));
  return to;
}

// Rounds to the nearest number with `digits` binary digits and an exponent of at least `lowest`,
// ties to even. Numbers below 2^lowest have fewer digits.
inline double round_to_digits(double x, int digits, int lowest) {
  int exponent;
  std::frexp(x, &exponent);  // |x| is between 2^(exponent - 1) and 2^exponent
  const int unit = (exponent - 1 < lowest ? lowest : exponent - 1) - (digits - 1);
  return std::ldexp(std::nearbyint(std::ldexp(x, -unit)), unit);
}

template <class Float, class Word>
struct IeeeNumber {
  static constexpr std::size_t bytes = sizeof(Word);

  static double decode(const Byte* from, bool&) {
    return static_cast<double>(same_bits<Float>(load_word<Word>(from)));
  }

  static void encode(double x, Byte* to, bool& problem) {
    const Float nearest = static_cast<Float>(x);
    problem |= std::isinf(nearest) && !std::isinf(x);
    store_word(same_bits<Word>(nearest), to);
  }
};

// The upper half of a float: 8 bits of exponent, 7 of fraction.
struct BrainNumber {
  static constexpr std::size_t bytes = 2;

  static double decode(const Byte* from, bool&) {
    const std::uint32_t word = static_cast<std::uint32_t>(load_word<std::uint16_t>(from)) << 16;
    return static_cast<double>(same_bits<float>(word));
  }

  static void encode(double x, Byte* to, bool& problem) {
    if (std::isnan(x)) return store_word<std::uint16_t>(0x7fc0, to);
    // A double has enough digits, and a wider exponent, so that this rounds once.
    const float nearest =
        std::isinf(x) ? static_cast<float>(x) : static_cast<float>(round_to_digits(x, 8, -126));
    problem |= std::isinf(nearest) && !std::isinf(x);
    store_word(static_cast<std::uint16_t>(same_bits<std::uint32_t>(nearest) >> 16), to);
  }
};

// A half: 5 bits of exponent, 10 of fraction.
struct HalfNumber {
  static constexpr std::size_t bytes = 2;

  static double decode(const Byte* from, bool&) {
    const std::uint32_t word = load_word<std::uint16_t>(from);
    const std::uint32_t sign = (word & 0x8000u) << 16, exponent = word >> 10 & 31u,
                        fraction = word & 1023u;
    if (exponent == 0) {  // 2^-24 times the fraction
      const double size = static_cast<double>(fraction) * 0x1p-24;
      return sign != 0 ? -size : size;
    }
    const std::uint32_t wide = exponent == 31u ? 255u : exponent + (127u - 15u);
    return static_cast<double>(same_bits<float>(sign | wide << 23 | fraction << 13));
  }

  static void encode(double x, Byte* to, bool& problem) {
    const std::uint16_t sign = std::signbit(x) ? 0x8000u : 0u;
    store_word(static_cast<std::uint16_t>(sign | magnitude(std::fabs(x), problem)), to);
  }

 private:
  static std::uint16_t magnitude(double x, bool& problem) {
    if (std::isnan(x)) return 0x7e00;
    if (std::isinf(x)) return 0x7c00;
    const double nearest = round_to_digits(x, 11, -14);
    if (nearest >= 65536) {
      problem = true;
      return 0x7c00;
    }
    if (nearest < 0x1p-14) return static_cast<std::uint16_t>(nearest * 0x1p24);
    int exponent;
    const double fraction = std::frexp(nearest, &exponent);  // from 1/2 to 1
    return static_cast<std::uint16_t>((exponent + 14) * 1024 +
                                      static_cast<int>((2 * fraction - 1) * 1024));
  }
};

template <class Integer, class Word>
struct WholeNumber {
  static constexpr std::size_t bytes = sizeof(Word);

  static double decode(const Byte* from, bool& problem) {
    const Integer value = static_cast<Integer>(load_word<Word>(from));
    const double result = static_cast<double>(value);
    if (sizeof(Word) == 8) problem |= std::fabs(result) > 0x1p53 || is_rounded(value);
    return result;
  }

  static void encode(double x, Byte* to, bool& problem) {
    // Both limits are doubles: the upper one is the next power of two.
    const double low = static_cast<double>(std::numeric_limits<Integer>::min());
    const double high = std::ldexp(1.0, std::numeric_limits<Integer>::digits);
    if (x >= low && x < high && x == std::trunc(x)) {
      store_word(static_cast<Word>(static_cast<Integer>(x)), to);
    } else {
      problem = true;
    }
  }

 private:
  // 2^53 + 1 becomes 2^53.
  static bool is_rounded(Integer value) {
    return std::fabs(static_cast<double>(value)) == 0x1p53 && (static_cast<Word>(value) & 1u) != 0;
  }
};

struct Boolean {
  static constexpr std::size_t bytes = 1;

  static int decode(const Byte* from, bool& problem) {
    problem |= *from > 1;
    return *from != 0;
  }

  static void encode(double x, Byte* to, bool& problem) {
    problem |= x != 0 && x != 1;
    *to = x == 1;
  }
};

// Calls f with a value of the type that `numbers` stands for, which is not bytes_only.
template <class F>
void with_number_type(Numbers numbers, F f) {
  switch (numbers) {
    case Numbers::f64:
      return f(IeeeNumber<double, std::uint64_t>());
    case Numbers::f32:
      return f(IeeeNumber<float, std::uint32_t>());
    case Numbers::f16:
      return f(HalfNumber());
    case Numbers::bf16:
      return f(BrainNumber());
    case Numbers::f8_e4m3:
      return f(ByteFloat<4, 7, Specials::one_nan>());
    case Numbers::f8_e5m2:
      return f(ByteFloat<5, 15, Specials::ieee>());
    case Numbers::f8_e4m3fnuz:
      return f(ByteFloat<4, 8, Specials::minus_zero>());
    case Numbers::f8_e5m2fnuz:
      return f(ByteFloat<5, 16, Specials::minus_zero>());
    case Numbers::f8_e8m0:
      return f(ByteScale());
    case Numbers::i8:
      return f(WholeNumber<std::int8_t, std::uint8_t>());
    case Numbers::i16:
      return f(WholeNumber<std::int16_t, std::uint16_t>());
    case Numbers::i32:
      return f(WholeNumber<std::int32_t, std::uint32_t>());
    case Numbers::i64:
      return f(WholeNumber<std::int64_t, std::uint64_t>());
    case Numbers::u8:
      return f(WholeNumber<std::uint8_t, std::uint8_t>());
    case Numbers::u16:
      return f(WholeNumber<std::uint16_t, std::uint16_t>());
    case Numbers::u32:
      return f(WholeNumber<std::uint32_t, std::uint32_t>());
    case Numbers::u64:
      return f(WholeNumber<std::uint64_t, std::uint64_t>());
    case Numbers::boolean:
      return f(Boolean());
    case Numbers::bytes_only:
      return;
  }
}

}  // namespace nnconv
