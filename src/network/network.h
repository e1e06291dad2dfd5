// Network: steps one after the other, whose values lie in a few buffers that are used again.
//
// Value i + 1 is the result of step i; values from outside are given. A value keeps its place until
// the last step that reads it has run. Steps that may run in place write where they read, if
// nothing reads that later. A normalization of channels is folded into the layer before it where
// that is possible and nothing else reads what is between; so is a function of single numbers.
// Layers that follow each other may leave their results in planes (network/plane_chain.h).
#pragma once

#include <functional>
#include <memory>

#include "network/buffers.h"
#include "network/step.h"

namespace nnconv {

class Network {
 public:
  // The first step reads value `first`; the steps of the whole chain make values up to `last`.
  Network(Index first, Index last);

  // A value from outside, up to the first.
  void give(Index value, const Shape& shape, const double* numbers);

  // Adds a step, which also reads the value `other`, unless that is negative. False if it does not
  // take these values; it is then not added.
  bool add(std::unique_ptr<Step> step, Index other);

  // The value that the last step makes.
  Index end() const { return first_ + steps_.size(); }

  // Removes the steps that make the values after this one.
  void cut(Index end);

  // Places the values, folds steps into others and chooses planes, after which nothing is added.
  void plan();

  // Places the values of the first `runs` steps, of which those that `is_kept` tells keep their
  // places for good. If it `returns`, a run gets the memory of the result.
  void plan_to_keep(Index runs, bool returns, const std::function<bool(Index value)>& is_kept);

  Index count() const { return steps_.size(); }
  const Step& step(Index i) const { return *steps_[i].step; }
  Index other(Index i) const { return steps_[i].other; }
  const Shape& shape(Index value) const { return values_[value].shape; }

  const Shape& result_shape() const { return values_[end()].shape; }

  // The numbers of the result, if it is a value from outside, or null.
  const double* given_result() const { return values_[end()].numbers; }

  // The bytes that a run takes besides its result.
  double bytes() const;

  // Takes the buffers, and runs the steps that were planned. The memory of the result may hold
  // other values before.
  void run(double* result, const Checkpoint& checkpoint);

  // The numbers of a value, in a run or after it.
  const double* numbers(Index value);

 private:
  struct Place {
    std::unique_ptr<Step> step;
    Index other;
  };

  struct Value {
    Shape shape;
    bool is_known = false;
    const double* numbers = nullptr;  // of a value from outside
    Index last_reader = -1;           // the value that the last step makes which reads it
    Index readers = 0;
    Index storage = -1;
    double room = 0;  // in doubles
  };

  void count_readers();
  std::optional<Index> maker(Index value) const;
  void fold_steps();
  void choose_planes();
  void place_values(bool returns);
  Index storage_in_place(Index step) const;

  Index first_, runs_ = 0;
  double* result_ = nullptr;
  List<Place> steps_;
  List<Value> values_;
  Buffers buffers_;
};

}  // namespace nnconv
