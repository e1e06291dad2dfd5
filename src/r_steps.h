// Steps: unwraps the state of a module as a step of a network (network/step.h).
#pragma once

#include <memory>

#include "network/step.h"
#include "r_unwrap.h"

namespace nnconv {

// The values that steps read, which R's collector leaves alone while this exists.
class Held {
 public:
  Held() : values_(R_NilValue) {}

  SEXP hold(SEXP value);

 private:
  Rcpp::RObject values_;
};

// A field of a module's state, which is an environment, or a list like it.
SEXP field_of_state(SEXP state, const char* name, Held& held);

// Returns the step, or null if the core does not run a module of this kind and mode, or if it is
// not as it was made. The images have this number of axes in skips.
std::unique_ptr<Step> read_step(SEXP state, int axes, Held& held);

}  // namespace nnconv
