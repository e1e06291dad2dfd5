// Packed panels: the panels of a plan that are held at once, their weights, and the values that
// their sums start from.
#pragma once

#include <algorithm>
#include <limits>
#include <utility>

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
    slot_ = widest_ * depth;
    const Index slot_bytes = slot_ * static_cast<Index>(sizeof(T));
    at_once_ = std::clamp<Index>(bytes / slot_bytes, 1, count());
    weights_.room(at_once_ * slot_);
    start_.resize(at_once_ * widest_);
  }
  void hold_all(Index depth) { hold(depth, std::numeric_limits<Index>::max()); }

  T* weights(Index slot) { return weights_.room(0) + slot * slot_; }
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
  List<Panel<T>> panels_;
  Index widest_, slot_ = 0, at_once_ = 0;
  Scratch<T> weights_;
  List<T> start_;
};

}  // namespace nnconv
