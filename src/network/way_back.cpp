// Way back: which gradients are needed, where they lie, and the loop over the steps.
#include "network/way_back.h"

namespace nnconv {
namespace {

// Storages that are not buffers.
constexpr Index none = -1, given = -2, of_input = -3;

}  // namespace

WayBack::WayBack(Network& network, const Wanted& wanted, bool returns)
    : network_(network), wanted_(wanted) {
  const Index count = network.count();
  points_.push_back({wanted.input, none});
  for (Index i = 0; i < count; ++i) {
    const Step& step = network.step(i);
    const bool is_needed = points_[i].is_needed || (wanted.weight && step.has_weight()) ||
                           (wanted.bias && step.has_bias()) ||
                           (step.is_join() && points_[network.other(i)].is_needed);
    points_.push_back({is_needed, none});
  }
  network.plan_to_keep(runs_last(returns) ? count : count - 1, returns,
                       [this](Index value) { return is_kept(value); });
  points_[count].storage = given;
  moves_.resize(count);
  for (Index i = count - 1; i >= 0; --i) {
    if (!points_[i + 1].is_needed) continue;
    const Step& step = network.step(i);
    const Index in_place = step.is_back_in_place() ? points_[i + 1].storage : none;
    if (points_[i].is_needed) moves_[i].input = target(i, count - i, in_place);
    if (step.is_join() && points_[network.other(i)].is_needed) {
      moves_[i].other = target(network.other(i), count - i, none);
    }
  }
  buffers_.assign(none);
}

Wanted WayBack::wanted_by(Index step) const {
  return {points_[step].is_needed, wants_weight(step), wants_bias(step)};
}

bool WayBack::wants_weight(Index step) const {
  return wanted_.weight && network_.step(step).has_weight();
}

bool WayBack::wants_bias(Index step) const {
  return wanted_.bias && network_.step(step).has_bias();
}

// Does the step before or after a value read it on its way back?
bool WayBack::is_kept(Index value) const {
  const bool by_next = value < network_.count() && points_[value + 1].is_needed &&
                       network_.step(value).reads_input(wanted_by(value));
  return by_next ||
         (value > 0 && points_[value - 1].is_needed && network_.step(value - 1).reads_result());
}

bool WayBack::runs_last(bool returns) const {
  return returns || is_kept(network_.count());
}

// Where a step's share of a value's gradient is put at this time: in place of the storage
// `in_place`, if that is a buffer and the share is the first one.
WayBack::Target WayBack::target(Index value, Index time, Index in_place) {
  Point& point = points_[value];
  const double count = network_.shape(value).count();
  if (point.storage != none) return {value, buffers_.add(count, time), true, true};
  point.storage = value == 0 ? of_input : in_place >= 0 ? in_place : buffers_.add(count, time);
  if (point.storage >= 0) buffers_.use(point.storage, network_.count() - value + 1);
  return {value, point.storage, true, false};
}

void WayBack::run_forth(double* result, const Checkpoint& checkpoint) {
  network_.run(result, checkpoint);
}

void WayBack::run_back(const double* of_result, double* of_input_numbers,
                       const List<OfParameters>& of_parameters, const Checkpoint& checkpoint) {
  of_input_ = of_input_numbers;
  buffers_.allocate();
  for (Index i = network_.count() - 1; i >= 0; --i) {
    const Point& point = points_[i + 1];
    if (!point.is_needed) continue;
    const Step& step = network_.step(i);
    const Move& move = moves_[i];
    const auto to = [this](const Target& target) {
      return target.exists ? place(target.storage) : nullptr;
    };
    step.back({step.reads_input(wanted_by(i)) ? network_.numbers(i) : nullptr,
               step.reads_result() ? network_.numbers(i + 1) : nullptr,
               point.storage == given ? of_result : place(point.storage), to(move.input),
               to(move.other), of_parameters[i].weight, of_parameters[i].bias},
              checkpoint);
    add(move.input, checkpoint);
    add(move.other, checkpoint);
  }
}

// Adds the share to the sum of the later steps' ones.
void WayBack::add(const Target& target, const Checkpoint& checkpoint) {
  if (!target.is_added) return;
  double* const sum = place(points_[target.value].storage);
  const double* const share = place(target.storage);
  for_parts(static_cast<Index>(network_.shape(target.value).count()), checkpoint,
            [&](Index first, Index last) {
              for (Index i = first; i < last; ++i) sum[i] += share[i];
            });
}

}  // namespace nnconv
