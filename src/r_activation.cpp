// R calls relu.h and the activations of the C library here: unwrap, run, wrap.
#include <cmath>

#include "elementwise/activations.h"
#include "elementwise/relu.h"
#include "r_call.h"

namespace {

// Runs `part(first, last, result)` for all elements; the result has the attributes of `values`.
template <class Part>
SEXP by_parts(SEXP values, const Part& part) {
  const nnconv::Index length = Rf_xlength(values);
  const Rcpp::Shield<SEXP> result(nnconv::allocate_like(values));
  double* const to = REAL(result);
  nnconv::for_parts(length, nnconv::until_interrupted(),
                    [&](nnconv::Index first, nnconv::Index last) { part(first, last, to); });
  return result;
}

// Computes f(x, value) for every element; x is as long as `values`.
template <class Function>
SEXP by_elements(SEXP x, SEXP values, const Function& f) {
  const double* const a = nnconv::numbers_of(x);
  const double* const b = nnconv::numbers_of(values);
  return by_parts(values, [&](nnconv::Index first, nnconv::Index last, double* result) {
    for (nnconv::Index i = first; i < last; ++i) result[i] = f(a[i], b[i]);
  });
}

}  // namespace

// `values` is as long as x.
// [[Rcpp::export(rng = false)]]
SEXP r_rectify(SEXP x, double slope, SEXP values) {
  const double* const signs = nnconv::numbers_of(x);
  const double* const from = nnconv::numbers_of(values);
  return by_parts(values, [&](nnconv::Index first, nnconv::Index last, double* result) {
    nnconv::rectify(signs + first, slope, from + first, last - first, result + first);
  });
}

// [[Rcpp::export(rng = false)]]
SEXP r_sigmoid(SEXP x) {
  return by_elements(x, x, [](double, double value) { return nnconv::sigmoid(value); });
}

// [[Rcpp::export(rng = false)]]
SEXP r_tanh(SEXP x) {
  return by_elements(x, x, [](double, double value) { return std::tanh(value); });
}

// The gradients g times the derivatives, which follow from the activation's result y.
// [[Rcpp::export(rng = false)]]
SEXP r_sigmoid_gradient(SEXP y, SEXP g) {
  return by_elements(
      y, g, [](double value, double gradient) { return gradient * nnconv::sigmoid_slope(value); });
}

// [[Rcpp::export(rng = false)]]
SEXP r_tanh_gradient(SEXP y, SEXP g) {
  return by_elements(
      y, g, [](double value, double gradient) { return gradient * nnconv::tanh_slope(value); });
}
