// R's way to the contractions of contract.h and to the gradients: unwrap, run, wrap.
#include "bias_gradient.h"
#include "contract.h"
#include "r_call.h"
#include "r_unwrap.h"
#include "weight_gradient.h"

using nnconv::Geometry;
using nnconv::numbers_of;
using nnconv::with_scratch;

namespace {

template <class Verb>
SEXP run(Verb verb, const Geometry& geometry, SEXP source, SEXP weight, SEXP bias,
         const double* result_shape, bool batched, nnconv::Algorithm algorithm) {
  Rcpp::Shield<SEXP> result(nnconv::allocate(result_shape, batched));
  with_scratch([&] {
    verb(geometry, numbers_of(source), numbers_of(weight),
         Rf_isNull(bias) ? nullptr : numbers_of(bias), REAL(result), algorithm,
         nnconv::until_interrupted());
  });
  return result;
}

bool is_single(SEXP config) {
  return nnconv::word(config, "dtype") == "float32";
}

SEXP run_correlate(SEXP config, const Geometry& geometry, SEXP large, SEXP weight, SEXP bias,
                   const double* small_shape, bool batched, nnconv::Algorithm algorithm) {
  const auto verb = is_single(config) ? nnconv::correlate<float> : nnconv::correlate<double>;
  return run(verb, geometry, large, weight, bias, small_shape, batched, algorithm);
}

SEXP run_scatter(SEXP config, const Geometry& geometry, SEXP small, SEXP weight, SEXP bias,
                 const double* large_shape, bool batched, nnconv::Algorithm algorithm) {
  const auto verb = is_single(config) ? nnconv::scatter<float> : nnconv::scatter<double>;
  return run(verb, geometry, small, weight, bias, large_shape, batched, algorithm);
}

nnconv::Algorithm algorithm_of(const std::string& name) {
  if (name == "direct") return nnconv::Algorithm::direct;
  if (name == "transforms") return nnconv::Algorithm::transforms;
  return nnconv::Algorithm::automatic;
}

}  // namespace

// [[Rcpp::export(rng = false)]]
SEXP r_correlate(SEXP config, SEXP large, SEXP large_shape, SEXP small_shape, SEXP weight,
                 SEXP bias, bool batched, const std::string& algorithm) {
  const Geometry geometry = nnconv::as_geometry(config, REAL(large_shape), REAL(small_shape));
  return run_correlate(config, geometry, large, weight, bias, REAL(small_shape), batched,
                       algorithm_of(algorithm));
}

// [[Rcpp::export(rng = false)]]
SEXP r_scatter(SEXP config, SEXP small, SEXP small_shape, SEXP large_shape, SEXP weight, SEXP bias,
               bool batched, const std::string& algorithm) {
  const Geometry geometry = nnconv::as_geometry(config, REAL(large_shape), REAL(small_shape));
  return run_scatter(config, geometry, small, weight, bias, REAL(large_shape), batched,
                     algorithm_of(algorithm));
}

// The whole call of a layer where nothing is out of the ordinary; otherwise NULL, and R goes the
// long way, with its refusals. The ordinary: plain doubles of the right rank and channels, no
// padding mode, no output_size, no option set, a result that is not empty, and arrays so small that
// R/memory.R would not look at them.
// [[Rcpp::export(rng = false)]]
SEXP r_ordinary_call(SEXP config, SEXP input, SEXP weight, SEXP bias) {
  static const SEXP option = Rf_install("nnconv.algorithm");
  const SEXP dim = Rf_getAttrib(input, R_DimSymbol);
  const int rank = Rf_length(dim);
  if (TYPEOF(input) != REALSXP || Rf_isObject(input) || TYPEOF(dim) != INTSXP || rank < 3 ||
      rank > 4 || Rf_GetOption1(option) != R_NilValue ||
      nnconv::field(config, "output_size") != R_NilValue) {
    return R_NilValue;
  }
  const bool batched = rank == 4;
  double from[4] = {1, 0, 0, 0}, to[4];
  for (int i = 0; i < rank; ++i) from[4 - rank + i] = INTEGER(dim)[i];
  const bool is_correlate = nnconv::word(config, "layer") == "conv2d";
  Geometry geometry = nnconv::as_geometry(config, from, from);
  to[0] = from[0];
  to[1] = *nnconv::numbers(config, "out_channels");
  if (from[1] != *nnconv::numbers(config, "in_channels") ||
      geometry.axis[0].mode != nnconv::PadMode::zeros) {
    return R_NilValue;
  }
  (is_correlate ? geometry.small_channels : geometry.large_channels) =
      static_cast<nnconv::Index>(to[1]);
  constexpr double most = 1 << 22;
  constexpr nnconv::Index most_taps = 512;
  double elements = to[0] * to[1];
  const double* spare = is_correlate ? nullptr : nnconv::numbers(config, "output_padding");
  for (std::size_t i = 0; i < 2; ++i) {
    nnconv::Axis& axis = geometry.axis[i];
    if (axis.kernel > most_taps) return R_NilValue;
    nnconv::Index& size = is_correlate ? axis.small : axis.large;
    size = is_correlate ? nnconv::correlate_size(axis)
                        : nnconv::scatter_size(axis, nnconv::as_index(spare[i]));
    if (from[2 + i] < 1 || size < 1) return R_NilValue;
    to[2 + i] = static_cast<double>(size);
    elements *= to[2 + i];
  }
  if (elements > most || static_cast<double>(Rf_xlength(input)) > most) return R_NilValue;
  const auto run_verb = is_correlate ? run_correlate : run_scatter;
  return run_verb(config, geometry, input, weight, bias, to, batched, nnconv::Algorithm::automatic);
}

// [[Rcpp::export(rng = false)]]
SEXP r_weight_gradient(SEXP config, SEXP large, SEXP large_shape, SEXP small, SEXP small_shape,
                       SEXP weight_shape) {
  const Geometry geometry = nnconv::as_geometry(config, REAL(large_shape), REAL(small_shape));
  const auto verb =
      is_single(config) ? nnconv::weight_gradient<float> : nnconv::weight_gradient<double>;
  Rcpp::Shield<SEXP> result(nnconv::allocate(REAL(weight_shape), true));
  with_scratch([&] {
    verb(geometry, numbers_of(large), numbers_of(small), REAL(result), nnconv::until_interrupted());
  });
  return result;
}

// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector r_bias_gradient(SEXP values, SEXP shape) {
  const double* extents = REAL(shape);
  const nnconv::ImageView image = {nnconv::as_index(extents[0]), nnconv::as_index(extents[1]),
                                   nnconv::as_index(extents[2]), nnconv::as_index(extents[3])};
  Rcpp::NumericVector result(static_cast<R_xlen_t>(image.channels));
  with_scratch([&] {
    nnconv::bias_gradient(image, numbers_of(values), result.begin(), nnconv::until_interrupted());
  });
  return result;
}
