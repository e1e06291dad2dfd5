// Unwrap: from R's values to the core's structs. R has checked every one of them.
//
// `config` is the list of a layer's arguments that R/config.R makes; a shape is the vector
// (N, C, H, W), a size the vector (H, W).
#pragma once

#include <Rcpp.h>

#include <array>
#include <cstring>
#include <string_view>

#include "geometry.h"

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

// Fields of a list that outlives their use, read in place: wrapping the list or each of them would
// cost a small layer's call more than its sizes do. NULL where there is no such field.
inline SEXP field(SEXP config, const char* name) {
  const SEXP names = Rf_getAttrib(config, R_NamesSymbol);
  const R_xlen_t count = Rf_xlength(config);
  for (R_xlen_t i = 0; i < count; ++i) {
    if (std::strcmp(CHAR(STRING_ELT(names, i)), name) == 0) return VECTOR_ELT(config, i);
  }
  return R_NilValue;
}

inline const double* numbers(SEXP config, const char* name) {
  return REAL(field(config, name));
}

inline std::string_view word(SEXP config, const char* name) {
  return CHAR(STRING_ELT(field(config, name), 0));
}

// Height and width, with both sizes still zero.
inline std::array<Axis, 2> as_axes(SEXP config) {
  const double* kernel = numbers(config, "kernel_size");
  const double* stride = numbers(config, "stride");
  const double* dilation = numbers(config, "dilation");
  const double* pads = numbers(config, "pads");
  const PadMode mode = as_mode(word(config, "padding_mode"));
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
inline Geometry as_geometry(SEXP config, const double* large, const double* small) {
  Geometry geometry = {as_index(large[0]), as_index(large[1]), as_index(small[1]),
                       as_index(*numbers(config, "groups")), as_axes(config)};
  for (std::size_t i = 0; i < 2; ++i) {
    geometry.axis[i].large = as_index(large[2 + i]);
    geometry.axis[i].small = as_index(small[2 + i]);
  }
  return geometry;
}

}  // namespace nnconv
