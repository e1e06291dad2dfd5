// R's way to adam.h: unwrap, run, wrap.
#include "adam.h"
#include "r_call.h"

// The state after the step that follows on `state`: a list with `mean`, `square`, `steps` and the
// new `parameters`, whose attributes are those of the old ones.
// [[Rcpp::export(rng = false)]]
Rcpp::List r_adam_step(SEXP parameters, SEXP gradient, const Rcpp::List& state, double lr) {
  const double steps = Rcpp::as<double>(state["steps"]) + 1;
  const Rcpp::NumericVector betas = state["betas"];
  nnconv::AdamRates rates = {lr, {betas[0], betas[1]}, state["eps"], state["weight_decay"], {}};
  for (int i = 0; i < 2; ++i) rates.corrected[i] = 1 - std::pow(rates.beta[i], steps);
  const double* const mean = steps > 1 ? nnconv::numbers_of(state["mean"]) : nullptr;
  const double* const square = steps > 1 ? nnconv::numbers_of(state["square"]) : nullptr;
  const nnconv::AdamInput in = {nnconv::numbers_of(parameters), nnconv::numbers_of(gradient), mean,
                                square};
  const double length = static_cast<double>(Rf_xlength(parameters));
  const Rcpp::Shield<SEXP> new_parameters(nnconv::allocate(length));
  const Rcpp::Shield<SEXP> new_mean(nnconv::allocate(length));
  const Rcpp::Shield<SEXP> new_square(nnconv::allocate(length));
  const nnconv::AdamOutput out = {REAL(new_parameters), REAL(new_mean), REAL(new_square)};
  nnconv::for_parts(Rf_xlength(parameters), nnconv::until_interrupted(),
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
