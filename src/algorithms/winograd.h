// Winograd: cells that are dense correlations, by the products of cook_toom.h.
//
// Sums are rounded otherwise than in the definition: about ten times as much in float32, less than
// 1e-13 of the largest value in float64. Numbers that are not finite would spread over a whole
// tile, so that the caller asks are_moderate() first.
#pragma once

#include "algorithms/problem.h"
#include "geometry/polyphase.h"

namespace nnconv {

template <class T>
void contract_transformed(const Problem& problem, const Arrays& arrays, const Span& row,
                          const Span& column, const Checkpoint& checkpoint);

}  // namespace nnconv
