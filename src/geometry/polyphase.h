// Polyphase: divides the cells of an axis into spans, each a sum of dense correlations, the borders
// included.
//
//     result[cell t] = sum over components, over u of  w[taps[u]] * x[source + (t + u) * pitch]
//
// with x = 0 outside of the image. A span consists of a run whose links read at equal steps, and of
// the runs beside it that lack some of these links, but not all, because they would read outside of
// the image. A convolution of stride 1 is one span of one component, and so is every phase of a
// transposed one; a convolution of stride s is one span of s components, each with every s-th tap.
#pragma once

#include <vector>

#include "geometry/runs.h"
#include "system/list.h"

namespace nnconv {

// One dense correlation: taps in the order of their sources, and the source of the first.
struct Component {
  List<Index> taps;
  Index source;
};

struct Span {
  Index first, step, count;  // cells
  Index pitch;
  List<Component> components;
  std::vector<std::size_t> runs;  // that it consists of
};

// Returns the spans of an axis whose source has `size` cells. A run belongs to at most one span.
std::vector<Span> find_spans(const std::vector<Run>& runs, Index size,
                             const Checkpoint& checkpoint = {});

}  // namespace nnconv
