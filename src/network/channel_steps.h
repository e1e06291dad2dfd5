// Channel steps: batch normalization by given statistics, and PReLU.
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

class PreluStep : public Step {
 public:
  // One weight is that of all numbers.
  PreluStep(const double* weight, Index count) : weight_(weight), count_(count) {}

  bool fit(const Shape& input, const Shape* other, Shape& result) override;
  void run(const double* input, const double* other, double* result,
           const Checkpoint& checkpoint) const override;
  bool is_in_place() const override { return true; }
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
