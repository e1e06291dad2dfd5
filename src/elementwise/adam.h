// Adam: computes one step of the optimizer, element by element. R/nn-optim-adam.R has the formula.
#pragma once

#include <cmath>

#include "system/index.h"

namespace nnconv {

struct AdamRates {
  double lr, beta[2], eps, weight_decay;
  double corrected[2];  // 1 - beta^t
};

// `mean` and `square` are the running means before the step; before the first step they are null.
struct AdamInput {
  const double *parameters, *gradient, *mean, *square;
};

struct AdamOutput {
  double *parameters, *mean, *square;
};

inline void adam_step(const AdamRates& r, const AdamInput& in, Index first, Index last,
                      const AdamOutput& out) {
  for (Index i = first; i < last; ++i) {
    const double g = in.gradient[i] + r.weight_decay * in.parameters[i];
    const double mean = in.mean == nullptr ? 0 : in.mean[i];
    const double square = in.square == nullptr ? 0 : in.square[i];
    out.mean[i] = r.beta[0] * mean + (1 - r.beta[0]) * g;
    out.square[i] = r.beta[1] * square + (1 - r.beta[1]) * (g * g);
    out.parameters[i] = in.parameters[i] - r.lr * (out.mean[i] / r.corrected[0]) /
                                               (std::sqrt(out.square[i] / r.corrected[1]) + r.eps);
  }
}

}  // namespace nnconv
