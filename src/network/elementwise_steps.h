// Elementwise steps: activations, and the step that changes nothing.
#pragma once

#include "network/step.h"

namespace nnconv {

class IdentityStep : public Step {
 public:
  // `of_images`: takes nothing but images, as dropout of their channels.
  explicit IdentityStep(bool of_images) : of_images_(of_images) {}

  bool fit(const Shape& input, const Shape* other, Shape& result) override;
  void run(const double*, const double*, double*, const Checkpoint&) const override {}
  bool is_identity() const override { return true; }

 private:
  bool of_images_;
};

// Applies apply(x, length, y) to parts of the array.
class ActivationStep : public Step {
 public:
  bool fit(const Shape& input, const Shape* other, Shape& result) override;
  void run(const double* input, const double* other, double* result,
           const Checkpoint& checkpoint) const override;
  bool is_in_place() const override { return true; }

 protected:
  virtual void apply(const double* x, Index length, double* y) const = 0;

 private:
  Index count_ = 0;
};

class ReluStep : public ActivationStep {
 public:
  explicit ReluStep(double slope) : slope_(slope) {}

 protected:
  void apply(const double* x, Index length, double* y) const override;

 private:
  double slope_;
};

class SigmoidStep : public ActivationStep {
 protected:
  void apply(const double* x, Index length, double* y) const override;
};

class TanhStep : public ActivationStep {
 protected:
  void apply(const double* x, Index length, double* y) const override;
};

}  // namespace nnconv
