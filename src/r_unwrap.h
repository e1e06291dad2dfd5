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

inline Index as_index(double value) {
  return static_cast<Index>(value);
}

inline PadMode as_mode(const std::string& mode) {
  if (mode == "reflect") return PadMode::reflect;
  if (mode == "replicate") return PadMode::replicate;
  if (mode == "circular") return PadMode::circular;
  return PadMode::zeros;
}

// Numbers of a list that outlives their use, read in place: wrapping each of them would cost a
// small layer's call more than its sizes do.
inline const double* numbers(const Rcpp::List& config, const char* name) {
  const SEXP field = config[name];
  return REAL(field);
}

// Height and width, with both sizes still zero.
inline std::array<Axis, 2> as_axes(const Rcpp::List& config) {
  const double* kernel = numbers(config, "kernel_size");
  const double* stride = numbers(config, "stride");
  const double* dilation = numbers(config, "dilation");
  const double* pads = numbers(config, "pads");
  const PadMode mode = as_mode(Rcpp::as<std::string>(config["padding_mode"]));
  std::array<Axis, 2> axes;
  for (std::size_t i = 0; i < 2; ++i) {
    axes[i] = {0,
               0,
               as_index(kernel[i]),
               as_index(stride[i]),
               as_index(dilation[i]),
               as_index(pads[2 * i]),
               as_index(pads[2 * i + 1]),
               mode};
  }
  return axes;
}

// Shapes are (N, C, H, W).
inline Geometry as_geometry(const Rcpp::List& config, const double* large, const double* small) {
  Geometry geometry = {as_index(large[0]), as_index(large[1]), as_index(small[1]),
                       as_index(*numbers(config, "groups")), as_axes(config)};
  for (std::size_t i = 0; i < 2; ++i) {
    geometry.axis[i].large = as_index(large[2 + i]);
    geometry.axis[i].small = as_index(small[2 + i]);
  }
  return geometry;
}

// Lets R end the call: by an interrupt, or by an error such as that of setTimeLimit(). Either goes
// on as it is once the frames of C++ are gone.
inline void checkpoint() {
  Rcpp::unwindProtect([] {
    R_CheckUserInterrupt();
    return R_NilValue;
  });
}

// The numbers of x, which R may have to write out first.
inline const double* numbers_of(SEXP x) {
  if (ALTREP(x)) {
    Rcpp::unwindProtect([x] {
      REAL(x);
      return R_NilValue;
    });
  }
  return REAL(x);
}

}  // namespace nnconv
