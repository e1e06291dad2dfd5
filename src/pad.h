// Pad: an array extended or cropped by the index maps of pad_index.h.
#pragma once

#include <vector>

#include "parallel.h"

namespace nnconv {

// `cell` numbers of one place of an image lie side by side; rows within columns. The maps name
// the source of every row and column of the result, or no_source where it shows `value`.
void pad(const double* input, Index cell, Index height, const std::vector<Index>& rows,
         const std::vector<Index>& columns, double value, double* result,
         const Checkpoint& checkpoint);

}  // namespace nnconv
