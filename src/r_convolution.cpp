// R's way to the contractions of convolution.h and to the gradients: unwrap, run, wrap.
#include "convolution/bias_gradient.h"
#include "convolution/convolution.h"
#include "convolution/weight_gradient.h"
#include "r_call.h"
#include "r_unwrap.h"

using nnconv::Geometry;
using nnconv::ImageView;
using nnconv::Layer;
using nnconv::with_scratch;

namespace {

// `Verb` is correlate or scatter: from an image `from`, whose numbers are `source`, to an image
// `to`.
template <class Verb>
SEXP run(Verb verb, const Geometry& geometry, const ImageView& from, const ImageView& to,
         SEXP source, SEXP weight, SEXP bias, bool batched, nnconv::Algorithm algorithm) {
  const double* const x = nnconv::image_of(source, from);
  const double* const w = nnconv::weight_of(weight, geometry);
  const double* const b = nnconv::bias_of(bias, to.channels);
  Rcpp::Shield<SEXP> result(nnconv::allocate(nnconv::shape_of(to).data(), batched));
  with_scratch(
      [&] { verb(geometry, x, w, b, REAL(result), algorithm, nnconv::until_interrupted()); });
  return result;
}

SEXP run_correlate(const Layer& layer, const Geometry& g, SEXP large, SEXP weight, SEXP bias,
                   bool batched, nnconv::Algorithm algorithm) {
  const auto verb = layer.is_single ? nnconv::correlate<float> : nnconv::correlate<double>;
  return run(verb, g, nnconv::large_view(g), nnconv::small_view(g), large, weight, bias, batched,
             algorithm);
}

SEXP run_scatter(const Layer& layer, const Geometry& g, SEXP small, SEXP weight, SEXP bias,
                 bool batched, nnconv::Algorithm algorithm) {
  const auto verb = layer.is_single ? nnconv::scatter<float> : nnconv::scatter<double>;
  return run(verb, g, nnconv::small_view(g), nnconv::large_view(g), small, weight, bias, batched,
             algorithm);
}

nnconv::Algorithm algorithm_of(const std::string& name) {
  if (name == "direct") return nnconv::Algorithm::direct;
  if (name == "transforms") return nnconv::Algorithm::transforms;
  if (name == "col2im") return nnconv::Algorithm::col2im;
  return nnconv::Algorithm::automatic;
}

}  // namespace

// Refuses a config that no layer is made with.
// [[Rcpp::export(rng = false)]]
void r_check_config(SEXP config) {
  nnconv::as_layer(config);
}

// [[Rcpp::export(rng = false)]]
SEXP r_correlate(SEXP config, SEXP large, SEXP large_shape, SEXP small_shape, SEXP weight,
                 SEXP bias, bool batched, const std::string& algorithm) {
  const Layer layer = nnconv::as_layer(config);
  const Geometry geometry = layer.geometry(REAL(large_shape), REAL(small_shape));
  return run_correlate(layer, geometry, large, weight, bias, batched, algorithm_of(algorithm));
}

// [[Rcpp::export(rng = false)]]
SEXP r_scatter(SEXP config, SEXP small, SEXP small_shape, SEXP large_shape, SEXP weight, SEXP bias,
               bool batched, const std::string& algorithm) {
  const Layer layer = nnconv::as_layer(config);
  const Geometry geometry = layer.geometry(REAL(large_shape), REAL(small_shape));
  return run_scatter(layer, geometry, small, weight, bias, batched, algorithm_of(algorithm));
}

// Refuses parameters too that are not those of a layer with this config.
// [[Rcpp::export(rng = false)]]
void r_check_layer(SEXP config, SEXP weight, SEXP bias) {
  const Layer layer = nnconv::as_layer(config);
  constexpr double any_shape[4] = {};
  nnconv::weight_of(weight, layer.geometry(any_shape, any_shape));
  nnconv::bias_of(bias, layer.out_channels);
}

// The whole call of a layer where nothing is out of the ordinary; otherwise NULL, and R goes the
// long way, with its refusals. The ordinary: plain doubles of the right rank and channels, no
// padding mode, no output_size, no option set, a result that is not empty, and arrays so small that
// R/memory.R would not look at them.
// [[Rcpp::export(rng = false)]]
SEXP r_ordinary_call(SEXP config, SEXP input, SEXP weight, SEXP bias) {
  static const SEXP option = Rf_install("nnconv.algorithm");
  const Layer layer = nnconv::as_layer(config);
  const SEXP dim = Rf_getAttrib(input, R_DimSymbol);
  const int rank = Rf_length(dim);
  if (TYPEOF(input) != REALSXP || Rf_isObject(input) || TYPEOF(dim) != INTSXP || rank < 3 ||
      rank > 4 || Rf_GetOption1(option) != R_NilValue || layer.output_size != R_NilValue ||
      layer.axes[0].mode != nnconv::PadMode::zeros) {
    return R_NilValue;
  }
  double shape[4] = {1, 0, 0, 0};
  for (int i = 0; i < rank; ++i) shape[4 - rank + i] = INTEGER(dim)[i];
  if (shape[1] != static_cast<double>(layer.in_channels)) return R_NilValue;
  Geometry geometry = layer.geometry(shape, shape);
  constexpr double most = 1 << 22;
  constexpr nnconv::Index most_taps = 512;
  double elements = shape[0] * static_cast<double>(layer.out_channels);
  for (std::size_t i = 0; i < 2; ++i) {
    nnconv::Axis& axis = geometry.axis[i];
    if (axis.kernel > most_taps) return R_NilValue;
    nnconv::Index& size = layer.is_correlate ? axis.small : axis.large;
    size = layer.is_correlate ? nnconv::correlate_size(axis)
                              : nnconv::scatter_size(axis, layer.output_padding[i]);
    if (shape[2 + i] < 1 || size < 1) return R_NilValue;
    elements *= static_cast<double>(size);
  }
  if (elements > most || static_cast<double>(Rf_xlength(input)) > most) return R_NilValue;
  const auto run_verb = layer.is_correlate ? run_correlate : run_scatter;
  return run_verb(layer, geometry, input, weight, bias, rank == 4, nnconv::Algorithm::automatic);
}

// [[Rcpp::export(rng = false)]]
SEXP r_weight_gradient(SEXP config, SEXP large, SEXP large_shape, SEXP small, SEXP small_shape) {
  const Layer layer = nnconv::as_layer(config);
  const Geometry g = layer.geometry(REAL(large_shape), REAL(small_shape));
  const auto verb =
      layer.is_single ? nnconv::weight_gradient<float> : nnconv::weight_gradient<double>;
  const double* const x = nnconv::image_of(large, nnconv::large_view(g));
  const double* const y = nnconv::image_of(small, nnconv::small_view(g));
  Rcpp::Shield<SEXP> result(nnconv::allocate(nnconv::weight_shape(g).data(), true));
  with_scratch([&] { verb(g, x, y, REAL(result), nnconv::until_interrupted()); });
  return result;
}

// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector r_bias_gradient(SEXP values, SEXP shape) {
  const double* extents = REAL(shape);
  const ImageView image = {nnconv::as_index(extents[0]), nnconv::as_index(extents[1]),
                           nnconv::as_index(extents[2]), nnconv::as_index(extents[3])};
  const double* const numbers = nnconv::image_of(values, image);
  Rcpp::NumericVector result(static_cast<R_xlen_t>(image.channels));
  with_scratch(
      [&] { nnconv::bias_gradient(image, numbers, result.begin(), nnconv::until_interrupted()); });
  return result;
}
