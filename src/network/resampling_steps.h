// Resampling steps: pools, pixel shuffles and upsampling, which change the size of images.
#pragma once

#include "network/step.h"
#include "resampling/upsample.h"

namespace nnconv {

class PoolStep : public Step {
 public:
  // The sizes of the axes are not looked at.
  PoolStep(const std::array<Axis, 2>& axes, bool ceil_mode) : axes_(axes), ceil_mode_(ceil_mode) {}

  bool fit(const Shape& input, const Shape* other, Shape& result) override;
  void run(const double* input, const double* other, double* result,
           const Checkpoint& checkpoint) const override;
  bool reads_input(const Wanted& wanted) const override { return wanted.input; }
  void back(const Gradients& gradients, const Checkpoint& checkpoint) const override;

 private:
  std::array<Axis, 2> axes_;
  bool ceil_mode_;
  Index cell_ = 0;
};

class ShuffleStep : public Step {
 public:
  explicit ShuffleStep(Index factor) : factor_(factor) {}

  bool fit(const Shape& input, const Shape* other, Shape& result) override;
  void run(const double* input, const double* other, double* result,
           const Checkpoint& checkpoint) const override;
  void back(const Gradients& gradients, const Checkpoint& checkpoint) const override;

 private:
  Index factor_;
  ImageView wide_ = {};
};

class UpsampleStep : public Step {
 public:
  UpsampleStep(Upsampling mode, const std::array<double, 2>& scale) : mode_(mode), scale_(scale) {}

  bool fit(const Shape& input, const Shape* other, Shape& result) override;
  void run(const double* input, const double* other, double* result,
           const Checkpoint& checkpoint) const override;
  void back(const Gradients& gradients, const Checkpoint& checkpoint) const override;

 private:
  AxisSums sums(std::size_t axis) const;

  Upsampling mode_;
  std::array<double, 2> scale_;
  Index cell_ = 0;
  std::array<Index, 2> from_ = {}, to_ = {};
};

}  // namespace nnconv
