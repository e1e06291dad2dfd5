// R's way to the contractions of contract.h and to the gradients: unwrap, run, wrap.
#include "bias_gradient.h"
#include "contract.h"
#include "memory.h"
#include "r_unwrap.h"
#include "weight_gradient.h"

using nnconv::Geometry;

namespace {

// An array of `shape`, not filled, without its first extent when that is no batch. R's error on
// too little memory becomes an exception, so that nothing leaks.
SEXP allocate(const double* shape, bool batched) {
  const Rcpp::IntegerVector dim(shape + (batched ? 0 : 1), shape + 4);
  double length = 1;
  for (const int extent : dim) length *= extent;
  return Rcpp::unwindProtect([&] {
    SEXP result = PROTECT(Rf_allocVector(REALSXP, static_cast<R_xlen_t>(length)));
    Rf_setAttrib(result, R_DimSymbol, dim);
    UNPROTECT(1);
    return result;
  });
}

// Lets R end the call: by an interrupt, or by an error such as that of setTimeLimit(). Either goes
// on as it is once the frames of C++ are gone.
void checkpoint() {
  Rcpp::unwindProtect([] {
    R_CheckUserInterrupt();
    return R_NilValue;
  });
}

// The numbers of x, which R may have to write out first.
const double* numbers_of(SEXP x) {
  if (ALTREP(x)) {
    Rcpp::unwindProtect([x] {
      REAL(x);
      return R_NilValue;
    });
  }
  return REAL(x);
}

// options(nnconv.algorithm = "direct") refuses transforms.
nnconv::Algorithm algorithm() {
  SEXP option = Rf_GetOption1(Rf_install("nnconv.algorithm"));
  const bool direct = Rf_isString(option) && Rf_length(option) == 1 &&
                      std::string(CHAR(STRING_ELT(option, 0))) == "direct";
  return direct ? nnconv::Algorithm::direct : nnconv::Algorithm::automatic;
}

template <class Verb>
SEXP run(Verb verb, const Geometry& geometry, SEXP source, SEXP weight, SEXP bias,
         const double* result_shape, bool batched) {
  Rcpp::Shield<SEXP> result(allocate(result_shape, batched));
  nnconv::advise_large_pages(REAL(result),
                             sizeof(double) * static_cast<std::size_t>(Rf_xlength(result)));
  verb(geometry, numbers_of(source), numbers_of(weight),
       Rf_isNull(bias) ? nullptr : numbers_of(bias), REAL(result), algorithm(), checkpoint);
  return result;
}

bool is_single(const Rcpp::List& config) {
  return Rcpp::as<std::string>(config["dtype"]) == "float32";
}

}  // namespace

// [[Rcpp::export(rng = false)]]
SEXP r_correlate(const Rcpp::List& config, SEXP large, SEXP large_shape, SEXP small_shape,
                 SEXP weight, SEXP bias, bool batched) {
  const Geometry geometry = nnconv::as_geometry(config, REAL(large_shape), REAL(small_shape));
  const auto verb = is_single(config) ? nnconv::correlate<float> : nnconv::correlate<double>;
  return run(verb, geometry, large, weight, bias, REAL(small_shape), batched);
}

// [[Rcpp::export(rng = false)]]
SEXP r_scatter(const Rcpp::List& config, SEXP small, SEXP small_shape, SEXP large_shape,
               SEXP weight, SEXP bias, bool batched) {
  const Geometry geometry = nnconv::as_geometry(config, REAL(large_shape), REAL(small_shape));
  const auto verb = is_single(config) ? nnconv::scatter<float> : nnconv::scatter<double>;
  return run(verb, geometry, small, weight, bias, REAL(large_shape), batched);
}

// [[Rcpp::export(rng = false)]]
SEXP r_weight_gradient(const Rcpp::List& config, SEXP large, SEXP large_shape, SEXP small,
                       SEXP small_shape, SEXP weight_shape) {
  const Geometry geometry = nnconv::as_geometry(config, REAL(large_shape), REAL(small_shape));
  const auto verb =
      is_single(config) ? nnconv::weight_gradient<float> : nnconv::weight_gradient<double>;
  Rcpp::Shield<SEXP> result(allocate(REAL(weight_shape), true));
  verb(geometry, numbers_of(large), numbers_of(small), REAL(result), checkpoint);
  return result;
}

// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector r_bias_gradient(SEXP values, SEXP shape) {
  const double* extents = REAL(shape);
  const nnconv::ImageView image = {nnconv::as_index(extents[0]), nnconv::as_index(extents[1]),
                                   nnconv::as_index(extents[2]), nnconv::as_index(extents[3])};
  Rcpp::NumericVector result(static_cast<R_xlen_t>(image.channels));
  nnconv::bias_gradient(image, numbers_of(values), result.begin());
  return result;
}
