// Bias gradient: sums an image over its cells, channel by channel, for both layers.
//
// The sums are doubles whatever the type of the layer's arithmetic, and their order depends on the
// shape alone. At least 128 running sums, each over every k-th element, are put aside now and then
// and added up in pairs, so that the error grows like the square root of the length for any
// numbers.
#pragma once

#include "arrays/array_layout.h"
#include "system/threads.h"

namespace nnconv {

void bias_gradient(const ImageView& image, const double* values, double* bias,
                   const Checkpoint& checkpoint);

}  // namespace nnconv
