// Layer: the calls of a layer and of its gradients, each from R's values to R's values.
//
// There is one road for every call. It returns the result, or NULL if the arguments are not in the
// form that it reads, are wrong, or if the call needs much memory. R then explains: it refuses, or
// converts and checks the memory, and calls again without a limit (R/call.R).
#include <algorithm>
#include <cmath>

#include "convolution/bias_gradient.h"
#include "convolution/layer.h"
#include "convolution/scratch_bytes.h"
#include "r_call.h"
#include "r_kept_weights.h"
#include "r_unwrap.h"

using nnconv::Geometry;
using nnconv::ImageView;
using nnconv::Index;
using nnconv::Layer;

namespace {

// An array (N, C, H, W) or (C, H, W) of plain doubles, or no array at all.
struct Image {
  bool is_array, batched;
  std::array<double, 4> shape;

  explicit Image(SEXP x) {
    const SEXP dim = Rf_getAttrib(x, R_DimSymbol);
    const int rank = Rf_length(dim);
    is_array = TYPEOF(x) == REALSXP && !Rf_isObject(x) && TYPEOF(dim) == INTSXP &&
               (rank == 3 || rank == 4);
    batched = rank == 4;
    shape = {1, 0, 0, 0};
    if (!is_array) return;
    for (int i = 0; i < rank; ++i) {
      shape[static_cast<std::size_t>(4 - rank + i)] = INTEGER(dim)[i];
    }
  }
};

// The algorithm that the option names. R refuses an option that names none.
nnconv::Algorithm wanted_algorithm() {
  nnconv::Algorithm algorithm;
  if (!nnconv::find_algorithm(algorithm)) nnconv::refuse_in_r("algorithm");
  return algorithm;
}

// What the road returns when it goes no further. R, which sets no limit when it has looked at
// everything, does not see this a second time.
SEXP let_r_explain(double most_bytes) {
  if (std::isinf(most_bytes)) throw std::logic_error("the call of a layer was not explained");
  return R_NilValue;
}

struct Operands {
  const double *source, *weight, *bias;
  nnconv::WeightsId weights_id;
};

// Correlates, or scatters, into a new array.
SEXP contract(const Layer& layer, bool is_correlate, const Geometry& g, const Operands& in,
              bool batched) {
  const nnconv::Algorithm algorithm = wanted_algorithm();
  const ImageView to = is_correlate ? nnconv::small_view(g) : nnconv::large_view(g);
  Rcpp::Shield<SEXP> result(nnconv::allocate(nnconv::shape_of(to).data(), batched));
  nnconv::with_scratch([&] {
    layer.verb(is_correlate)(g, in.source, in.weight, in.bias, REAL(result), algorithm,
                             nnconv::until_interrupted(), in.weights_id);
  });
  return result;
}

// Training changes weights after each gradient. Forward calls alone therefore tell which stay.
nnconv::WeightsId id_of(SEXP weight, const Geometry& g, nnconv::Sighting sighting) {
  return nnconv::are_worth_keeping(g) ? nnconv::id_of_weights(weight, sighting) : 0;
}

SEXP weight_gradient(const Layer& layer, const Geometry& g, const double* large,
                     const double* small) {
  Rcpp::Shield<SEXP> result(nnconv::allocate(nnconv::weight_shape(g).data(), true));
  nnconv::with_scratch(
      [&] { layer.gradient_verb()(g, large, small, REAL(result), nnconv::until_interrupted()); });
  return result;
}

SEXP bias_gradient(const ImageView& image, const double* numbers) {
  Rcpp::Shield<SEXP> result(nnconv::allocate(static_cast<double>(image.channels)));
  nnconv::with_scratch(
      [&] { nnconv::bias_gradient(image, numbers, REAL(result), nnconv::until_interrupted()); });
  return result;
}

// The gradients that a call is to return. Nothing is known of other words.
struct Wanted {
  bool input = false, weight = false, bias = false, is_known = true;

  explicit Wanted(SEXP words) {
    is_known = TYPEOF(words) == STRSXP && !Rf_isObject(words) && Rf_xlength(words) > 0;
    for (R_xlen_t i = 0; is_known && i < Rf_xlength(words); ++i) {
      const std::string_view word = CHAR(STRING_ELT(words, i));
      bool* const one = word == "input"    ? &input
                        : word == "weight" ? &weight
                        : word == "bias"   ? &bias
                                           : nullptr;
      if (one) *one = true;
      is_known = one != nullptr;
    }
  }
};

// The product of extents, which does not overflow.
double count_of(const std::array<double, 4>& shape) {
  return shape[0] * shape[1] * shape[2] * shape[3];
}

// The layer's own verb, on what R holds.
SEXP run_forward(const Layer& layer, const Geometry& g, const Image& image, SEXP input, SEXP weight,
                 SEXP bias) {
  const Operands in = {nnconv::image_of(input, layer.input_view(g)), nnconv::weight_of(weight, g),
                       nnconv::bias_of(bias, layer.out_channels),
                       id_of(weight, g, nnconv::Sighting::counted)};
  return contract(layer, layer.is_correlate, g, in, image.batched);
}

}  // namespace

