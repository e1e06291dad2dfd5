// Unwrap: from R's values to the core's structs. The environments of layers and optimizers are open
// to everyone, so what they hold is checked here, in each call; the rest R has checked.
//
// `config` is the list of a layer's arguments that R/config.R makes; a shape is the vector
// (N, C, H, W), a size the vector (H, W).
#pragma once

#include <Rcpp.h>

#include <array>
#include <string_view>

#include "convolution/convolution.h"
#include "convolution/layer.h"

namespace nnconv {

inline Index as_index(double value) {
  return static_cast<Index>(value);
}

inline PadMode as_mode(std::string_view mode) {
  if (mode == "reflect") return PadMode::reflect;
  if (mode == "replicate") return PadMode::replicate;
  if (mode == "circular") return PadMode::circular;
  return PadMode::zeros;
}

// A value that is not what was made: doubles of this shape, if it has one. The functions read_*()
// throw it, and the others refuse it in R.
struct Changed {
  const char* name;
  SEXP value;
  std::array<double, 4> shape;
  std::size_t rank;
};

// A field of a list, or NULL where there is none of this name.
SEXP field_of(SEXP list, const char* name);

// A layer's config.
Layer read_layer(SEXP config);
Layer as_layer(SEXP config);

// The size that a result is asked to have: two doubles, or NULL.
AskedSize asked_size(SEXP size);

// Finds the algorithm that the option names. False if it names none.
bool find_algorithm(Algorithm& algorithm);

// The config of a pool: `kernel_size`, `stride`, `padding`, `dilation` and `ceil_mode`.
struct Pool {
  std::array<Axis, 2> axes;  // with both sizes still zero
  bool ceil_mode;
};
Pool read_pool(SEXP config);
Pool as_pool(SEXP config);

// The extents of R's arrays.
std::array<double, 4> shape_of(const ImageView& view);
std::array<double, 4> weight_shape(const Geometry& geometry);

// The numbers of a layer's parameters and of its images. They are refused, in R, if they are not
// doubles, or not as many as there have to be. `bias` may be NULL, which has none. The weight of a
// layer of sequences, of one of the axes, lacks the height.
const double* read_weight(SEXP weight, const Geometry& geometry, int axes);
const double* weight_of(SEXP weight, const Geometry& geometry);
const double* bias_of(SEXP bias, Index channels);
const double* image_of(SEXP image, const ImageView& view);
ImageView view_of(SEXP shape);  // of (N, C, H, W)
const double* read_doubles(SEXP x, const char* name, R_xlen_t length);
const double* doubles_of(SEXP x, const char* name, R_xlen_t length);

}  // namespace nnconv
