// Resampling steps: the sizes of their results.
#include "network/resampling_steps.h"

#include "resampling/max_pool.h"
#include "resampling/pixel_shuffle.h"

namespace nnconv {
namespace {

// Sets the shape of a result; false if it has no cells or too many of them.
bool set_result(const Shape& input, const std::array<double, 4>& image, Shape& result) {
  for (std::size_t i = 2; i < 4; ++i) {
    if (!(image[i] >= 1 && image[i] <= Shape::largest_extent)) return false;
  }
  result = input.with_image(2, image);
  return true;
}

}  // namespace

bool PoolStep::fit(const Shape& input, const Shape*, Shape& result) {
  const std::optional<ImageView> image = input.image(2);
  if (!image) return false;
  axes_[0].large = image->height;
  axes_[1].large = image->width;
  for (Axis& axis : axes_) axis.small = pool_size(axis, ceil_mode_);
  cell_ = image->batch * image->channels;
  return set_result(input,
                    {static_cast<double>(image->batch), static_cast<double>(image->channels),
                     static_cast<double>(axes_[0].small), static_cast<double>(axes_[1].small)},
                    result);
}

void PoolStep::run(const double* input, const double*, double* result,
                   const Checkpoint& checkpoint) const {
  max_pool(cell_, axes_, input, result, checkpoint);
}

void PoolStep::back(const Gradients& g, const Checkpoint& checkpoint) const {
  max_pool_gradient(cell_, axes_, g.input, g.of_result, g.of_input, checkpoint);
}

bool ShuffleStep::fit(const Shape& input, const Shape*, Shape& result) {
  const std::optional<ImageView> image = input.image(2);
  if (!image || image->channels % (factor_ * factor_) != 0) return false;
  wide_ = {image->batch, image->channels / (factor_ * factor_), image->height * factor_,
           image->width * factor_};
  return set_result(input,
                    {static_cast<double>(wide_.batch), static_cast<double>(wide_.channels),
                     static_cast<double>(wide_.height), static_cast<double>(wide_.width)},
                    result);
}

void ShuffleStep::run(const double* input, const double*, double* result,
                      const Checkpoint& checkpoint) const {
  pixel_shuffle(wide_, factor_, input, result, checkpoint);
}

void ShuffleStep::back(const Gradients& g, const Checkpoint& checkpoint) const {
  pixel_unshuffle(wide_, factor_, g.of_result, g.of_input, checkpoint);
}

bool UpsampleStep::fit(const Shape& input, const Shape*, Shape& result) {
  const std::optional<ImageView> image = input.image(2);
  if (!image) return false;
  from_ = {image->height, image->width};
  cell_ = image->batch * image->channels;
  const double height = upsampled_size(static_cast<double>(from_[0]), scale_[0]);
  const double width = upsampled_size(static_cast<double>(from_[1]), scale_[1]);
  const bool fits = set_result(
      input,
      {static_cast<double>(image->batch), static_cast<double>(image->channels), height, width},
      result);
  if (fits) to_ = {static_cast<Index>(height), static_cast<Index>(width)};
  return fits;
}

AxisSums UpsampleStep::sums(std::size_t i) const {
  return upsampled_sums(mode_, from_[i], scale_[i], {0, to_[i] - 1}, 0);
}

void UpsampleStep::run(const double* input, const double*, double* result,
                       const Checkpoint& checkpoint) const {
  resample(cell_, from_[0], sums(0), sums(1), input, result, checkpoint);
}

void UpsampleStep::back(const Gradients& g, const Checkpoint& checkpoint) const {
  resample(cell_, to_[0], adjoint_of(sums(0), from_[0]), adjoint_of(sums(1), from_[1]), g.of_result,
           g.of_input, checkpoint);
}

}  // namespace nnconv
