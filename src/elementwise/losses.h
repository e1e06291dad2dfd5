// Losses: their values and derivatives, element by element. R/nn-losses.R has the formulas.
//
// NaN in either array makes a value or a derivative NaN.
#pragma once

#include <algorithm>
#include <cmath>

#include "system/index.h"

namespace nnconv {

struct SquaredError {
  static double value(double y, double target) { return (y - target) * (y - target); }
  static double derivative(double y, double target) { return 2 * (y - target); }
};

struct AbsoluteError {
  static double value(double y, double target) { return std::abs(y - target); }
  static double derivative(double y, double target) {
    const double difference = y - target;
    return difference > 0 ? 1 : difference < 0 ? -1 : difference;
  }
};

// The cross entropy of a target from 0 to 1 and the logistic function of y. No exponential
// overflows.
struct LogisticLoss {
  static double value(double y, double target) {
    return (y > 0 ? (1 - target) * y : -target * y) + std::log1p(std::exp(-std::abs(y)));
  }
  static double derivative(double y, double target) {
    const double small = std::exp(-std::abs(y));
    return (y > 0 ? 1 : small) / (1 + small) - target;
  }
};

// The scores of one site, a channel every `step` elements.
struct Scores {
  const double* first;
  Index channels, step;

  double operator[](Index channel) const { return first[channel * step]; }

  // The logarithm of the sum of exp(score), without overflow.
  double log_sum() const {
    double largest = first[0];
    for (Index c = 1; c < channels; ++c) largest = std::max(largest, (*this)[c]);
    double sum = 0;
    for (Index c = 0; c < channels; ++c) sum += std::exp((*this)[c] - largest);
    return largest + std::log(sum);
  }
};

// The cross entropy with the class that `target`, from 1, numbers.
struct ClassTarget {
  static double value(const Scores& y, const double* target, Index) {
    return y.log_sum() - y[static_cast<Index>(*target) - 1];
  }
  static void gradient(const Scores& y, const double* target, Index, double scale, double* result) {
    const double log_sum = y.log_sum();
    const Index right = static_cast<Index>(*target) - 1;
    for (Index c = 0; c < y.channels; ++c) {
      result[c * y.step] = scale * (std::exp(y[c] - log_sum) - (c == right ? 1 : 0));
    }
  }
};

// The cross entropy with probabilities of all classes, one every `step` elements.
struct ProbabilityTarget {
  static double value(const Scores& y, const double* target, Index step) {
    const double log_sum = y.log_sum();
    double sum = 0;
    for (Index c = 0; c < y.channels; ++c) {
      if (target[c * step] != 0) sum += target[c * step] * (log_sum - y[c]);
    }
    return sum;
  }
  static void gradient(const Scores& y, const double* target, Index step, double scale,
                       double* result) {
    const double log_sum = y.log_sum();
    double total = 0;
    for (Index c = 0; c < y.channels; ++c) total += target[c * step];
    for (Index c = 0; c < y.channels; ++c) {
      result[c * y.step] = scale * (std::exp(y[c] - log_sum) * total - target[c * step]);
    }
  }
};

}  // namespace nnconv
