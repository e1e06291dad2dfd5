// Polyphase: neighbouring cells of an axis that are a sum of dense correlations, border included.
//
//     result[cell t] = sum over parts, over u of  w[taps[u]] * x[source + (t + u) * pitch],
//
// with x = 0 outside. It is a run whose links read at equal steps, with the runs beside it in which
// some of these links, but not all, are missing because they would read outside the image. A
// convolution of stride 1 is one span of one part, and so is every phase of a transposed one; a
// convolution of stride s is one span of s parts, each with every s-th tap.
#pragma once

#include <vector>

#include "geometry/runs.h"

namespace nnconv {

// One dense correlation: taps in the order of their sources, and the first one's.
struct Dense {
  std::vector<Index> taps;
  Index source;
};

struct Span {
  Index first, step, count;  // cells
  Index pitch;
  std::vector<Dense> parts;
  std::vector<std::size_t> runs;  // that it consists of
};

// The spans of an axis whose source has `size` cells; a run belongs to one span or to none.
std::vector<Span> find_spans(const std::vector<Run>& runs, Index size,
                             const Checkpoint& checkpoint = {});

}  // namespace nnconv
