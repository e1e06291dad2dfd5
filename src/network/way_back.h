// Way back: computes the gradients of a network, from its last step to its first.
//
// A call first runs the steps and keeps what their way back reads. The gradient of a value is the
// sum of what the steps that read it give back, the later ones first. It lies in a buffer until the
// step that made the value has read it.
#pragma once

#include "network/network.h"

namespace nnconv {

class WayBack {
 public:
  // The gradients of a step's parameters, which are null where they are not wanted.
  struct OfParameters {
    double *weight, *bias;
  };

  // The first value of the network is 0. If it `returns`, the result is wanted as well.
  WayBack(Network& network, const Wanted& wanted, bool returns);

  bool wants_weight(Index step) const;
  bool wants_bias(Index step) const;

  // The bytes that the call takes besides what it returns.
  double bytes() const { return network_.bytes() + sizeof(double) * buffers_.count(); }

  // Runs the steps; `result` may be null where it is not wanted.
  void run_forth(double* result, const Checkpoint& checkpoint);

  void run_back(const double* of_result, double* of_input, const List<OfParameters>& of_parameters,
                const Checkpoint& checkpoint);

 private:
  struct Point {  // of a value
    bool is_needed;
    Index storage;  // of its gradient
  };
  struct Target {  // of what a step gives back
    Index value = 0, storage = 0;
    bool exists = false, is_added = false;
  };
  struct Move {
    Target input, other;
  };

  Wanted wanted_by(Index step) const;
  bool is_kept(Index value) const;
  bool runs_last(bool returns) const;
  Target target(Index value, Index time, Index in_place);
  double* place(Index storage) {
    return storage < 0 ? of_input_ : buffers_.numbers(storage, nullptr);
  }
  void add(const Target& target, const Checkpoint& checkpoint);

  Network& network_;
  Wanted wanted_;
  List<Point> points_;
  List<Move> moves_;
  Buffers buffers_;
  double* of_input_ = nullptr;
};

}  // namespace nnconv
