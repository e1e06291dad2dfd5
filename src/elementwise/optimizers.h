// Optimizers: compute one step of Adam or of gradient descent, element by element.
// R/nn-optim-adam.R and R/nn-optim-sgd.R have the formulas.
#pragma once

#include <algorithm>

#include "system/eigen.h"
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

class Adam {
 public:
  double lr, beta[2], eps, weight_decay;
  bool decoupled;       // does weight decay bypass the averages?
  double corrected[2];  // 1 - beta^t

  void operator()(const ArraysBefore& in, Index first, Index last, const ArraysAfter& out) const {
    for (Index i = first; i < last; i += block) run(in, i, std::min(block, last - i), out);
  }

 private:
  static constexpr Index block = 512;
  using Numbers = Eigen::Map<Eigen::ArrayXd>;
  using Given = Eigen::Map<const Eigen::ArrayXd>;
  using Room = Eigen::Array<double, Eigen::Dynamic, 1, 0, block, 1>;

  void run(const ArraysBefore& in, Index first, Index count, const ArraysAfter& out) const {
    const Given p(in.parameters + first, count);
    const double coupled = decoupled ? 0 : weight_decay;
    const double kept = decoupled ? 1 - lr * weight_decay : 1;
    const Room g = Given(in.gradient + first, count) + coupled * p;
    const auto average = [&](int k, const auto& numbers) {
      Numbers to(out.averages[k] + first, count);
      if (in.averages[k] == nullptr) {
        to = (1 - beta[k]) * numbers;
      } else {
        to = beta[k] * Given(in.averages[k] + first, count) + (1 - beta[k]) * numbers;
      }
      return to;
    };
    const Numbers mean = average(0, g), square = average(1, g * g);
    Numbers(out.parameters + first, count) =
        kept * p - lr / corrected[0] * mean / ((square * (1 / corrected[1])).sqrt() + eps);
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
