// Scratch bytes: the most memory that a call takes besides its arguments. The law is tested against
// what calls take, over random and over long kernels.
#pragma once

#include "geometry/geometry.h"

namespace nnconv {

// Bytes of a call that returns `elements` doubles: these, packed weights and blocks of the images,
// and the runs of both axes (runs.h), of which there are many where a long kernel meets an edge.
double call_bytes(const Geometry& geometry, double elements);

}  // namespace nnconv
