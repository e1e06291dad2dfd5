// Bias gradient: the sums of an image over its cells, channel by channel, for both layers.
//
// The sums are doubles whatever the type of the layer's arithmetic, in an order that depends on
// the shape alone: some hundred running sums that each take every so-manieth element, and that
// are put aside now and then, so that the error grows like the square root of the length.
#pragma once

#include "parallel.h"
#include "view.h"

namespace nnconv {

void bias_gradient(const ImageView& image, const double* values, double* bias,
                   const Checkpoint& checkpoint);

}  // namespace nnconv
