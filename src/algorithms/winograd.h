// Winograd: computes cells that are dense correlations by the products of cook_toom.h.
//
// Sums are rounded differently than in the definition: the error is about ten times as large in
// float32, and below 1e-13 of the largest value in float64. Numbers that are not finite would
// spread over a whole tile; the caller therefore asks are_moderate() first.
#pragma once

#include "algorithms/problem.h"
#include "geometry/polyphase.h"

namespace nnconv {

// Computes the cells of a span of rows in a span of columns.
template <class T>
void contract_by_winograd(const Problem& problem, const Arrays& arrays, const Span& row,
                          const Span& column, const Checkpoint& checkpoint);

}  // namespace nnconv
