// Layer step: the call of its verb, and the normalization that follows it.
#include "network/layer_step.h"

#include <cmath>
#include <utility>

#include "convolution/bias_gradient.h"
#include "convolution/scratch_bytes.h"

namespace nnconv {
namespace {

constexpr double least_uses = 4;  // of each weight, for which it is worth scaling

// May a product that was this far from 0 take another's place in both types? Some of its terms
// might be too small, or too large, where the product of the sum is not.
bool is_moderate_or_zero(double x) {
  const double size = std::abs(x);
  return size == 0 || (size >= 0x1p-60 && size <= 0x1p60);
}

}  // namespace

bool LayerStep::fit(const Shape& input, const Shape* other, Shape& result) {
  const std::optional<ImageView> image = input.image(axes_);
  if (!image) return false;
  AskedSize asked = layer_.output_size;
  if (other) {
    const std::optional<ImageView> like = other->image(axes_);
    if (!like) return false;
    asked = {true, true, {static_cast<double>(like->height), static_cast<double>(like->width)}};
  }
  const auto shape_of = [](const ImageView& view) {
    return std::array<double, 4>{static_cast<double>(view.batch),
                                 static_cast<double>(view.channels),
                                 static_cast<double>(view.height), static_cast<double>(view.width)};
  };
  if (!layer_.find_geometry(shape_of(*image), asked, geometry_)) return false;
  result = input.with_image(axes_, shape_of(layer_.result_view(geometry_)));
  return true;
}

void LayerStep::contract(bool is_correlate, const double* from, WeightsId id, const double* bias,
                         double* to, const Checkpoint& checkpoint) const {
  layer_.verb(is_correlate)(geometry_, from, weight_, bias, to, algorithm_, checkpoint, id);
}

void LayerStep::run(const double* input, const double*, double* result,
                    const Checkpoint& checkpoint) const {
  if (is_by_planes_) {
    return layer_.is_single ? run_by_planes<float>(input, result, checkpoint)
                            : run_by_planes<double>(input, result, checkpoint);
  }
  const bool is_kept = folded_weight_.size() == 0 && are_worth_keeping(geometry_);
  contract(layer_.is_correlate, input, is_kept ? identify_() : 0, bias_, result, checkpoint);
  for (const auto& step : finish_.steps) step->run(result, nullptr, result, checkpoint);
}

template <class T>
void LayerStep::run_by_planes(const double* input, double* result,
                              const Checkpoint& checkpoint) const {
  PlaneEnds<T> ends;
  if (from_) ends = {&*from_, reinterpret_cast<const T*>(input)};
  if (to_) {
    ends.to = &*to_;
    ends.y = reinterpret_cast<T*>(result);
  }
  if (finish_.steps.size() > 0) ends.finish = &finish_;
  contract_in_planes<T>(geometry_, layer_.is_correlate, {input, weight_, bias_, result}, ends,
                        checkpoint);
}

void LayerStep::back(const Gradients& g, const Checkpoint& checkpoint) const {
  if (g.of_input) contract(!layer_.is_correlate, g.of_result, 0, nullptr, g.of_input, checkpoint);
  if (g.of_weight) {
    const double *large = g.input, *small = g.of_result;
    if (!layer_.is_correlate) std::swap(large, small);
    layer_.gradient_verb()(geometry_, large, small, g.of_weight, checkpoint);
  }
  if (g.of_bias) bias_gradient(layer_.result_view(geometry_), g.of_result, g.of_bias, checkpoint);
}

double LayerStep::scratch_bytes() const {
  return call_bytes(geometry_, 0) + sizeof(double) * static_cast<double>(folded_weight_.size());
}

double LayerStep::weight_count() const {
  return static_cast<double>(geometry_.small_channels * geometry_.taps()) *
         static_cast<double>(geometry_.large_channels / geometry_.groups);
}

void LayerStep::scale_weights(const double* scale, double* to) const {
  const Index small = geometry_.small_channels, per_group = small / geometry_.groups;
  const Index large = geometry_.large_channels / geometry_.groups;
  const double* from = weight_;
  for (Index tap = 0; tap < geometry_.taps(); ++tap) {
    for (Index l = 0; l < large; ++l) {
      for (Index s = 0; s < small; ++s) {
        *to++ = *from++ * scale[layer_.is_correlate ? s : l + s / per_group * large];
      }
    }
  }
}

// The direct algorithm promises the sums of the definition, one step after the other.
bool LayerStep::fold(const BatchNorm& norm) {
  const ImageView result = layer_.result_view(geometry_);
  if (finish_.steps.size() > 0 || algorithm_ == Algorithm::direct ||
      static_cast<double>(result.count()) < least_uses * weight_count()) {
    return false;
  }
  List<double> scale = channel_scales(result.channels, norm), bias = scale;
  bool is_sound = true;
  for (Index c = 0; c < result.channels; ++c) {
    bias[c] = ((bias_ ? bias_[c] : 0) - norm.mean[c]) * scale[c] + (norm.bias ? norm.bias[c] : 0);
    is_sound &= scale[c] != 0 && is_moderate_or_zero(scale[c]) && std::isfinite(bias[c]);
  }
  if (!is_sound) return false;
  List<double> weight;
  weight.resize(static_cast<Index>(weight_count()));
  scale_weights(scale.data(), weight.data());
  for (const double w : weight) is_sound &= is_moderate_or_zero(w);
  if (!is_sound) return false;
  folded_weight_.swap(weight);
  folded_bias_.swap(bias);
  weight_ = folded_weight_.data();
  bias_ = folded_bias_.data();
  return true;
}

bool LayerStep::finish_by(std::unique_ptr<Step>& next) {
  if (!next->is_pointwise()) return false;
  finish_.steps.push_back(std::move(next));
  return true;
}

std::optional<PlanesOffer> LayerStep::offer_planes() const {
  const auto offer = layer_.is_single ? nnconv::offer_planes<float> : nnconv::offer_planes<double>;
  return offer(geometry_, layer_.is_correlate, weight_, algorithm_);
}

void LayerStep::take_planes(const std::optional<PlaneImage>& from,
                            const std::optional<PlaneImage>& to) {
  is_by_planes_ = true;
  from_ = from;
  to_ = to;
}

}  // namespace nnconv
