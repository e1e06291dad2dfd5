// Magnitude: one pass over the bits of the numbers. Without their signs, doubles are in the order
// of their bits, taken as integers; infinity and NaN come last.
#include "algorithms/magnitude.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "system/list.h"

namespace nnconv {
namespace {

constexpr Index block = 1024;  // fixed, so that compilers vectorize the loop

std::uint64_t magnitude(const double* number) {
  std::uint64_t bits;
  std::memcpy(&bits, number, sizeof bits);
  return bits & ~(std::uint64_t(1) << 63);
}

// Sets the highest bit of its result if one of the numbers is too large.
std::uint64_t excess(const double* numbers, std::uint64_t room) {
  std::uint64_t any = 0;
  for (Index i = 0; i < block; ++i) any |= magnitude(numbers + i) + room;
  return any;
}

}  // namespace

template <class T>
bool are_moderate(const double* numbers, Index count, const Checkpoint& checkpoint) {
  constexpr double limit = sizeof(T) == sizeof(float) ? 1e15 : 1e140;
  constexpr std::uint64_t top = std::uint64_t(1) << 63;
  const std::uint64_t room = top - magnitude(&limit);
  List<std::uint64_t> any = repeated(divide_up(count, part_length), std::uint64_t(0));
  for_parts(count, checkpoint, [&](Index i, Index last) {
    std::uint64_t& here = any[i / part_length];
    for (; i + block <= last; i += block) here |= excess(numbers + i, room);
    for (; i < last; ++i) here |= magnitude(numbers + i) + room;
  });
  return std::all_of(any.begin(), any.end(), [](std::uint64_t a) { return a < top; });
}

template bool are_moderate<float>(const double*, Index, const Checkpoint&);
template bool are_moderate<double>(const double*, Index, const Checkpoint&);

}  // namespace nnconv
