// Pickle: reads the values that a pickle describes, without running anything.
//
// A pickle is a program for a machine with a stack and a memory. Files of PyTorch need few of its
// instructions; the reader knows these, of the protocols 2 to 5, and refuses every other one.
// Source: Python's pickletools.py.
#pragma once

#include "torch_files/values.h"

namespace nnconv {

constexpr std::uint64_t largest_pickle = 100000000;  // bytes

struct Pickle {
  ValueNumber root = 0;
  std::size_t bytes = 0;  // up to its end
};

// Reads the pickle at the beginning of the bytes, which have to outlive the values. `offset` is
// their place in the file. Throws a FormatError if they are no such pickle.
Pickle read_pickle(const Byte* bytes, std::size_t count, std::uint64_t offset, Values& values);

}  // namespace nnconv
