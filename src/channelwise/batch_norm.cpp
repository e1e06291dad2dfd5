// Batch norm: moments block by block, merged as Chan, Golub and LeVeque (1983) do; and the loops
// along the lanes.
#include "channelwise/batch_norm.h"

#include <array>
#include <cmath>

#include "channelwise/lanes.h"

namespace nnconv {
namespace {

constexpr Index rows_at_once = 16;  // which stay in cache until their mean is known

// The mean is less the channel's origin, one of its numbers: means of numbers far from zero would
// lose the digits in which the numbers differ.
struct Moments {
  double count, mean, squares;
};

// The moments of the numbers of several parts together; part(i) returns those of one.
template <class Part>
Moments merged(Index parts, const Part& part) {
  const double origin = part(0).mean;
  double count = 0, sum = 0, squares = 0;
  for (Index i = 0; i < parts; ++i) {
    const Moments one = part(i);
    count += one.count;
    sum += one.count * (one.mean - origin);
  }
  const double shift = sum / count;
  for (Index i = 0; i < parts; ++i) {
    const Moments one = part(i);
    const double deviation = one.mean - origin - shift;
    squares += one.squares + one.count * (deviation * deviation);
  }
  return {count, origin + shift, squares};
}

// The moments of each lane of a block.
template <class T>
class LaneMoments {
 public:
  LaneMoments(const Lanes& lanes, const LaneBlock& block, const T* x, const double* origins)
      : x_(x) {
    lanes.spread(block, origins, origin_);
    Index rows = 0, begin = 0, width = 0;
    lanes.for_rows(block, [&](Index at, Index count) {
      if (rows == rows_at_once || (rows > 0 && count != width)) {
        add(begin, rows, lanes.width(), width);
        rows = 0;
      }
      if (rows++ == 0) begin = at;
      width = count;
    });
    add(begin, rows, lanes.width(), width);
  }

  double mean[Lanes::most_lanes] = {}, squares[Lanes::most_lanes] = {};

 private:
  void add(Index begin, Index rows, Index step, Index count) {
    double local[Lanes::most_lanes] = {}, deviations[Lanes::most_lanes] = {};
    for (Index row = 0; row < rows; ++row) {
      const T* const from = x_ + begin + row * step;
      for (Index k = 0; k < count; ++k) local[k] += static_cast<double>(from[k]) - origin_[k];
    }
    const double share = 1 / static_cast<double>(rows);
    for (Index k = 0; k < count; ++k) local[k] *= share;
    for (Index row = 0; row < rows; ++row) {
      const T* const from = x_ + begin + row * step;
      for (Index k = 0; k < count; ++k) {
        const double deviation = static_cast<double>(from[k]) - origin_[k] - local[k];
        deviations[k] += deviation * deviation;
      }
    }
    const double before = static_cast<double>(rows_), more = static_cast<double>(rows);
    const double part = more / (before + more);
    for (Index k = 0; k < count; ++k) {
      const double difference = local[k] - mean[k];
      mean[k] += difference * part;
      squares[k] += deviations[k] + difference * difference * (before * part);
    }
    rows_ += rows;
  }

