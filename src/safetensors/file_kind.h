// File kind: what a file seems to be that is no safetensors file, and how to come by one.
#pragma once

#include <cstddef>
#include <string>

#include "safetensors/byte_access.h"

namespace nnconv {

constexpr std::size_t kind_bytes = 512;  // enough to tell

// From the first `kind_bytes` of a file, or all of them; empty where nothing is known.
std::string seems_to_be(const Byte* first, std::size_t count);

}  // namespace nnconv
