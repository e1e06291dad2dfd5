// Header: the format of safetensors files; reads and writes their headers.
//
// A file consists of the length of the header, 8 bytes, the lowest first; the header, JSON in
// UTF-8; and the data, which the tensors cover without holes. Numbers are little-endian, and the
// last index of a tensor varies fastest. Source: the format's description and its implementation in
// Rust, https://github.com/huggingface/safetensors
//
// The reader is strict, because files come from anywhere. Beyond the letter of the description it
// refuses unknown entries of a tensor, and numbers that are not plain digits.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "files/byte_access.h"
#include "files/number_types.h"

namespace nnconv {

constexpr std::uint64_t longest_header = 100000000;  // as in the implementation in Rust

struct TensorEntry {
  std::string name;
  const NumberType* type = nullptr;
  std::vector<std::uint64_t> shape;
  std::uint64_t begin = 0, end = 0;  // counted from the beginning of the data
};

using Metadata = std::vector<std::pair<std::string, std::string>>;

struct Header {
  std::vector<TensorEntry> tensors;  // in the header's order
  Metadata metadata;
  std::uint64_t data = 0;  // where the data begins
};

// Throws a KindError if the source seems to be no safetensors file, and a FormatError if it is not
// a whole and consistent one.
Header read_header(ByteSource& source);

// Returns the bytes of a file that precede its data. It places the tensors, whose names must
// differ, one after the other, those with the largest numbers first, so that every number is
// aligned.
std::vector<Byte> write_header(std::vector<TensorEntry>& tensors, const Metadata& metadata);

}  // namespace nnconv
