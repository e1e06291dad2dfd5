// Plane chain: chooses the layers of a network that run by planes.
//
// A layer of few channels that follows another one reads planes in place: what it would copy, and
// what the other would write in R's order, is saved. So whole chains of layers may pay where each
// alone does not.
#pragma once

#include "convolution/convolution.h"
#include "system/list.h"

namespace nnconv {

struct PlaneLayer {
  Index step;
  PlanesOffer offer;
  bool follows;  // can the layer read planes of the one before it in the list?
  bool is_by_planes;
};

// Sets `is_by_planes` where the sum of all prices is least.
void choose_planes_of(List<PlaneLayer>& layers);

// Does layer k read the planes that the one before it leaves?
bool reads_planes(const List<PlaneLayer>& layers, Index k);

}  // namespace nnconv
