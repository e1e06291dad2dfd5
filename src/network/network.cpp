// Network: the places of its values, and the loop over its steps.
#include "network/network.h"

#include <algorithm>

#include "network/elementwise_steps.h"
#include "network/plane_chain.h"

namespace nnconv {
namespace {

constexpr Index for_good = Index(1) << 62;
constexpr double most_numbers = 0x1p50;  // whose bytes an Index counts

}  // namespace

Network::Network(Index first, Index last) : first_(first) {
  values_.resize(last + 1);
}

void Network::give(Index value, const Shape& shape, const double* numbers) {
  values_[value].shape = shape;
  values_[value].numbers = numbers;
  values_[value].is_known = true;
}

bool Network::add(std::unique_ptr<Step> step, Index other) {
  if (!values_[end()].is_known || (other >= 0 && !values_[other].is_known)) return false;
  Value next;
  const Shape* const like = other >= 0 ? &values_[other].shape : nullptr;
  if (!step->fit(values_[end()].shape, like, next.shape)) return false;
  if (next.shape.count() > most_numbers) return false;
  next.is_known = true;
  values_[end() + 1] = next;
  steps_.push_back({std::move(step), other});
  return true;
}

void Network::cut(Index end) {
  while (this->end() > end) steps_.pop_back();
}

void Network::plan() {
  runs_ = count();
  count_readers();
  fold_steps();
  choose_planes();
  place_values(true);
}

void Network::plan_to_keep(Index runs, bool returns,
                           const std::function<bool(Index value)>& is_kept) {
  runs_ = runs;
  count_readers();
  for (Index value = first_; value <= end(); ++value) {
    if (is_kept(value)) values_[value].last_reader = for_good;
  }
  place_values(returns);
}

void Network::count_readers() {
  for (Index i = 0; i < steps_.size(); ++i) {
    const auto read = [&](Index value) {
      values_[value].last_reader = first_ + i + 1;
      ++values_[value].readers;
    };
    read(first_ + i);
    if (steps_[i].step->is_join()) read(steps_[i].other);
  }
  values_[end()].last_reader = end() + 1;
}

// The step that makes a value which just one step reads.
std::optional<Index> Network::maker(Index value) const {
  for (; value > first_ && values_[value].readers == 1; --value) {
    const Index step = value - first_ - 1;
    if (!steps_[step].step->is_identity()) return step;
  }
  return std::nullopt;
}

void Network::fold_steps() {
  for (Index i = 1; i < steps_.size(); ++i) {
    const std::optional<Index> before = maker(first_ + i);
    if (!before) continue;
    Step& into = *steps_[*before].step;
    const BatchNorm* const norm = steps_[i].step->norm();
    if ((norm && into.fold(*norm)) || into.finish_by(steps_[i].step)) {
      steps_[i].step = std::make_unique<IdentityStep>(false);
    }
  }
}

void Network::choose_planes() {
  List<PlaneLayer> layers;
  for (Index i = 0; i < steps_.size(); ++i) {
    const std::optional<PlanesOffer> offer = steps_[i].step->offer_planes();
    if (!offer) continue;
    const std::optional<Index> before = maker(first_ + i);
    const bool follows = before && layers.size() > 0 && layers.back().step == *before &&
                         steps_[*before].step->number_bytes() == steps_[i].step->number_bytes();
    layers.push_back({i, *offer, follows && offer->reads.has_value(), false});
  }
  choose_planes_of(layers);
  std::optional<PlaneImage> from, to;
  for (Index k = 0; k < layers.size(); ++k, from = to) {
    to = std::nullopt;
    if (!layers[k].is_by_planes) continue;
    Step& step = *steps_[layers[k].step].step;
    if (reads_planes(layers, k + 1)) {
      const PlaneImage& wanted = *layers[k + 1].offer.reads;
      const bool by_columns = from ? from->is_by_columns : wanted.is_by_columns;
      to = wanted.with_lines(by_columns, step.number_bytes());
      values_[first_ + layers[k].step + 1].room =
          static_cast<double>(divide_up(to->count() * step.number_bytes(), 8));
    }
    step.take_planes(from, to);
  }
}

// The storage that the step's result may take over from what the step reads, or a negative number.
Index Network::storage_in_place(Index i) const {
  if (!steps_[i].step->is_in_place()) return -1;
  const auto is_free = [&](Index value) {
    const Index storage = values_[value].storage;
    return storage >= 0 && buffers_.end(storage) == first_ + i + 1;
  };
  if (is_free(first_ + i)) return values_[first_ + i].storage;
  const Index other = steps_[i].other;
  if (steps_[i].step->is_join() && is_free(other)) return values_[other].storage;
  return -1;
}

void Network::place_values(bool returns) {
  for (Index i = 0; i < runs_; ++i) {
    const Index made = first_ + i + 1;
    Value& value = values_[made];
    if (steps_[i].step->is_identity()) {
      value.storage = values_[made - 1].storage;
      value.numbers = values_[made - 1].numbers;
    } else {
      value.storage = storage_in_place(i);
      if (value.storage < 0) {
        value.storage = buffers_.add(value.room > 0 ? value.room : value.shape.count(), made);
      }
    }
    if (value.storage >= 0) buffers_.use(value.storage, value.last_reader);
  }
  buffers_.assign(returns ? values_[end()].storage : -1);
}

double Network::bytes() const {
  double scratch = 0;
  for (const Place& place : steps_) scratch = std::max(scratch, place.step->scratch_bytes());
  return sizeof(double) * buffers_.count() + scratch;
}

const double* Network::numbers(Index value) {
  const Value& from = values_[value];
  return from.storage < 0 ? from.numbers : buffers_.numbers(from.storage, result_);
}

void Network::run(double* result, const Checkpoint& checkpoint) {
  result_ = result;
  buffers_.allocate();
  for (Index i = 0; i < runs_; ++i) {
    const Place& place = steps_[i];
    if (place.step->is_identity()) continue;
    const double* const other = place.step->is_join() ? numbers(place.other) : nullptr;
    place.step->run(numbers(first_ + i), other,
                    buffers_.numbers(values_[first_ + i + 1].storage, result), checkpoint);
  }
}

}  // namespace nnconv
