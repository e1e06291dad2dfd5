// Bias gradient: the running sums.
#include "convolution/bias_gradient.h"

#include <algorithm>
#include <numeric>

#include "system/list.h"

namespace nnconv {
namespace {

// Sums n numbers by halves, recursively.
double sum_of(const double* numbers, Index n) {
  if (n <= 8) return std::accumulate(numbers, numbers + n, 0.0);
  return sum_of(numbers, n / 2) + sum_of(numbers + n / 2, n - n / 2);
}

}  // namespace

void bias_gradient(const ImageView& image, const double* values, double* bias,
                   const Checkpoint& checkpoint) {
  std::fill(bias, bias + image.channels, 0.0);
  const Index site = image.row_step(), length = image.column_step() * image.width;
  if (length == 0) return;
  constexpr Index least_lanes = 128, lanes_at_once = 4096, least_rows = 256;
  const Index lanes = site * divide_up(least_lanes, site);
  // Rows of lanes per block: no more than there are blocks, so that neither sum is long.
  Index rows_at_once = least_rows;
  while (rows_at_once * rows_at_once < length / lanes) rows_at_once *= 2;
  for (Index begin = 0; begin < lanes; begin += lanes_at_once) {
    const Index width = std::min(lanes_at_once, lanes - begin);
    List<double> total = repeated(width, 0.0), running = total;
    for (Index first = begin; first < length;) {
      std::fill(running.begin(), running.end(), 0.0);
      for (Index row = 0; row < rows_at_once && first < length; ++row, first += lanes) {
        const Index count = std::min(width, length - first);
        for (Index k = 0; k < count; ++k) running[k] += values[first + k];
      }
      for (Index k = 0; k < width; ++k) total[k] += running[k];
      if (checkpoint) checkpoint();
    }
    for (Index k = 0; k < width;) {  // the images of a channel
      const Index images = std::min(image.batch - (begin + k) % image.batch, width - k);
      bias[(begin + k) / image.batch % image.channels] += sum_of(total.data() + k, images);
      k += images;
    }
  }
}

}  // namespace nnconv
