// Tensor data: numbers of a file, whose last index varies fastest, to and from R's arrays, whose
// first index does.
//
// It goes by blocks: of some rows the same stretch of numbers, so that a block is read in long
// pieces, stays in the cache, and is written in runs. A row is what the first indices have in
// common, usually the first one alone. Besides the array there is one block, whatever the size.
#pragma once

#include <functional>
#include <vector>

#include "safetensors/byte_access.h"
#include "safetensors/number_types.h"
#include "system/index.h"
#include "system/scratch.h"

namespace nnconv {

// Reads the tensor that begins at byte `begin` into `values`; T is double, and int for booleans.
// Returns whether all of it could be told exactly. `checkpoint` is called between blocks.
template <class T>
bool read_tensor(ByteSource& source, std::uint64_t begin, Numbers numbers,
                 const std::vector<Index>& shape, T* values,
                 const std::function<void()>& checkpoint);

// The other way.
bool write_tensor(ByteSink& sink, std::uint64_t begin, Numbers numbers,
                  const std::vector<Index>& shape, const double* values,
                  const std::function<void()>& checkpoint);

}  // namespace nnconv
