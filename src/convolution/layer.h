// Layer: the arguments of a layer, and the geometry of its calls. A shape is (N, C, H, W).
#pragma once

#include <array>

#include "arrays/array_layout.h"
#include "convolution/convolution.h"
#include "convolution/weight_gradient.h"

namespace nnconv {

// The height and width that a result is asked to have, or something else, which is not plain.
struct AskedSize {
  bool is_given = false, is_plain = false;
  std::array<double, 2> size = {};
};

struct Layer {
  bool is_correlate;  // the convolution
  bool is_single;     // in float
  Index in_channels, out_channels, groups;
  std::array<Axis, 2> axes;             // height and width, with both sizes still zero
  std::array<Index, 2> output_padding;  // zero in the convolution
  AskedSize output_size;
  std::array<double, 2> most_extra;  // cells that output_size may add to the smallest result

  // Of images of these shapes, whose channels are the layer's.
  Geometry geometry(const double* large, const double* small) const;

  // Sets the geometry of a call. False if the layer does not take such an input, or cannot return
  // the size that is asked for, which only transposed layers look at.
  bool find_geometry(const std::array<double, 4>& input, const AskedSize& asked,
                     Geometry& geometry) const;

  // The derivatives (convolution.h, weight_gradient.h) in the layer's type.
  auto verb(bool correlates) const {
    return correlates ? (is_single ? correlate<float> : correlate<double>)
                      : (is_single ? scatter<float> : scatter<double>);
  }
  auto gradient_verb() const {
    return is_single ? weight_gradient<float> : weight_gradient<double>;
  }

  // The images that a call reads and returns.
  ImageView input_view(const Geometry& g) const {
    return is_correlate ? large_view(g) : small_view(g);
  }
  ImageView result_view(const Geometry& g) const {
    return is_correlate ? small_view(g) : large_view(g);
  }
};

}  // namespace nnconv
