// Inflate: unpacks deflated bytes. Source: RFC 1951.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "files/byte_access.h"

namespace nnconv {

// Deflate packs at most 258 bytes into 2 bits.
constexpr std::uint64_t largest_ratio = 1032;

// Unpacks exactly `size` bytes; throws a FileError if the bytes have more, less or no sense.
// `checkpoint` is called every now and then.
std::vector<Byte> inflate(const std::vector<Byte>& packed, std::size_t size,
                          const std::function<void()>& checkpoint);

}  // namespace nnconv
