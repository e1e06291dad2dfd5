// Step: what a network does with a value to make the next one.
//
// A value is an array of doubles. A step reads the value before it and, in skips, another one,
// whose numbers or whose size it takes. Each kind of step is a class of its own.
#pragma once

#include "channelwise/batch_norm.h"
#include "network/shape.h"
#include "system/threads.h"

namespace nnconv {

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

  // Takes over the normalization of the step's result. False if it stays a step of its own.
  virtual bool fold(const BatchNorm&) { return false; }
};

}  // namespace nnconv
