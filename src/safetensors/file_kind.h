// File kind: tells what a file seems to be if it is no safetensors file, and how to obtain one.
#pragma once

#include <cstddef>
#include <string>

#include "safetensors/byte_access.h"

namespace nnconv {

constexpr std::size_t kind_bytes = 512;  // enough to tell

// Judges by the first `kind_bytes` of a file, or by all of a shorter one. The result is empty if
// nothing is known.
std::string seems_to_be(const Byte* first, std::size_t count);

}  // namespace nnconv
