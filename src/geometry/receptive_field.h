// Receptive field: finds the source cells that some neighbouring cells of a result depend on, and
// the axis that leads from these alone to the same numbers, by the same links in the same order.
#pragma once

#include "geometry/geometry.h"

namespace nnconv {

struct Range {
  Index first, last;

  Index count() const { return last - first + 1; }
};

// `axis` leads from `source` to `result`, which holds the wanted cells and may reach beyond them
// and beyond the image. Its sizes need not obey the size laws.
struct Window {
  Axis axis;
  Range source, result;
};

// The wanted cells are cells of `small` in a correlate and of `large` in a scatter. In mode
// circular they have to be all cells.
Window correlate_window(const Axis& axis, const Range& wanted);
Window scatter_window(const Axis& axis, const Range& wanted);

}  // namespace nnconv
