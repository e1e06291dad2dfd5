// Receptive field: some neighbouring cells of a result, the source cells that these depend on, and
// the axis that leads from these alone to the same numbers, by the same links in the same order.
#pragma once

#include "geometry/geometry.h"

namespace nnconv {

struct Range {
  Index first, last;

  Index count() const { return last - first + 1; }
};

// `axis` leads from `source` to `result`, which holds the wanted cells and may reach beyond them
// and beyond the image. Its sizes need not be those of the size laws.
struct Window {
  Axis axis;
  Range source, result;
};

// The wanted cells are of `small` in a correlate and of `large` in a scatter. In mode circular they
// are all cells.
Window correlate_window(const Axis& axis, const Range& wanted);
Window scatter_window(const Axis& axis, const Range& wanted);

}  // namespace nnconv
