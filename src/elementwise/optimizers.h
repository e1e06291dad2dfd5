// Optimizers: compute one step of Adam or of gradient descent, element by element.
// R/nn-optim-adam.R and R/nn-optim-sgd.R have the formulas.
#pragma once

#include <cmath>

#include "system/index.h"

namespace nnconv {

// The arrays before a step. Before the first one, there are no running averages: they are null.
struct ArraysBefore {
  const double *parameters, *gradient, *averages[2];
};

// The arrays after a step, which may be the same memory.
struct ArraysAfter {
  double *parameters, *averages[2];
};

struct Adam {
  double lr, beta[2], eps, weight_decay;
  bool decoupled;       // does weight decay bypass the averages?
  double corrected[2];  // 1 - beta^t

  void operator()(const ArraysBefore& in, Index first, Index last, const ArraysAfter& out) const {
    const double coupled = decoupled ? 0 : weight_decay;
    const double kept = decoupled ? 1 - lr * weight_decay : 1;
    for (Index i = first; i < last; ++i) {
      const double p = in.parameters[i];
      const double g = in.gradient[i] + coupled * p;
      const double before[2] = {in.averages[0] == nullptr ? 0 : in.averages[0][i],
                                in.averages[1] == nullptr ? 0 : in.averages[1][i]};
      const double mean = beta[0] * before[0] + (1 - beta[0]) * g;
      const double square = beta[1] * before[1] + (1 - beta[1]) * (g * g);
      out.averages[0][i] = mean;
      out.averages[1][i] = square;
      out.parameters[i] =
          kept * p - lr * (mean / corrected[0]) / (std::sqrt(square / corrected[1]) + eps);
    }
  }
};

// Gradient descent; without momentum, `averages` are not used.
struct Sgd {
  double lr, momentum, dampening, weight_decay;
  bool nesterov;

  void operator()(const ArraysBefore& in, Index first, Index last, const ArraysAfter& out) const {
    for (Index i = first; i < last; ++i) {
      const double p = in.parameters[i];
      double g = in.gradient[i] + weight_decay * p;
      if (momentum != 0) {
        const double velocity =
            in.averages[0] == nullptr ? g : momentum * in.averages[0][i] + (1 - dampening) * g;
        out.averages[0][i] = velocity;
        g = nesterov ? g + momentum * velocity : velocity;
      }
      out.parameters[i] = p - lr * g;
    }
  }
};

}  // namespace nnconv
