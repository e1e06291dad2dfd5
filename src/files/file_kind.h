// File kind: tells what a file seems to be that a reader cannot read, and what helps.
#pragma once

#include <cstddef>
#include <string>

#include "files/byte_access.h"

namespace nnconv {

constexpr std::size_t kind_bytes = 512;  // enough to tell

// Judges by the first `kind_bytes` of a file, or by all of a shorter one. The result is empty if
// nothing is known.
std::string seems_to_be(const Byte* first, std::size_t count);

// Throws a KindError that says what a file seems to be, if anything is known.
void refuse_other_kinds(ByteSource& source);

}  // namespace nnconv
