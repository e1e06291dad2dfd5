// Plane chain: the least sum, from the first layer to the last.
#include "network/plane_chain.h"

#include <algorithm>

namespace nnconv {

void choose_planes_of(List<PlaneLayer>& layers) {
  // The least prices up to a layer that runs by planes, or does not, and what the layer before it
  // does then.
  struct Least {
    double by_planes, otherwise;
    bool after_planes, otherwise_after_planes;
  };
  List<Least> least;
  for (Index k = 0; k < layers.size(); ++k) {
    const PlanesOffer& offer = layers[k].offer;
    const Least before = k > 0 ? least[k - 1] : Least{0, 0, false, false};
    const double saved = layers[k].follows ? offer.copied + layers[k - 1].offer.written : 0;
    Least next = {};
    next.after_planes = before.by_planes - saved < before.otherwise;
    next.by_planes =
        offer.planes + (next.after_planes ? before.by_planes - saved : before.otherwise);
    next.otherwise_after_planes = before.by_planes < before.otherwise;
    next.otherwise = offer.other + std::min(before.by_planes, before.otherwise);
    least.push_back(next);
  }
  bool is_by_planes = least.size() > 0 && least.back().by_planes < least.back().otherwise;
  for (Index k = layers.size() - 1; k >= 0; --k) {
    layers[k].is_by_planes = is_by_planes;
    is_by_planes = is_by_planes ? least[k].after_planes : least[k].otherwise_after_planes;
  }
}

bool reads_planes(const List<PlaneLayer>& layers, Index k) {
  return k > 0 && k < layers.size() && layers[k].follows && layers[k].is_by_planes &&
         layers[k - 1].is_by_planes;
}

}  // namespace nnconv
