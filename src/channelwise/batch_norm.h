// Batch norm: brings the numbers of each channel to given means and variances, and its gradients.
//
//     y = (x - mean) / sqrt(variance + eps) * weight + bias
//
// In training, mean and variance are those of the batch and depend on x, too. Sums are in double
// precision, and deviations from means are computed before they are squared or scaled, so that
// channels far from zero lose no digits.
#pragma once

#include "arrays/array_layout.h"
#include "system/list.h"
#include "system/threads.h"

namespace nnconv {

// The mean of each channel, and the sum of the squares of its numbers' deviations from it.
template <class T>
void channel_moments(const ImageView& image, const T* x, double* means, double* squares,
                     const Checkpoint& checkpoint);

// `mean` and `variance` have a value for each channel, as do `weight` and `bias`, which may be
// null.
struct BatchNorm {
  const double *mean, *variance, *weight, *bias;
  double eps;
  bool in_training;  // mean and variance are those of x
};

// What the numbers of each channel are multiplied by.
List<double> channel_scales(Index channels, const BatchNorm& norm);

template <class T>
void batch_norm(const ImageView& image, const BatchNorm& norm, const T* x, T* y,
                const Checkpoint& checkpoint);

// Each gradient may be null if it is not wanted. `g` is the gradient of y.
template <class T>
struct BatchNormGradients {
  T* input;
  double *weight, *bias;
};

template <class T>
void batch_norm_gradient(const ImageView& image, const BatchNorm& norm, const T* x, const T* g,
                         const BatchNormGradients<T>& gradients, const Checkpoint& checkpoint);

}  // namespace nnconv
