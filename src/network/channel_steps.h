// Channel steps: batch normalization, by given statistics or by those of the batch, and PReLU.
#pragma once

#include "network/step.h"

namespace nnconv {

class NormStep : public Step {
 public:
  NormStep(const BatchNorm& norm, Index channels) : norm_(norm), channels_(channels) {}

  bool fit(const Shape& input, const Shape* other, Shape& result) override;
  void run(const double* input, const double* other, double* result,
           const Checkpoint& checkpoint) const override;
  bool is_in_place() const override { return true; }
  const BatchNorm* norm() const override { return &norm_; }
  bool has_weight() const override { return norm_.weight != nullptr; }
  bool has_bias() const override { return norm_.bias != nullptr; }
  bool reads_input(const Wanted& wanted) const override { return wanted.weight || wanted.bias; }
  bool is_back_in_place() const override { return true; }
  void back(const Gradients& gradients, const Checkpoint& checkpoint) const override;

 private:
  BatchNorm norm_;
  Index channels_;
  ImageView image_ = {};
};

// Normalization by the moments of the batch, which each run finds.
class BatchNormStep : public Step {
 public:
  // `weight` and `bias` may be null.
  BatchNormStep(const double* weight, const double* bias, double eps, Index channels)
      : weight_(weight), bias_(bias), eps_(eps), channels_(channels) {}

  bool fit(const Shape& input, const Shape* other, Shape& result) override;
  void run(const double* input, const double* other, double* result,
           const Checkpoint& checkpoint) const override;
  bool is_in_place() const override { return true; }
  bool has_weight() const override { return weight_ != nullptr; }
  bool has_bias() const override { return bias_ != nullptr; }
  bool reads_input(const Wanted&) const override { return true; }
  bool is_back_in_place() const override { return true; }
  void back(const Gradients& gradients, const Checkpoint& checkpoint) const override;
  std::optional<BatchMoments> moments() const override;

 private:
  Index count() const { return image_.batch * image_.height * image_.width; }

  const double *weight_, *bias_;
  double eps_;
  Index channels_;
  ImageView image_ = {};
  mutable List<double> mean_, squares_, variance_;  // of the last run
};

class PreluStep : public Step {
 public:
  // One weight is that of all numbers.
  PreluStep(const double* weight, Index count) : weight_(weight), count_(count) {}

  bool fit(const Shape& input, const Shape* other, Shape& result) override;
  void run(const double* input, const double* other, double* result,
           const Checkpoint& checkpoint) const override;
  bool is_in_place() const override { return true; }
  bool is_pointwise() const override { return true; }
  void apply(Index channel, double* numbers, Index count) const override;
  bool has_weight() const override { return true; }
  bool reads_input(const Wanted& wanted) const override { return wanted.input || wanted.weight; }
  bool is_back_in_place() const override { return true; }
  void back(const Gradients& gradients, const Checkpoint& checkpoint) const override;

 private:
  const double* weight_;
  Index count_;
  ImageView image_ = {};
};

}  // namespace nnconv
