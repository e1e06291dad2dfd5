// Channel steps: the images whose channels they read.
#include "network/channel_steps.h"

#include <algorithm>

#include "channelwise/prelu.h"

namespace nnconv {
namespace {

// The image of `shape`, if it has these channels.
std::optional<ImageView> image_of(const Shape& shape, Index channels) {
  const std::optional<ImageView> image = shape.image(2);
  return image && image->channels == channels ? image : std::nullopt;
}

}  // namespace

bool NormStep::fit(const Shape& input, const Shape*, Shape& result) {
  const std::optional<ImageView> image = image_of(input, channels_);
  if (image) image_ = *image;
  result = input;
  return image.has_value();
}

void NormStep::run(const double* input, const double*, double* result,
                   const Checkpoint& checkpoint) const {
  batch_norm(image_, norm_, input, result, checkpoint);
}

void NormStep::back(const Gradients& g, const Checkpoint& checkpoint) const {
  const BatchNormGradients<double> to = {g.of_input, g.of_weight, g.of_bias};
  batch_norm_gradient(image_, norm_, g.input, g.of_result, to, checkpoint);
}

bool BatchNormStep::fit(const Shape& input, const Shape*, Shape& result) {
  const std::optional<ImageView> image = image_of(input, channels_);
  if (!image) return false;
  image_ = *image;
  result = input;
  return count() != 1;
}

void BatchNormStep::run(const double* input, const double*, double* result,
                        const Checkpoint& checkpoint) const {
  mean_.resize(channels_);
  squares_.resize(channels_);
  channel_moments(image_, input, mean_.data(), squares_.data(), checkpoint);
  variance_ = squares_;
  for (double& value : variance_) value /= static_cast<double>(std::max<Index>(count(), 1));
  batch_norm(image_, {mean_.data(), variance_.data(), weight_, bias_, eps_, false}, input, result,
             checkpoint);
}

void BatchNormStep::back(const Gradients& g, const Checkpoint& checkpoint) const {
  const BatchNorm norm = {mean_.data(), variance_.data(), weight_, nullptr, eps_, true};
  const BatchNormGradients<double> to = {g.of_input, g.of_weight, g.of_bias};
  batch_norm_gradient(image_, norm, g.input, g.of_result, to, checkpoint);
}

std::optional<BatchMoments> BatchNormStep::moments() const {
  return BatchMoments{channels_, count(), mean_.data(), squares_.data()};
}

bool PreluStep::fit(const Shape& input, const Shape*, Shape& result) {
  const std::optional<ImageView> image =
      count_ == 1 ? ImageView{1, 1, static_cast<Index>(input.count()), 1} : image_of(input, count_);
  if (image) image_ = *image;
  result = input;
  return image.has_value();
}

void PreluStep::run(const double* input, const double*, double* result,
                    const Checkpoint& checkpoint) const {
  prelu(image_, weight_, input, input, result, checkpoint);
}

void PreluStep::apply(Index channel, double* numbers, Index count) const {
  const double factor[2] = {weight_[count_ == 1 ? 0 : channel], 1};
  for (Index i = 0; i < count; ++i) numbers[i] = factor[numbers[i] > 0] * numbers[i];
}

void PreluStep::back(const Gradients& g, const Checkpoint& checkpoint) const {
  if (g.of_weight) {
    prelu_weight_gradient(image_, g.input, g.of_result, g.of_weight, checkpoint);
  }
  if (g.of_input) prelu(image_, weight_, g.input, g.of_result, g.of_input, checkpoint);
}

}  // namespace nnconv
