// Bias gradient: the running sums.
#include "bias_gradient.h"

#include <algorithm>
#include <vector>

namespace nnconv {

void bias_gradient(const ImageView& image, const double* values, double* bias,
                   const Checkpoint& checkpoint) {
  std::fill(bias, bias + image.channels, 0.0);
  const Index site = image.row_step(), length = image.column_step() * image.width;
  if (length == 0) return;
  constexpr Index least_lanes = 128, lanes_at_once = 4096, rows_at_once = 256;
  const Index lanes = site * divide_up(least_lanes, site);
  for (Index begin = 0; begin < lanes; begin += lanes_at_once) {
    const Index width = std::min(lanes_at_once, lanes - begin);
    std::vector<double> total(static_cast<std::size_t>(width), 0.0), part(total.size());
    for (Index first = begin; first < length;) {
      std::fill(part.begin(), part.end(), 0.0);
      for (Index row = 0; row < rows_at_once && first < length; ++row, first += lanes) {
        const Index count = std::min(width, length - first);
        for (Index k = 0; k < count; ++k) part[static_cast<std::size_t>(k)] += values[first + k];
      }
      for (std::size_t k = 0; k < total.size(); ++k) total[k] += part[k];
      if (checkpoint) checkpoint();
    }
    for (Index k = 0; k < width; ++k) {
      bias[(begin + k) / image.batch % image.channels] += total[static_cast<std::size_t>(k)];
    }
  }
}

}  // namespace nnconv
