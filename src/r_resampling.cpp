// R calls the folder resampling/ here: unwrap, run, wrap. `shape` is (N, C, H, W); `dim` are the
// dimensions of the result.
#include "r_call.h"
#include "r_unwrap.h"
#include "resampling/max_pool.h"
#include "resampling/pixel_shuffle.h"
#include "resampling/upsample.h"

using nnconv::as_index;
using nnconv::ImageView;
using nnconv::Index;

namespace {

// A vector of this many numbers, with dimensions.
SEXP result_of(const ImageView& view, SEXP dim) {
  return nnconv::allocate(static_cast<double>(view.count()), dim);
}

// The axes of a pool that reads `from` and returns `to`; `pads` is (top, bottom, left, right).
std::array<nnconv::Axis, 2> pool_axes(SEXP config, SEXP pads, const ImageView& from,
                                      const ImageView& to) {
  auto axes = nnconv::as_pool(config).axes;
  axes[0].large = from.height;
  axes[0].small = to.height;
  axes[1].large = from.width;
  axes[1].small = to.width;
  for (std::size_t i = 0; i < 2; ++i) axes[i].pad_before = as_index(REAL(pads)[2 * i]);
  return axes;
}

nnconv::Upsampling upsampling_of(const std::string& mode) {
  return mode == "nearest" ? nnconv::Upsampling::nearest : nnconv::Upsampling::bilinear;
}

// The cells of a part on one axis; a part is (first row, first column, rows, columns).
nnconv::Range range_of(SEXP part, int i) {
  const Index first = as_index(REAL(part)[i]);
  return {first, first + as_index(REAL(part)[i + 2]) - 1};
}

}  // namespace

// The largest number of each window; `from` and `to` are the shapes of x and of the result.
// [[Rcpp::export(rng = false)]]
SEXP r_max_pool(SEXP x, SEXP config, SEXP pads, SEXP from, SEXP to, SEXP dim) {
  const ImageView large = nnconv::view_of(from), small = nnconv::view_of(to);
  const auto axes = pool_axes(config, pads, large, small);
  const double* const numbers = nnconv::image_of(x, large);
  const Rcpp::Shield<SEXP> result(result_of(small, dim));
  nnconv::max_pool(large.column_step() / large.height, axes, numbers, REAL(result),
                   nnconv::until_interrupted());
  return result;
}

// [[Rcpp::export(rng = false)]]
SEXP r_max_pool_gradient(SEXP x, SEXP g, SEXP config, SEXP pads, SEXP from, SEXP to, SEXP dim) {
  const ImageView large = nnconv::view_of(from), small = nnconv::view_of(to);
  const auto axes = pool_axes(config, pads, large, small);
  const double *const numbers = nnconv::image_of(x, large), *const values =
                                                                nnconv::image_of(g, small);
  const Rcpp::Shield<SEXP> result(result_of(large, dim));
  nnconv::max_pool_gradient(large.column_step() / large.height, axes, numbers, values, REAL(result),
                            nnconv::until_interrupted());
  return result;
}

// `wide` is the shape of the shuffled image, which is the result or, of the inverse, the input.
// [[Rcpp::export(rng = false)]]
SEXP r_pixel_shuffle(SEXP x, SEXP wide, double factor, bool inverse, SEXP dim) {
  const ImageView view = nnconv::view_of(wide);
  const double* const numbers = nnconv::image_of(x, view);
  const Rcpp::Shield<SEXP> result(result_of(view, dim));
  const auto run = inverse ? nnconv::pixel_unshuffle<double> : nnconv::pixel_shuffle<double>;
  run(view, as_index(factor), numbers, REAL(result), nnconv::until_interrupted());
  return result;
}

// The part of the input that a part of the result takes, of an input of this size.
// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector r_upsample_source(const std::string& mode, SEXP scale, SEXP size, SEXP part) {
  const double* const scales = nnconv::doubles_of(scale, "scale_factor", 2);
  Rcpp::NumericVector source(4);
  for (int i = 0; i < 2; ++i) {
    const nnconv::Range range = nnconv::upsampled_sources(
        upsampling_of(mode), as_index(REAL(size)[i]), scales[i], range_of(part, i));
    source[i] = static_cast<double>(range.first);
    source[i + 2] = static_cast<double>(range.count());
  }
  return source;
}

// A part of the upsampled image from the part `source` of the input, which x holds. With `adjoint`,
// x is a gradient of the former, and the result that of the latter. `cell` numbers of each place
// lie side by side.
// [[Rcpp::export(rng = false)]]
SEXP r_upsample(SEXP x, double cell, const std::string& mode, SEXP scale, SEXP size, SEXP source,
                SEXP part, bool adjoint, SEXP dim) {
  const double* const scales = nnconv::doubles_of(scale, "scale_factor", 2);
  const double places[] = {REAL(source)[2] * REAL(source)[3], REAL(part)[2] * REAL(part)[3]};
  const double* const numbers =
      nnconv::doubles_of(x, "input", static_cast<R_xlen_t>(cell * places[adjoint]));
  const Rcpp::Shield<SEXP> result(nnconv::allocate(cell * places[!adjoint], dim));
  nnconv::with_scratch([&] {
    std::array<nnconv::AxisSums, 2> sums;
    for (int i = 0; i < 2; ++i) {
      const nnconv::Range sources = range_of(source, i);
      nnconv::AxisSums& axis = sums[static_cast<std::size_t>(i)];
      axis = nnconv::upsampled_sums(upsampling_of(mode), as_index(REAL(size)[i]), scales[i],
                                    range_of(part, i), sources.first);
      if (adjoint) axis = nnconv::adjoint_of(axis, sources.count());
    }
    const Index height = as_index(REAL(adjoint ? part : source)[2]);
    nnconv::resample(as_index(cell), height, sums[0], sums[1], numbers, REAL(result),
                     nnconv::until_interrupted());
  });
  return result;
}

// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector r_upsample_size(SEXP scale, SEXP size) {
  const double* const scales = nnconv::doubles_of(scale, "scale_factor", 2);
  return {nnconv::upsampled_size(REAL(size)[0], scales[0]),
          nnconv::upsampled_size(REAL(size)[1], scales[1])};
}
