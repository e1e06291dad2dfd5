// Direct: computes the definition's products, for the cells of some pairs of runs.
#pragma once

#include "algorithms/problem.h"

namespace nnconv {

// Computes the pairs of a run of rows and a run of columns that are not `done`, a list of all
// pairs, rows fastest. An empty list means that none is done.
template <class T>
void contract_directly(const Problem& problem, const Arrays& arrays, const std::vector<bool>& done,
                       const Checkpoint& checkpoint);

}  // namespace nnconv
