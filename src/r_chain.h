// Chain: unwraps the steps of a chain, as R/module-steps.R lists them, into a network.
#pragma once

#include "network/network.h"
#include "r_steps.h"

namespace nnconv {

struct Chain {
  SEXP states, joined, sized;
  int axes;

  Index count() const { return Rf_xlength(states); }

  // The number of a value that step i reads besides the one before, or a negative number.
  Index other(Index i) const;

  // The last value up to which no later step reads what the steps between make.
  Index last_whole(Index first, Index end) const;

  // Adds the steps from the first on that the core takes.
  void add_to(Network& network, Index first, Held& held) const;
};

// Gives an array of doubles; nothing that is none, or has more axes than steps know.
void give(Network& network, Index value, SEXP x);

// Is x an array of doubles of this shape?
bool has_shape(SEXP x, const Shape& shape);

// The moments of batches that the steps of a run have found: a list for each, or NULL without any,
// of the number of the step, from 1, the mean and the sum of squares of each channel, and the count
// of its numbers.
SEXP moments_of(const Network& network, Index first);

// A new array.
SEXP allocate(const Shape& shape);

}  // namespace nnconv
