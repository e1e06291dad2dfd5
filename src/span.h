// Span: neighbouring cells of an axis that are a dense correlation, border included.
//
//     result[cell t] = sum over u of w[taps[u]] * x[source + (t + u) * pitch],  x = 0 outside
//
// It is a run whose links read at equal steps, the same as those from cell to cell, with the runs
// beside it in which some of these links are missing because they would read outside the image.
// A convolution of stride 1 is one span; so is every phase of a transposed one.
#pragma once

#include <vector>

#include "reach.h"

namespace nnconv {

struct Span {
  Index first, step, count;  // cells
  std::vector<Index> taps;   // in the order of their sources
  Index source, pitch;
  std::vector<std::size_t> runs;  // that it consists of
};

// The spans of an axis whose source has `size` cells; a run is part of one span or of none.
std::vector<Span> find_spans(const std::vector<Run>& runs, Index size);

}  // namespace nnconv
