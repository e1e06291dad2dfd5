// Sub-pixel: computes all phases of a transposed convolution at once, for layers of few channels.
//
// The phases read the same windows of the source, shifted by whole cells. Taken together they are
// one layer of stride 1 that has a channel for every phase and channel, and whose result is put in
// order afterwards (the inverse of the sub-pixel convolution of Shi et al. 2016, arXiv:1609.05158).
// One to four channels, which fill no tile alone, fill tiles together, and the source is read once.
//
// Phases with fewer taps are filled up with weights of 0, and the border with cells of 0; the
// caller therefore asks are_moderate() first.
//
// The algorithm pays in float32, whose sources have to be copied anyway. In float64, whose sources
// are read where they lie, the copies cost what they save.
#pragma once

#include "algorithms/problem.h"
#include "geometry/polyphase.h"

namespace nnconv {

// Can the cells of these spans be computed together, and does that take less work?
bool can_use_subpixel(const Problem& problem, const std::vector<Span>& rows,
                      const std::vector<Span>& columns);

// Computes the cells of all pairs of the spans.
template <class T>
void contract_by_subpixel(const Problem& problem, const Arrays& arrays,
                          const std::vector<Span>& rows, const std::vector<Span>& columns,
                          const Checkpoint& checkpoint);

}  // namespace nnconv
