// Elementwise steps: their loops.
#include "network/elementwise_steps.h"

#include "elementwise/activations.h"
#include "elementwise/relu.h"

namespace nnconv {

bool IdentityStep::fit(const Shape& input, const Shape*, Shape& result) {
  result = input;
  return !of_images_ || input.image(2);
}

bool ActivationStep::fit(const Shape& input, const Shape*, Shape& result) {
  count_ = static_cast<Index>(input.count());
  result = input;
  return true;
}

void ActivationStep::run(const double* input, const double*, double* result,
                         const Checkpoint& checkpoint) const {
  for_parts(count_, checkpoint,
            [&](Index first, Index last) { apply(input + first, last - first, result + first); });
}

void ReluStep::apply(const double* x, Index length, double* y) const {
  rectify(x, slope_, x, length, y);
}

void SigmoidStep::apply(const double* x, Index length, double* y) const {
  for (Index i = 0; i < length; ++i) y[i] = sigmoid(x[i]);
}

void TanhStep::apply(const double* x, Index length, double* y) const {
  for (Index i = 0; i < length; ++i) y[i] = std::tanh(x[i]);
}

}  // namespace nnconv
