// Unwrap: from R's values to the core's structs. R has checked every one of them.
//
// `config` is the list of a layer's arguments that R/config.R makes; a shape is the vector
// (N, C, H, W), a size the vector (H, W).
#pragma once

#include <Rcpp.h>

#include <array>
#include <string>

#include "geometry.h"

namespace nnconv {

inline Index as_index(double value) { return static_cast<Index>(value); }

inline PadMode as_mode(const std::string& mode) {
  if (mode == "reflect") return PadMode::reflect;
  if (mode == "replicate") return PadMode::replicate;
  if (mode == "circular") return PadMode::circular;
  return PadMode::zeros;
}

// Height and width, with both sizes still zero.
inline std::array<Axis, 2> as_axes(const Rcpp::List& config) {
  const Rcpp::NumericVector kernel = config["kernel_size"], stride = config["stride"],
                            dilation = config["dilation"], pads = config["pads"];
  const PadMode mode = as_mode(Rcpp::as<std::string>(config["padding_mode"]));
  std::array<Axis, 2> axes;
  for (std::size_t i = 0; i < 2; ++i) {
    const auto at = static_cast<R_xlen_t>(i);
    axes[i] = {0, 0, as_index(kernel[at]), as_index(stride[at]), as_index(dilation[at]),
               as_index(pads[2 * at]), as_index(pads[2 * at + 1]), mode};
  }
  return axes;
}

inline Geometry as_geometry(const Rcpp::List& config, const Rcpp::NumericVector& large_shape,
                            const Rcpp::NumericVector& small_shape) {
  Geometry geometry = {as_index(large_shape[0]), as_index(large_shape[1]),
                       as_index(small_shape[1]), as_index(Rcpp::as<double>(config["groups"])),
                       as_axes(config)};
  for (std::size_t i = 0; i < 2; ++i) {
    const auto at = static_cast<R_xlen_t>(i);
    geometry.axis[i].large = as_index(large_shape[2 + at]);
    geometry.axis[i].small = as_index(small_shape[2 + at]);
  }
  return geometry;
}

}  // namespace nnconv
