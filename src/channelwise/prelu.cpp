// PReLU: the loops along the lanes.
#include "channelwise/prelu.h"

#include "channelwise/lanes.h"

namespace nnconv {

template <class T>
void prelu(const ImageView& image, const double* weight, const T* x, const T* values, T* result,
           const Checkpoint& checkpoint) {
  const Lanes lanes(image);
  lanes.for_blocks(checkpoint, [&](const LaneBlock& block) {
    T slope[Lanes::most_lanes], factor[Lanes::most_lanes][2];
    lanes.spread(block, weight, slope);
    for (Index k = 0; k < block.lanes; ++k) {
      factor[k][0] = slope[k];
      factor[k][1] = 1;
    }
    lanes.for_rows(block, [&](Index begin, Index count) {  // without jumps, as in relu.h
      for (Index k = 0; k < count; ++k) {
        result[begin + k] = factor[k][x[begin + k] > 0] * values[begin + k];
      }
    });
  });
}

template <class T>
void prelu_weight_gradient(const ImageView& image, const T* x, const T* g, double* gradient,
                           const Checkpoint& checkpoint) {
  const auto start = [&](const LaneBlock&) {
    return [=](Index begin, Index count, double(*sums)[Lanes::most_lanes]) {
      for (Index k = 0; k < count; ++k) {
        const double product =
            static_cast<double>(g[begin + k]) * static_cast<double>(x[begin + k]);
        sums[0][k] += x[begin + k] > 0 ? 0 : product;
      }
    };
  };
  double* const sums[] = {gradient};
  channel_sums<1>(Lanes(image), start, sums, checkpoint);
}

template void prelu(const ImageView&, const double*, const float*, const float*, float*,
                    const Checkpoint&);
template void prelu(const ImageView&, const double*, const double*, const double*, double*,
                    const Checkpoint&);
template void prelu_weight_gradient(const ImageView&, const float*, const float*, double*,
                                    const Checkpoint&);
template void prelu_weight_gradient(const ImageView&, const double*, const double*, double*,
                                    const Checkpoint&);

}  // namespace nnconv
