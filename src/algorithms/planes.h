// Planes: the direct algorithm with cells as lanes, for layers of few channels.
//
// Vectors of channels are badly filled where a group has few of them. Here a part of the source is
// copied into planes, one per channel, in which the cells of a column (or of a row) lie side by
// side, so that any number of channels fills tiles. Zeros, or what a padding mode shows, stand
// around each plane; a stride takes it apart into phases, so that neighbouring cells of the result
// always read neighbours.
//
// Weights are multiplied by zeros that the definition does not have: the caller asks first that
// they be finite. The sums are those of the direct algorithm in the same order.
#pragma once

#include <optional>

#include "algorithms/padded.h"
#include "algorithms/problem.h"
#include "arrays/plane_image.h"

namespace nnconv {

// Do all phases of a transposed layer together, as one of more channels, take less work?
bool is_joint_cheaper(const Problem& padded);

// The whole price, and the parts of it that are copying the source and writing the result.
struct PlanesPrice {
  double all, copied, written;
};

// Infinite where the links of the padded problem do not allow planes, or where these do not fit
// into scratch memory.
template <class T>
PlanesPrice planes_price(const Problem& padded, const PaddedSource& source);

// Finish: a function of single numbers that is applied to sums before they are written.
class Finish {
 public:
  virtual ~Finish() = default;
  virtual void apply(Index channel, double* numbers, Index count) const = 0;
};

// What a call reads and writes in planes, and the function that it applies. All may be null: then
// it reads and writes arrays.
template <class T>
struct PlaneEnds {
  const PlaneImage* from = nullptr;
  const T* x = nullptr;
  const PlaneImage* to = nullptr;
  T* y = nullptr;
  const Finish* finish = nullptr;
};

// The planes that the layer can read in place, without their channel step, if there are any.
std::optional<PlaneImage> planes_to_read(const Problem& padded, const PaddedSource& source);

// `arrays.x` is the source without its padding.
template <class T>
void contract_by_planes(const Problem& padded, const PaddedSource& source, const Arrays& arrays,
                        const PlaneEnds<T>& ends, const Checkpoint& checkpoint);

}  // namespace nnconv
