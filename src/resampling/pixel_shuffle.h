// Pixel shuffle: lays the channels of a cell out as a block of cells, and back.
//
//     wide[n, c, h * factor + i, w * factor + j] = deep[n, (c * factor + i) * factor + j, h, w]
#pragma once

#include "arrays/array_layout.h"
#include "system/threads.h"

namespace nnconv {

// `wide` is the shuffled image.
template <class T>
void pixel_shuffle(const ImageView& wide, Index factor, const T* from, T* to,
                   const Checkpoint& checkpoint);

// The inverse, which is also the adjoint.
template <class T>
void pixel_unshuffle(const ImageView& wide, Index factor, const T* from, T* to,
                     const Checkpoint& checkpoint);

}  // namespace nnconv
