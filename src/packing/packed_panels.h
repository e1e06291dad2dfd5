// Packed panels: the panels of a plan that are held at once, their weights, and the values that
// their sums start from.
#pragma once

#include <algorithm>
#include <limits>
#include <utility>

#include "packing/kept_weights.h"
#include "packing/plan.h"
#include "system/list.h"
#include "system/scratch.h"

namespace nnconv {

template <class T>
class PackedPanels {
 public:
  explicit PackedPanels(List<Panel<T>> panels)
      : panels_(std::move(panels)), widest_(widest_panel(panels_)) {}

  Index count() const { return panels_.size(); }
  Index widest() const { return widest_; }
  Index at_once() const { return at_once_; }
  const Panel<T>& operator[](Index i) const { return panels_[i]; }

  // Makes slots for panels of `depth` weights per channel, links and taps included: as many as fit
  // into `bytes`, but at least one.
  void hold(Index depth, Index bytes) {
    make_slots(depth, bytes);
    numbers_ = weights_.room(at_once_ * slot_);
  }
  void hold_all(Index depth) { hold(depth, std::numeric_limits<Index>::max()); }

  // The same, for all panels `times` times, in blocks. If weights of this identity are kept, all
  // blocks are; make_order() lists all that the numbers depend on, besides the panels.
  template <class MakeOrder>
  void hold_kept(Index depth, Index bytes, Index times, WeightsId id, const MakeOrder& make_order) {
    make_slots(depth, bytes);
    kept_ = {};
    if (id != 0) {
      PackedOrder order = make_order();
      order.insert(order.end(), {Index{sizeof(T)}, slot_, at_once_, count(), times});
      for (const Panel<T>& panel : panels_) {
        order.insert(order.end(), {panel.channel, panel.channels, panel.width});
      }
      const Index block_bytes = at_once_ * slot_ * static_cast<Index>(sizeof(T));
      kept_.find(id, std::move(order), times * divide_up(count(), at_once_) * block_bytes);
    }
    start_block(0);
  }
  // Goes on to a block.
  void start_block(Index block) {
    T* const kept = static_cast<T*>(kept_.numbers());
    const Index numbers = at_once_ * slot_;
    numbers_ = kept ? kept + block * numbers : weights_.room(numbers);
  }
  bool are_packed() const { return kept_.are_packed(); }  // by a call before
  void keep() { kept_.keep(); }                           // once all blocks are packed

  T* weights(Index slot) { return numbers_ + slot * slot_; }
  const T* start(Index slot) const { return start_.data() + slot * widest_; }

  // Sets the values that the sums of panel i, held in `slot`, start from: bias[channel_of(c)] for
  // its channels c, or 0 if `bias` is null.
  template <class ChannelOf>
  void set_start(Index slot, Index i, const double* bias, const ChannelOf& channel_of) {
    const Panel<T>& panel = panels_[i];
    T* const start = start_.data() + slot * widest_;
    for (Index c = 0; c < panel.width; ++c) {
      const bool is_present = bias != nullptr && c < panel.channels;
      start[c] = is_present ? static_cast<T>(bias[channel_of(panel.channel + c)]) : T(0);
    }
  }

 private:
  void make_slots(Index depth, Index bytes) {
    slot_ = widest_ * depth;
    const Index slot_bytes = slot_ * static_cast<Index>(sizeof(T));
    at_once_ = std::clamp<Index>(bytes / slot_bytes, 1, count());
    start_.assign(at_once_ * widest_, T(0));
  }

  List<Panel<T>> panels_;
  Index widest_, slot_ = 0, at_once_ = 0;
  Scratch<T> weights_;
  KeptWeights kept_;
  T* numbers_ = nullptr;
  List<T> start_;
};

}  // namespace nnconv
