// Pad: extends or crops an array by the index maps of padding_modes.h.
#pragma once

#include "geometry/padding_modes.h"
#include "system/threads.h"

namespace nnconv {

// An axis of `size` cells, and the cells that it is extended by. Negative padding crops.
struct PaddedAxis {
  Index size, before, after;
  PadMode mode;

  Index length() const { return before + size + after; }
  Index source(Index padded) const { return pad_source(padded, before, size, mode); }
};

// Pads an image in which `cell` numbers of each place lie side by side, and rows within columns.
// The result is `value` where the map names no source.
void pad(const double* input, Index cell, const PaddedAxis& rows, const PaddedAxis& columns,
         double value, double* result, const Checkpoint& checkpoint);

}  // namespace nnconv
