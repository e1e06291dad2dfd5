// Pad: an array extended or cropped by the index maps of padding_modes.h.
#pragma once

#include "geometry/padding_modes.h"
#include "system/threads.h"

namespace nnconv {

// An axis of `size` cells, and what it is extended by; negative padding crops.
struct PaddedAxis {
  Index size, before, after;
  PadMode mode;

  Index length() const { return before + size + after; }
  Index source(Index padded) const { return pad_source(padded, before, size, mode); }
};

// `cell` numbers of one place of an image lie side by side; rows within columns. Where the map
// names no source, the result is `value`.
void pad(const double* input, Index cell, const PaddedAxis& rows, const PaddedAxis& columns,
         double value, double* result, const Checkpoint& checkpoint);

}  // namespace nnconv
