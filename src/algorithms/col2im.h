// Col2im: a transposed convolution by all taps at once.
//
// One matrix product multiplies the weights of all taps and channels by a column of the small
// image; its products are then added to the columns of the large image that the taps lead to (GEMM
// and col2im of Jia et al. 2014, arXiv:1408.5093). There are no phases, no links and no borders, so
// that it pays where these are many: large kernels, large strides, small images, few channels of
// the result. The sums are those of the definition, in another order.
#pragma once

#include "algorithms/problem.h"
#include "geometry/geometry.h"

namespace nnconv {

// What an item holds at most, its columns and its products; these are of so many sites at least.
constexpr Index ring_bytes = Index(3) << 20;
constexpr Index most_product_bytes = Index(2) << 20;
constexpr Index least_sites = 24;

// Has the layer no padding mode, and do its weights and columns fit into scratch memory?
template <class T>
bool can_add_columns(const Geometry& geometry);

// The price (prices.h).
template <class T>
double columns_price(const Geometry& geometry);

template <class T>
void scatter_by_columns(const Geometry& geometry, const Arrays& arrays,
                        const Checkpoint& checkpoint);

}  // namespace nnconv
