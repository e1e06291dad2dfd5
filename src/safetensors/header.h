// Header: the format of the file; what its header says, read and written.
//
// A file is: the length of the header, 8 bytes, the lowest first; the header, JSON in UTF-8; and
// the data, which the tensors cover without holes. Numbers are little-endian, and the last index of
// a tensor varies fastest. Source: the format's description and its implementation in Rust,
// https://github.com/huggingface/safetensors
//
// The reader is strict, as files come from anywhere. Beyond the letter of the description it
// refuses entries of a tensor that it does not know, and numbers that are not plain digits.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "safetensors/byte_access.h"
#include "safetensors/number_types.h"

namespace nnconv {

constexpr std::uint64_t longest_header = 100000000;  // as in the implementation in Rust

struct TensorEntry {
  std::string name;
  const NumberType* type = nullptr;
  std::vector<std::uint64_t> shape;
  std::uint64_t begin = 0, end = 0;  // from where the data begins
};

using Metadata = std::vector<std::pair<std::string, std::string>>;

struct Header {
  std::vector<TensorEntry> tensors;  // in the header's order
  Metadata metadata;
  std::uint64_t data = 0;  // where the data begins
};

// That a file is something else, and what helps.
class KindError : public FileError {
 public:
  using FileError::FileError;
};

// Throws a KindError where the source seems to be something else than a safetensors file, and a
// FormatError where it is not a whole and consistent one.
Header read_header(ByteSource& source);

// The first bytes of a file, up to its data. Places the tensors, whose names differ, one after the
// other, those of large numbers first, so that every number is aligned.
std::vector<Byte> write_header(std::vector<TensorEntry>& tensors, const Metadata& metadata);

}  // namespace nnconv
