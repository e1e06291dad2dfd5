// Shape: gives R the size laws of geometry.h and the windows of receptive_field.h.
#include "geometry/receptive_field.h"
#include "r_unwrap.h"

using nnconv::Index;

namespace {

Rcpp::NumericVector as_size(Index height, Index width) {
  return {static_cast<double>(height), static_cast<double>(width)};
}

Rcpp::List window_of(std::array<nnconv::Axis, 2> axes, bool is_correlate, SEXP input_size,
                     SEXP result_size, SEXP first, SEXP count) {
  Rcpp::NumericVector source(4), result(4), pads(4);
  for (int i = 0; i < 2; ++i) {
    nnconv::Axis& axis = axes[static_cast<std::size_t>(i)];
    (is_correlate ? axis.large : axis.small) = nnconv::as_index(REAL(input_size)[i]);
    (is_correlate ? axis.small : axis.large) = nnconv::as_index(REAL(result_size)[i]);
    const Index begin = nnconv::as_index(REAL(first)[i]);
    const nnconv::Range wanted = {begin, begin + nnconv::as_index(REAL(count)[i]) - 1};
    const nnconv::Window window = is_correlate ? nnconv::correlate_window(axis, wanted)
                                               : nnconv::scatter_window(axis, wanted);
    source[i] = static_cast<double>(window.source.first);
    source[i + 2] = static_cast<double>(window.source.count());
    result[i] = static_cast<double>(window.result.first);
    result[i + 2] = static_cast<double>(window.result.count());
    pads[2 * i] = static_cast<double>(window.axis.pad_before);
    pads[2 * i + 1] = static_cast<double>(window.axis.pad_after);
  }
  return Rcpp::List::create(Rcpp::Named("source") = source, Rcpp::Named("result") = result,
                            Rcpp::Named("pads") = pads);
}

}  // namespace

// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector r_kernel_extent(SEXP config) {
  const auto axes = nnconv::as_layer(config).axes;
  return as_size(nnconv::kernel_extent(axes[0]), nnconv::kernel_extent(axes[1]));
}

// Top, bottom, left, right. The padding that config holds is not looked at.
// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector r_same_padding(SEXP config) {
  const auto axes = nnconv::as_layer(config).axes;
  const auto height = nnconv::same_padding(axes[0]), width = nnconv::same_padding(axes[1]);
  return {static_cast<double>(height[0]), static_cast<double>(height[1]),
          static_cast<double>(width[0]), static_cast<double>(width[1])};
}

// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector r_correlate_size(SEXP config, SEXP large) {
  auto axes = nnconv::as_layer(config).axes;
  axes[0].large = nnconv::as_index(REAL(large)[0]);
  axes[1].large = nnconv::as_index(REAL(large)[1]);
  return as_size(nnconv::correlate_size(axes[0]), nnconv::correlate_size(axes[1]));
}

// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector r_scatter_size(SEXP config, SEXP small, SEXP output_padding) {
  auto axes = nnconv::as_layer(config).axes;
  axes[0].small = nnconv::as_index(REAL(small)[0]);
  axes[1].small = nnconv::as_index(REAL(small)[1]);
  return as_size(nnconv::scatter_size(axes[0], nnconv::as_index(REAL(output_padding)[0])),
                 nnconv::scatter_size(axes[1], nnconv::as_index(REAL(output_padding)[1])));
}

// What a part of a layer's result takes: the cells first .. first + count - 1 on both axes, for an
// input and a result of these sizes. `source` is the part of the input (its first cell and its
// size), `result` the part of the result that it gives with the padding `pads`.
// [[Rcpp::export(rng = false)]]
Rcpp::List r_window(SEXP config, SEXP input_size, SEXP result_size, SEXP first, SEXP count) {
  const nnconv::Layer layer = nnconv::as_layer(config);
  return window_of(layer.axes, layer.is_correlate, input_size, result_size, first, count);
}

// The same for a pool.
// [[Rcpp::export(rng = false)]]
Rcpp::List r_pool_window(SEXP config, SEXP input_size, SEXP result_size, SEXP first, SEXP count) {
  return window_of(nnconv::as_pool(config).axes, true, input_size, result_size, first, count);
}

// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector r_pool_size(SEXP config, SEXP large) {
  auto pool = nnconv::as_pool(config);
  pool.axes[0].large = nnconv::as_index(REAL(large)[0]);
  pool.axes[1].large = nnconv::as_index(REAL(large)[1]);
  return as_size(nnconv::pool_size(pool.axes[0], pool.ceil_mode),
                 nnconv::pool_size(pool.axes[1], pool.ceil_mode));
}
