// Sub-pixel: layers of few channels whose result has phases, all phases at once.
//
// The phases of a transposed convolution read the same windows of the source, shifted by whole
// cells. Taken together they are one layer of stride 1 with a channel for every phase and channel,
// whose result is put in order afterwards (the sub-pixel convolution of Shi et al. 2016,
// arXiv:1609.05158, the other way round). One to four channels, which fill no tile alone, do so
// together, and the source is read once.
//
// A phase of fewer taps is filled up with weights of 0, and the border with cells of 0: the caller
// asks are_moderate() first.
//
// It pays in float32, whose sources have to be copied anyway. In float64, which reads them where
// they lie, the copies cost what they save.
#pragma once

#include "algorithms/problem.h"
#include "geometry/polyphase.h"

namespace nnconv {

// Can the cells of these spans be computed together, and is that less work?
bool can_be_joined(const Problem& problem, const std::vector<Span>& rows,
                   const std::vector<Span>& columns);

// Computes the cells of all pairs of the spans.
template <class T>
void contract_joined(const Problem& problem, const Arrays& arrays, const std::vector<Span>& rows,
                     const std::vector<Span>& columns, const Checkpoint& checkpoint);

}  // namespace nnconv
