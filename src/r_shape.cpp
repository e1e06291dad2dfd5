// R's way to the size laws of geometry.h.
#include "r_unwrap.h"

using nnconv::Index;

namespace {

Rcpp::NumericVector as_size(Index height, Index width) {
  return {static_cast<double>(height), static_cast<double>(width)};
}

}  // namespace

// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector r_kernel_extent(SEXP config) {
  const auto axes = nnconv::as_axes(config);
  return as_size(nnconv::kernel_extent(axes[0]), nnconv::kernel_extent(axes[1]));
}

// Top, bottom, left, right. The padding that config holds is not looked at.
// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector r_same_padding(SEXP config) {
  const auto axes = nnconv::as_axes(config);
  const auto height = nnconv::same_padding(axes[0]), width = nnconv::same_padding(axes[1]);
  return {static_cast<double>(height[0]), static_cast<double>(height[1]),
          static_cast<double>(width[0]), static_cast<double>(width[1])};
}

// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector r_correlate_size(SEXP config, SEXP large) {
  auto axes = nnconv::as_axes(config);
  axes[0].large = nnconv::as_index(REAL(large)[0]);
  axes[1].large = nnconv::as_index(REAL(large)[1]);
  return as_size(nnconv::correlate_size(axes[0]), nnconv::correlate_size(axes[1]));
}

// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector r_scatter_size(SEXP config, SEXP small, SEXP output_padding) {
  auto axes = nnconv::as_axes(config);
  axes[0].small = nnconv::as_index(REAL(small)[0]);
  axes[1].small = nnconv::as_index(REAL(small)[1]);
  return as_size(nnconv::scatter_size(axes[0], nnconv::as_index(REAL(output_padding)[0])),
                 nnconv::scatter_size(axes[1], nnconv::as_index(REAL(output_padding)[1])));
}
