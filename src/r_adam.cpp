// R calls adam.h here: unwrap, run, wrap.
#include "elementwise/adam.h"
#include "r_call.h"
#include "r_unwrap.h"

// Returns the state after the step that follows `state`: a list with `mean`, `square`, `steps` and
// the new `parameters`, which keep their attributes.
// [[Rcpp::export(rng = false)]]
Rcpp::List r_adam_step(SEXP parameters, SEXP gradient, const Rcpp::List& state, double lr) {
  const R_xlen_t count = Rf_xlength(parameters);
  const auto numbers = [&state](const char* name, R_xlen_t length) {
    return nnconv::doubles_of(state[name], name, length);
  };
  const double steps = *numbers("steps", 1) + 1;
  const double* const betas = numbers("betas", 2);
  nnconv::AdamRates rates = {
      lr, {betas[0], betas[1]}, *numbers("eps", 1), *numbers("weight_decay", 1), {}};
  for (int i = 0; i < 2; ++i) rates.corrected[i] = 1 - std::pow(rates.beta[i], steps);
  const bool is_first = steps == 1;
  const nnconv::AdamInput in = {
      nnconv::numbers_of(parameters), nnconv::doubles_of(gradient, "gradient", count),
      is_first ? nullptr : numbers("mean", count), is_first ? nullptr : numbers("square", count)};
  const double length = static_cast<double>(count);
  const Rcpp::Shield<SEXP> new_parameters(nnconv::allocate(length));
  const Rcpp::Shield<SEXP> new_mean(nnconv::allocate(length));
  const Rcpp::Shield<SEXP> new_square(nnconv::allocate(length));
  const nnconv::AdamOutput out = {REAL(new_parameters), REAL(new_mean), REAL(new_square)};
  nnconv::for_parts(count, nnconv::until_interrupted(),
                    [&](nnconv::Index first, nnconv::Index last) {
                      nnconv::adam_step(rates, in, first, last, out);
                    });
  Rcpp::unwindProtect([&] {
    DUPLICATE_ATTRIB(new_parameters, parameters);
    return R_NilValue;
  });
  return Rcpp::List::create(Rcpp::Named("parameters") = static_cast<SEXP>(new_parameters),
                            Rcpp::Named("mean") = static_cast<SEXP>(new_mean),
                            Rcpp::Named("square") = static_cast<SEXP>(new_square),
                            Rcpp::Named("steps") = steps);
}
