// Bias gradient: the running sums.
#include "bias_gradient.h"

#include <algorithm>
#include <vector>

namespace nnconv {

void bias_gradient(const ImageView& image, const double* values, double* bias) {
  std::fill(bias, bias + image.channels, 0.0);
  const Index site = image.row_step(), length = image.column_step() * image.width;
  if (length == 0) return;
  constexpr Index least_lanes = 128, rows_at_once = 256;
  const Index lanes = site * ((least_lanes + site - 1) / site);
  std::vector<double> total(static_cast<std::size_t>(lanes)), part(total.size());
  for (Index first = 0; first < length;) {
    std::fill(part.begin(), part.end(), 0.0);
    for (Index row = 0; row < rows_at_once && first < length; ++row) {
      const Index count = std::min(lanes, length - first);
      for (Index k = 0; k < count; ++k) part[static_cast<std::size_t>(k)] += values[first + k];
      first += count;
    }
    for (std::size_t k = 0; k < total.size(); ++k) total[k] += part[k];
  }
  for (Index k = 0; k < lanes; ++k) {
    bias[k / image.batch % image.channels] += total[static_cast<std::size_t>(k)];
  }
}

}  // namespace nnconv
