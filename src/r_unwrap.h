// Unwrap: from R's values to the core's structs. The environments of layers and optimizers are open
// to everyone, so what they hold is checked here, in each call; the rest R has checked.
//
// `config` is the list of a layer's arguments that R/config.R makes; a shape is the vector
// (N, C, H, W), a size the vector (H, W).
#pragma once

#include <Rcpp.h>

#include <array>
#include <string_view>

#include "arrays/array_layout.h"

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

// A layer's config.
struct Layer {
  bool is_correlate;  // the convolution
  bool is_single;     // in float
  Index in_channels, out_channels, groups;
  std::array<Axis, 2> axes;             // height and width, with both sizes still zero
  std::array<Index, 2> output_padding;  // zero in the convolution
  SEXP output_size;
  std::array<double, 2> most_extra;  // cells that output_size may add to the smallest result

  // Of images of these shapes, whose channels are the config's.
  Geometry geometry(const double* large, const double* small) const;
};

// Refuses, in R, what no layer is made with.
Layer as_layer(SEXP config);

// The config of a pool: `kernel_size`, `stride`, `padding`, `dilation` and `ceil_mode`.
struct Pool {
  std::array<Axis, 2> axes;  // with both sizes still zero
  bool ceil_mode;
};
Pool as_pool(SEXP config);

// The extents of R's arrays.
std::array<double, 4> shape_of(const ImageView& view);
std::array<double, 4> weight_shape(const Geometry& geometry);

// The numbers of a layer's parameters and of its images. They are refused, in R, if they are not
// doubles, or not as many as there have to be. `bias` may be NULL, which has none.
const double* weight_of(SEXP weight, const Geometry& geometry);
const double* bias_of(SEXP bias, Index channels);
const double* image_of(SEXP image, const ImageView& view);
ImageView view_of(SEXP shape);  // of (N, C, H, W)
const double* doubles_of(SEXP x, const char* name, R_xlen_t length);

}  // namespace nnconv
