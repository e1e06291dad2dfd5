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

#include "algorithms/padded.h"
#include "algorithms/problem.h"

namespace nnconv {

// Do all phases of a transposed layer together, as one of more channels, take less work?
bool is_joint_cheaper(const Problem& padded);

// The price; infinite where the links of the padded problem do not allow planes, or where these do
// not fit into scratch memory.
template <class T>
double planes_price(const Problem& padded, const PaddedSource& source);

// `arrays.x` is the source without its padding.
template <class T>
void contract_by_planes(const Problem& padded, const PaddedSource& source, const Arrays& arrays,
                        const Checkpoint& checkpoint);

}  // namespace nnconv
