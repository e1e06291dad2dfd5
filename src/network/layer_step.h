// Layer step: a convolution or a transposed one, of images or of sequences.
#pragma once

#include <functional>
#include <utility>

#include "convolution/layer.h"
#include "network/step.h"
#include "system/list.h"

namespace nnconv {

// Tells the identity of weights whose packed numbers may be kept, or 0.
using Identify = std::function<WeightsId()>;

class LayerStep : public Step {
 public:
  // `bias` may be null; the images have this number of axes.
  LayerStep(const Layer& layer, const double* weight, Identify identify, const double* bias,
            Algorithm algorithm, int axes)
      : layer_(layer),
        weight_(weight),
        identify_(std::move(identify)),
        bias_(bias),
        algorithm_(algorithm),
        axes_(axes) {}

  bool fit(const Shape& input, const Shape* other, Shape& result) override;
  void run(const double* input, const double* other, double* result,
           const Checkpoint& checkpoint) const override;
  double scratch_bytes() const override;
  bool has_weight() const override { return true; }
  bool has_bias() const override { return bias_ != nullptr; }
  bool reads_input(const Wanted& wanted) const override { return wanted.weight; }
  void back(const Gradients& gradients, const Checkpoint& checkpoint) const override;
  bool fold(const BatchNorm& norm) override;
  bool finish_by(std::unique_ptr<Step>& next) override;
  std::optional<PlanesOffer> offer_planes() const override;
  void take_planes(const std::optional<PlaneImage>& from,
                   const std::optional<PlaneImage>& to) override;
  Index number_bytes() const override { return layer_.is_single ? sizeof(float) : sizeof(double); }

 private:
  // The pointwise steps that were taken over.
  class Finishing : public Finish {
   public:
    void apply(Index channel, double* numbers, Index count) const override {
      for (const auto& step : steps) step->apply(channel, numbers, count);
    }
    List<std::unique_ptr<Step>> steps;
  };

  template <class T>
  void run_by_planes(const double* input, double* result, const Checkpoint& checkpoint) const;
  void contract(bool is_correlate, const double* from, WeightsId id, const double* bias, double* to,
                const Checkpoint& checkpoint) const;
  double weight_count() const;
  void scale_weights(const double* scale, double* weight) const;

  Layer layer_;
  const double* weight_;
  Identify identify_;
  const double* bias_;
  Algorithm algorithm_;
  int axes_;
  Geometry geometry_ = {};
  List<double> folded_weight_, folded_bias_;
  Finishing finish_;
  bool is_by_planes_ = false;
  std::optional<PlaneImage> from_, to_;
};

}  // namespace nnconv
