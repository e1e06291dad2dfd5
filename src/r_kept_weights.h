// Kept weights: which of R's arrays have the same numbers as in an earlier call.
#pragma once

#include <Rcpp.h>

#include "packing/kept_weights.h"

namespace nnconv {

// How a call comes to know weights: by looking for them, or by adding them to the known ones.
enum class Sighting { looked_for, counted };

// The identity of weights that have been counted twice since they were last changed, or 0.
WeightsId id_of_weights(SEXP weight, Sighting sighting);

// Forgets all weights, and what is kept of them.
void forget_known_weights();

}  // namespace nnconv
