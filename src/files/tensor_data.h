// Tensor data: converts between the tensors of a file, whose last index varies fastest, and R's
// arrays, whose first index does.
//
// It proceeds by blocks. A block is the same stretch of some rows, so that it is read in long
// pieces, stays in the cache, and is written in long lines. A row holds the numbers that agree in
// the first indices, usually in the first one alone. Besides the array there is one block in
// memory, whatever the size.
#pragma once

#include <functional>
#include <vector>

#include "files/byte_access.h"
#include "files/number_types.h"
#include "system/index.h"
#include "system/scratch.h"

namespace nnconv {

// Reads the tensor that begins at byte `begin` into `values`; T is double, or int for booleans.
// Returns whether all numbers have exact counterparts. `checkpoint` is called between blocks.
template <class T>
bool read_tensor(ByteSource& source, std::uint64_t begin, Numbers numbers,
                 const std::vector<Index>& shape, T* values,
                 const std::function<void()>& checkpoint);

// Writes a tensor; returns whether all numbers have exact counterparts.
bool write_tensor(ByteSink& sink, std::uint64_t begin, Numbers numbers,
                  const std::vector<Index>& shape, const double* values,
                  const std::function<void()>& checkpoint);

}  // namespace nnconv
