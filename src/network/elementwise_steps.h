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
  bool is_back_in_place() const override { return true; }
  void back(const Gradients& gradients, const Checkpoint& checkpoint) const override;

 private:
  bool of_images_;
  Index count_ = 0;
};

// Applies a function to parts of an array.
class ActivationStep : public Step {
 public:
  bool fit(const Shape& input, const Shape* other, Shape& result) override;
  void run(const double* input, const double* other, double* result,
           const Checkpoint& checkpoint) const override;
  bool is_in_place() const override { return true; }
  bool is_pointwise() const override { return true; }
  void apply(Index, double* numbers, Index count) const override {
    evaluate(numbers, count, numbers);
  }
  bool reads_input(const Wanted& wanted) const override { return wanted.input && !reads_result(); }
  bool reads_result() const override { return true; }
  bool is_back_in_place() const override { return true; }
  void back(const Gradients& gradients, const Checkpoint& checkpoint) const override;

 protected:
  virtual void evaluate(const double* x, Index length, double* y) const = 0;

  // Multiplies by the derivative at `x`, the result or, if that is not read, the input.
  virtual void apply_back(const double* x, const double* g, Index length, double* to) const = 0;

 private:
  Index count_ = 0;
};

class ReluStep : public ActivationStep {
 public:
  explicit ReluStep(double slope) : slope_(slope) {}

  // Unless the slope is negative, the result is above 0 where the input is.
  bool reads_result() const override { return slope_ >= 0; }

 protected:
  void evaluate(const double* x, Index length, double* y) const override;
  void apply_back(const double* x, const double* g, Index length, double* to) const override;

 private:
  double slope_;
};

class SigmoidStep : public ActivationStep {
 protected:
  void evaluate(const double* x, Index length, double* y) const override;
  void apply_back(const double* y, const double* g, Index length, double* to) const override;
};

class TanhStep : public ActivationStep {
 protected:
  void evaluate(const double* x, Index length, double* y) const override;
  void apply_back(const double* y, const double* g, Index length, double* to) const override;
};

}  // namespace nnconv
