// R calls the folder channelwise/ here: unwrap, run, wrap. `shape` is (N, C, H, W).
#include "channelwise/batch_norm.h"
#include "channelwise/prelu.h"
#include "r_call.h"
#include "r_unwrap.h"

using nnconv::ImageView;

namespace {

// Statistics that come from R: those of the batch, or the buffers of the module.
nnconv::BatchNorm norm_of(const ImageView& image, SEXP mean, SEXP variance, SEXP weight, SEXP bias,
                          double eps, bool in_training) {
  const auto count = static_cast<R_xlen_t>(image.channels);
  const auto optional = [count](SEXP x, const char* name) {
    return Rf_isNull(x) ? nullptr : nnconv::doubles_of(x, name, count);
  };
  return {nnconv::doubles_of(mean, "running_mean", count),
          nnconv::doubles_of(variance, "running_var", count),
          optional(weight, "weight"),
          optional(bias, "bias"),
          eps,
          in_training};
}

}  // namespace

// For each channel the mean, and the sum of the squares of the deviations from it.
// [[Rcpp::export(rng = false)]]
Rcpp::List r_channel_moments(SEXP x, SEXP shape) {
  const ImageView image = nnconv::view_of(shape);
  const double* const numbers = nnconv::image_of(x, image);
  const auto channels = static_cast<double>(image.channels);
  const Rcpp::Shield<SEXP> means(nnconv::allocate(channels)), squares(nnconv::allocate(channels));
  nnconv::with_scratch([&] {
    nnconv::channel_moments(image, numbers, REAL(means), REAL(squares),
                            nnconv::until_interrupted());
  });
  return Rcpp::List::create(Rcpp::Named("mean") = static_cast<SEXP>(means),
                            Rcpp::Named("squares") = static_cast<SEXP>(squares));
}

// [[Rcpp::export(rng = false)]]
SEXP r_batch_norm(SEXP x, SEXP shape, SEXP mean, SEXP variance, SEXP weight, SEXP bias,
                  double eps) {
  const ImageView image = nnconv::view_of(shape);
  const double* const numbers = nnconv::image_of(x, image);
  const auto norm = norm_of(image, mean, variance, weight, bias, eps, false);
  const Rcpp::Shield<SEXP> result(nnconv::allocate_like(x));
  nnconv::with_scratch(
      [&] { nnconv::batch_norm(image, norm, numbers, REAL(result), nnconv::until_interrupted()); });
  return result;
}

// The gradients whose names are in `wanted`. `in_training`: mean and variance are those of x.
// [[Rcpp::export(rng = false)]]
Rcpp::List r_batch_norm_gradient(SEXP x, SEXP g, SEXP shape, SEXP mean, SEXP variance, SEXP weight,
                                 double eps, bool in_training,
                                 const Rcpp::CharacterVector& wanted) {
  const ImageView image = nnconv::view_of(shape);
  const double *const numbers = nnconv::image_of(x, image), *const values =
                                                                nnconv::image_of(g, image);
  const auto norm = norm_of(image, mean, variance, weight, R_NilValue, eps, in_training);
  Rcpp::List gradients(wanted.size());
  gradients.names() = wanted;
  nnconv::BatchNormGradients<double> to = {};
  for (R_xlen_t i = 0; i < wanted.size(); ++i) {
    const bool is_input = wanted[i] == "input";
    const SEXP gradient =
        is_input ? nnconv::allocate_like(x) : nnconv::allocate(static_cast<double>(image.channels));
    gradients[i] = gradient;
    (is_input ? to.input : wanted[i] == "weight" ? to.weight : to.bias) = REAL(gradient);
  }
  nnconv::with_scratch([&] {
    nnconv::batch_norm_gradient(image, norm, numbers, values, to, nnconv::until_interrupted());
  });
  return gradients;
}

// Multiplies `values` by the weight of their channel where x is not above 0.
// [[Rcpp::export(rng = false)]]
SEXP r_prelu(SEXP x, SEXP values, SEXP shape, SEXP weight) {
  const ImageView image = nnconv::view_of(shape);
  const double* const numbers = nnconv::image_of(x, image);
  const double* const from = nnconv::image_of(values, image);
  const double* const slopes =
      nnconv::doubles_of(weight, "weight", static_cast<R_xlen_t>(image.channels));
  const Rcpp::Shield<SEXP> result(nnconv::allocate_like(values));
  nnconv::prelu(image, slopes, numbers, from, REAL(result), nnconv::until_interrupted());
  return result;
}

// [[Rcpp::export(rng = false)]]
SEXP r_prelu_weight_gradient(SEXP x, SEXP g, SEXP shape) {
  const ImageView image = nnconv::view_of(shape);
  const double *const numbers = nnconv::image_of(x, image), *const values =
                                                                nnconv::image_of(g, image);
  const Rcpp::Shield<SEXP> gradient(nnconv::allocate(static_cast<double>(image.channels)));
  nnconv::with_scratch([&] {
    nnconv::prelu_weight_gradient(image, numbers, values, REAL(gradient),
                                  nnconv::until_interrupted());
  });
  return gradient;
}
