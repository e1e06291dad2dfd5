// Depthwise gradient: the weight gradient of layers in which every channel is a group.
//
// Lanes are channels of images, as in the forward pass, and the same kernels run: taps stand for
// sites, cells of the small image for links, and its numbers for weights. The large image is copied
// together with its padding, so that every tap reaches every cell. The caller must make sure that
// the numbers of the small image are finite.
#pragma once

#include "arrays/array_layout.h"
#include "system/threads.h"

namespace nnconv {

// Is every channel a group, and do the sums of all taps and the cells under a kernel fit into
// scratch memory?
bool can_use_depthwise_gradient(const Geometry& geometry);

template <class T>
void depthwise_gradient(const Geometry& geometry, const double* large, const double* small,
                        double* weight, const Checkpoint& checkpoint);

}  // namespace nnconv