// Refuses parameters that are not those of a layer with this config, and the config too.
// [[Rcpp::export(rng = false)]]
void r_check_layer(SEXP config, SEXP weight, SEXP bias) {
  const Layer layer = nnconv::as_layer(config);
  constexpr double any_shape[4] = {};
  nnconv::weight_of(weight, layer.geometry(any_shape, any_shape));
  nnconv::bias_of(bias, layer.out_channels);
}

// Refuses a config that no layer is made with.
// [[Rcpp::export(rng = false)]]
void r_check_config(SEXP config) {
  nnconv::as_layer(config);
}

// The bytes that a call needs besides its arguments, if it returns so many elements.
// [[Rcpp::export(rng = false)]]
double r_call_bytes(SEXP config, SEXP shape, SEXP result_shape, double elements) {
  const Layer layer = nnconv::as_layer(config);
  const double *large = REAL(shape), *small = REAL(result_shape);
  if (!layer.is_correlate) std::swap(large, small);
  return nnconv::call_bytes(layer.geometry(large, small), elements);
}

// The result of a layer. `output_size` is (H, W) or NULL, which leaves it to the config.
// [[Rcpp::export(rng = false)]]
SEXP r_layer(SEXP config, SEXP input, SEXP weight, SEXP bias, SEXP output_size, double most_bytes) {
  const Layer layer = nnconv::as_layer(config);
  const Image image(input);
  Geometry g;
  const bool has_size = output_size != R_NilValue;
  const nnconv::AskedSize asked = has_size ? nnconv::asked_size(output_size) : layer.output_size;
  if (!image.is_array || !layer.find_geometry(image.shape, asked, g) ||
      nnconv::call_bytes(g, count_of(nnconv::shape_of(layer.result_view(g)))) > most_bytes) {
    return let_r_explain(most_bytes);
  }
  return run_forward(layer, g, image, input, weight, bias);
}

// A part of a layer's result, (H, W) = `size`, from the part of the input that it depends on: the
// config has the padding of an axis of receptive_field.h.
// [[Rcpp::export(rng = false)]]
SEXP r_layer_part(SEXP config, SEXP input, SEXP weight, SEXP bias, SEXP size) {
  const Layer layer = nnconv::as_layer(config);
  const Image image(input);
  std::array<double, 4> result = image.shape;
  std::copy(REAL(size), REAL(size) + 2, result.begin() + 2);
  const bool is_correlate = layer.is_correlate;
  const Geometry g = is_correlate ? layer.geometry(image.shape.data(), result.data())
                                  : layer.geometry(result.data(), image.shape.data());
  return run_forward(layer, g, image, input, weight, bias);
}

// The gradients of <grad_output, result> that `wanted` names, of a bias only if there is one.
// [[Rcpp::export(rng = false)]]
SEXP r_layer_backward(SEXP config, SEXP input, SEXP grad_output, SEXP weight, SEXP bias,
                      SEXP wanted, double most_bytes) {
  const Layer layer = nnconv::as_layer(config);
  const Image image(input), gradient(grad_output);
  const Wanted want(wanted);
  Geometry g;
  if (!image.is_array || !gradient.is_array || gradient.batched != image.batched ||
      !want.is_known) {
    return let_r_explain(most_bytes);
  }
  const bool is_correlate = layer.is_correlate;
  const nnconv::AskedSize asked = {!is_correlate, true, {gradient.shape[2], gradient.shape[3]}};
  if (!layer.find_geometry(image.shape, asked, g) &&
      !layer.find_geometry(image.shape, layer.output_size, g)) {
    return let_r_explain(most_bytes);
  }
  const ImageView from = layer.input_view(g), to = layer.result_view(g);
  const double elements = (want.input ? count_of(nnconv::shape_of(from)) : 0) +
                          (want.weight ? count_of(nnconv::weight_shape(g)) : 0);
  if (gradient.shape != nnconv::shape_of(to) || nnconv::call_bytes(g, elements) > most_bytes) {
    return let_r_explain(most_bytes);
  }
  const double* const x = nnconv::image_of(input, from);
  const double* const y = nnconv::image_of(grad_output, to);
  const double* const w = nnconv::weight_of(weight, g);
  const bool with_bias = want.bias && nnconv::bias_of(bias, to.channels);
  const R_xlen_t count = R_xlen_t(want.input) + R_xlen_t(want.weight) + R_xlen_t(with_bias);
  Rcpp::List gradients(count);
  Rcpp::CharacterVector names(count);
  R_xlen_t at = 0;
  const auto put = [&](const char* name, SEXP value) {
    gradients[at] = value;
    names[at++] = name;
  };
  if (want.input) {
    const nnconv::WeightsId id = id_of(weight, g, nnconv::Sighting::looked_for);
    put("input", contract(layer, !is_correlate, g, {y, w, nullptr, id}, image.batched));
  }
  if (want.weight) {
    put("weight", weight_gradient(layer, g, is_correlate ? x : y, is_correlate ? y : x));
  }
  if (with_bias) put("bias", bias_gradient(to, y));
  gradients.names() = names;
  return gradients;
}
