// Direct: the definition's products, for the cells of some pairs of runs.
#pragma once

#include "algorithms/problem.h"

namespace nnconv {

// Computes the pairs of a run of rows and a run of columns (rows fastest) that are not `done`; an
// empty list means all.
template <class T>
void contract_directly(const Problem& problem, const Arrays& arrays, const std::vector<bool>& done,
                       const Checkpoint& checkpoint);

}  // namespace nnconv
