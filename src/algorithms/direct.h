// Direct: computes the definition's products, for the cells of some pairs of runs.
#pragma once

#include "algorithms/problem.h"

namespace nnconv {

// Computes the pairs of a run of rows and a run of columns that are not `done`, a list of all
// pairs, rows fastest. An empty list means that none is done.
template <class T>
void contract_directly(const Problem& problem, const Arrays& arrays, const std::vector<bool>& done,
                       const Checkpoint& checkpoint);

// The number of channels summed before the sums go back to memory. It fixes the order of summation
// and therefore depends on nothing but the taps.
Index direct_depth_at_once(Index taps);

// The price (prices.h).
template <class T>
double direct_price(const Problem& problem);

}  // namespace nnconv
