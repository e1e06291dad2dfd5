// Join steps: what a skip makes of its input, the other value, and of its branch's result.
#pragma once

#include "network/step.h"

namespace nnconv {

class AddStep : public Step {
 public:
  bool fit(const Shape& input, const Shape* other, Shape& result) override;
  void run(const double* input, const double* other, double* result,
           const Checkpoint& checkpoint) const override;
  bool is_in_place() const override { return true; }
  bool is_join() const override { return true; }
  bool is_back_in_place() const override { return true; }
  void back(const Gradients& gradients, const Checkpoint& checkpoint) const override;

 private:
  Index count_ = 0;
};

// Along the channels of images with this number of axes; the other value's come first.
class ConcatStep : public Step {
 public:
  explicit ConcatStep(int axes) : axes_(axes) {}

  bool fit(const Shape& input, const Shape* other, Shape& result) override;
  void run(const double* input, const double* other, double* result,
           const Checkpoint& checkpoint) const override;
  bool is_join() const override { return true; }
  void back(const Gradients& gradients, const Checkpoint& checkpoint) const override;

 private:
  int axes_;
  Index cells_ = 0, of_input_ = 0, of_other_ = 0;  // numbers of a cell
};

}  // namespace nnconv
