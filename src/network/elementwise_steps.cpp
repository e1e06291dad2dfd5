// Elementwise steps: their loops.
#include "network/elementwise_steps.h"

#include <algorithm>

#include "elementwise/activations.h"
#include "elementwise/relu.h"

namespace nnconv {

bool IdentityStep::fit(const Shape& input, const Shape*, Shape& result) {
  count_ = static_cast<Index>(input.count());
  result = input;
  return !of_images_ || input.image(2);
}

void IdentityStep::back(const Gradients& g, const Checkpoint& checkpoint) const {
  if (g.of_input == g.of_result) return;
  for_parts(count_, checkpoint, [&](Index first, Index last) {
    std::copy(g.of_result + first, g.of_result + last, g.of_input + first);
  });
}

bool ActivationStep::fit(const Shape& input, const Shape*, Shape& result) {
  count_ = static_cast<Index>(input.count());
  result = input;
  return true;
}

void ActivationStep::run(const double* input, const double*, double* result,
                         const Checkpoint& checkpoint) const {
  for_parts(count_, checkpoint, [&](Index first, Index last) {
    evaluate(input + first, last - first, result + first);
  });
}

void ActivationStep::back(const Gradients& g, const Checkpoint& checkpoint) const {
  const double* const x = reads_result() ? g.result : g.input;
  for_parts(count_, checkpoint, [&](Index first, Index last) {
    apply_back(x + first, g.of_result + first, last - first, g.of_input + first);
  });
}

void ReluStep::evaluate(const double* x, Index length, double* y) const {
  rectify(x, slope_, x, length, y);
}

void ReluStep::apply_back(const double* x, const double* g, Index length, double* to) const {
  rectify(x, slope_, g, length, to);
}

void SigmoidStep::evaluate(const double* x, Index length, double* y) const {
  for (Index i = 0; i < length; ++i) y[i] = sigmoid(x[i]);
}

void SigmoidStep::apply_back(const double* y, const double* g, Index length, double* to) const {
  for (Index i = 0; i < length; ++i) to[i] = g[i] * sigmoid_slope(y[i]);
}

void TanhStep::evaluate(const double* x, Index length, double* y) const {
  for (Index i = 0; i < length; ++i) y[i] = std::tanh(x[i]);
}

void TanhStep::apply_back(const double* y, const double* g, Index length, double* to) const {
  for (Index i = 0; i < length; ++i) to[i] = g[i] * tanh_slope(y[i]);
}

}  // namespace nnconv