  const T* x_;
  double origin_[Lanes::most_lanes];
  Index rows_ = 0;
};

// A mean is subtracted in T; this is what then remains to be subtracted.
template <class T>
double rest_of(double mean) {
  return mean - static_cast<double>(static_cast<T>(mean));
}

// The sums of g and of g * (x - mean), for each channel.
template <class T>
void gradient_sums(const Lanes& lanes, const double* mean, const T* x, const T* g,
                   double* const* sums, const Checkpoint& checkpoint) {
  const auto start = [&](const LaneBlock& block) {
    std::array<double, Lanes::most_lanes> center = {};
    lanes.spread(block, mean, center.data());
    return [=](Index begin, Index count, double(*to)[Lanes::most_lanes]) {
      for (Index k = 0; k < count; ++k) {
        const double gradient = static_cast<double>(g[begin + k]);
        to[0][k] += gradient;
        to[1][k] += gradient * (static_cast<double>(x[begin + k]) - center[std::size_t(k)]);
      }
    };
  };
  channel_sums<2>(lanes, start, sums, checkpoint);
}

// Writes (g - mean of g - (x - mean) * slope) * scale; the mean of g and the slope are left out
// where mean and variance do not depend on x.
template <class T>
void input_gradient(const Lanes& lanes, const BatchNorm& norm, const List<double>& offset,
                    const List<double>& slope, const T* x, const T* g, T* result,
                    const Checkpoint& checkpoint) {
  const List<double> scale = channel_scales(lanes.channels(), norm);
  lanes.for_blocks(checkpoint, [&](const LaneBlock& block) {
    T scales[Lanes::most_lanes], offsets[Lanes::most_lanes], slopes[Lanes::most_lanes];
    T centers[Lanes::most_lanes];
    lanes.spread(block, scale.data(), scales);
    lanes.spread(block, offset.data(), offsets);
    lanes.spread(block, slope.data(), slopes);
    lanes.spread(block, norm.mean, centers);
    lanes.for_rows(block, [&](Index begin, Index count) {
      if (norm.in_training) {
        for (Index k = 0; k < count; ++k) {
          const T deviation = x[begin + k] - centers[k];
          result[begin + k] = (g[begin + k] - offsets[k] - deviation * slopes[k]) * scales[k];
        }
      } else {
        for (Index k = 0; k < count; ++k) result[begin + k] = g[begin + k] * scales[k];
      }
    });
  });
}

}  // namespace

List<double> channel_scales(Index channels, const BatchNorm& norm) {
  List<double> scale = repeated(channels, 1.0);
  for (Index c = 0; c < channels; ++c) {
    scale[c] = (norm.weight ? norm.weight[c] : 1) / std::sqrt(norm.variance[c] + norm.eps);
  }
  return scale;
}

template <class T>
void channel_moments(const ImageView& image, const T* x, double* means, double* squares,
                     const Checkpoint& checkpoint) {
  const Lanes lanes(image);
  const Index pieces = lanes.pieces();
  List<double> origins = repeated(image.channels, 0.0);
  for (Index c = 0; c < image.channels && image.count() > 0; ++c) {
    const double first = static_cast<double>(x[c * image.channel_step()]);
    if (std::isfinite(first)) origins[c] = first;
  }
  List<Moments> partial = repeated(pieces * lanes.parts(), Moments{0, 0, 0});
  lanes.for_blocks(checkpoint, [&](const LaneBlock& block) {
    const LaneMoments<T> of(lanes, block, x, origins.data());
    lanes.for_pieces(block, [&](Index piece, Index, Index lane, Index count) {
      partial[block.part * pieces + piece] = merged(count, [&](Index k) {
        const double rows = static_cast<double>(lanes.rows_of(block, lane + k));
        return Moments{rows, of.mean[lane + k], of.squares[lane + k]};
      });
    });
  });
  List<Moments> of_channel;
  for (Index channel = 0; channel < image.channels; ++channel) {
    of_channel.clear();
    for (Index part = 0; part < lanes.parts(); ++part) {
      lanes.for_pieces_of(
          channel, [&](Index piece) { of_channel.push_back(partial[part * pieces + piece]); });
    }
    const Moments all = of_channel.empty()
                            ? Moments{0, 0, 0}
                            : merged(of_channel.size(), [&](Index i) { return of_channel[i]; });
    means[channel] = origins[channel] + all.mean;
    squares[channel] = all.squares;
  }
}

template <class T>
void batch_norm(const ImageView& image, const BatchNorm& norm, const T* x, T* y,
                const Checkpoint& checkpoint) {
  const Lanes lanes(image);
  const List<double> scale = channel_scales(image.channels, norm);
  List<double> offset = scale;
  for (Index c = 0; c < image.channels; ++c) {
    offset[c] = (norm.bias ? norm.bias[c] : 0) - rest_of<T>(norm.mean[c]) * scale[c];
  }
  lanes.for_blocks(checkpoint, [&](const LaneBlock& block) {
    T centers[Lanes::most_lanes], scales[Lanes::most_lanes], offsets[Lanes::most_lanes];
    lanes.spread(block, norm.mean, centers);
    lanes.spread(block, scale.data(), scales);
    lanes.spread(block, offset.data(), offsets);
    lanes.for_rows(block, [&](Index begin, Index count) {
      for (Index k = 0; k < count; ++k) {
        y[begin + k] = (x[begin + k] - centers[k]) * scales[k] + offsets[k];
      }
    });
  });
}

template <class T>
void batch_norm_gradient(const ImageView& image, const BatchNorm& norm, const T* x, const T* g,
                         const BatchNormGradients<T>& gradients, const Checkpoint& checkpoint) {
  const Lanes lanes(image);
  List<double> sum = repeated(image.channels, 0.0), product = sum;
  if (norm.in_training || gradients.weight || gradients.bias) {
    double* const sums[] = {sum.data(), product.data()};
    gradient_sums(lanes, norm.mean, x, g, sums, checkpoint);
  }
  if (gradients.bias) std::copy(sum.begin(), sum.end(), gradients.bias);
  for (Index c = 0; c < image.channels && gradients.weight; ++c) {
    gradients.weight[c] = product[c] / std::sqrt(norm.variance[c] + norm.eps);
  }
  if (!gradients.input) return;
  const auto count = static_cast<double>(image.batch * image.height * image.width);
  List<double> slope = product, offset = sum;
  for (Index c = 0; c < image.channels; ++c) {
    slope[c] = product[c] / count / (norm.variance[c] + norm.eps);
    offset[c] = sum[c] / count - rest_of<T>(norm.mean[c]) * slope[c];
  }
  input_gradient(lanes, norm, offset, slope, x, g, gradients.input, checkpoint);
}

template void channel_moments(const ImageView&, const float*, double*, double*, const Checkpoint&);
template void channel_moments(const ImageView&, const double*, double*, double*, const Checkpoint&);
template void batch_norm(const ImageView&, const BatchNorm&, const float*, float*,
                         const Checkpoint&);
template void batch_norm(const ImageView&, const BatchNorm&, const double*, double*,
                         const Checkpoint&);
template void batch_norm_gradient(const ImageView&, const BatchNorm&, const float*, const float*,
                                  const BatchNormGradients<float>&, const Checkpoint&);
template void batch_norm_gradient(const ImageView&, const BatchNorm&, const double*, const double*,
                                  const BatchNormGradients<double>&, const Checkpoint&);

}  // namespace nnconv
