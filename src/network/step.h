// Step: what a network does with a value to make the next one.
//
// A value is an array of doubles, or planes between two layers. A step reads the value before it
// and, in skips, another one, whose numbers or whose size it takes. Each kind of step is a class of
// its own.
#pragma once

#include <memory>

#include "channelwise/batch_norm.h"
#include "convolution/convolution.h"
#include "network/shape.h"
#include "system/threads.h"

namespace nnconv {

// The gradients that a call is to compute.
struct Wanted {
  bool input, weight, bias;
};

// What the way back of a step reads, and where it puts the gradients, each of which may be null.
struct Gradients {
  const double *input, *result;  // null where the step does not ask for them
  const double* of_result;
  double *of_input, *of_other, *of_weight, *of_bias;
};

// The moments of a batch (channelwise/batch_norm.h), of `count` numbers in each channel.
struct BatchMoments {
  Index channels, count;
  const double *mean, *squares;
};

class Step {
 public:
  virtual ~Step() = default;

  // Sets the shape of the result; `other` may be null. False if the step does not take such values.
  // All else is asked after this.
  virtual bool fit(const Shape& input, const Shape* other, Shape& result) = 0;

  // Writes every element of the result.
  virtual void run(const double* input, const double* other, double* result,
                   const Checkpoint& checkpoint) const = 0;

  // Is the result the input itself? Then nothing runs.
  virtual bool is_identity() const { return false; }

  // May the result take the place of what is read?
  virtual bool is_in_place() const { return false; }

  // Does the step read the numbers of the other value?
  virtual bool is_join() const { return false; }

  // The bytes that run() takes besides the values.
  virtual double scratch_bytes() const { return 0; }

  // The normalization of channels that the step is, if it is one.
  virtual const BatchNorm* norm() const { return nullptr; }

  // The parameters that the step has.
  virtual bool has_weight() const { return false; }
  virtual bool has_bias() const { return false; }

  // Does the way back read the input's, or the result's, numbers?
  virtual bool reads_input(const Wanted&) const { return false; }
  virtual bool reads_result() const { return false; }

  // May the gradient of the input take the place of that of the result?
  virtual bool is_back_in_place() const { return false; }

  // Writes every element of the gradients that are not null.
  virtual void back(const Gradients& gradients, const Checkpoint& checkpoint) const = 0;

  // The moments that a run has found, if it looks for some.
  virtual std::optional<BatchMoments> moments() const { return std::nullopt; }

  // Takes over the normalization of the step's result. False if it stays a step of its own.
  virtual bool fold(const BatchNorm&) { return false; }

  // Is the step a function of single numbers, which may depend on their channel?
  virtual bool is_pointwise() const { return false; }
  virtual void apply(Index /*channel*/, double* /*numbers*/, Index /*count*/) const {}

  // Takes over the pointwise step after it. If that is false, `next` stays as it was.
  virtual bool finish_by(std::unique_ptr<Step>& /*next*/) { return false; }

  // What planes would save, if the step is a layer that may run by them (algorithms/planes.h).
  virtual std::optional<PlanesOffer> offer_planes() const { return std::nullopt; }

  // Makes the step run by planes, and read and write those that are given instead of arrays.
  virtual void take_planes(const std::optional<PlaneImage>& /*from*/,
                           const std::optional<PlaneImage>& /*to*/) {}

  // The bytes of a number of planes.
  virtual Index number_bytes() const { return sizeof(double); }
};

}  // namespace nnconv
