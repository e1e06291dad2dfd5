// Direct weights: packs the weights that the direct algorithm holds at a time.
#pragma once

#include <algorithm>
#include <utility>

#include "algorithms/direct.h"
#include "packing/pack_weights.h"
#include "packing/packed_panels.h"

namespace nnconv {

// Consecutive panels whose packed weights are held at once, for some of the depth.
struct DirectBlock {
  Index group, first_panel, panels, first_depth, depth;
};

template <class T>
class DirectWeights {
 public:
  // Takes the plan's panels.
  DirectWeights(const Problem& problem, const Arrays& arrays, Plan<T>& plan)
      : p_(problem), a_(arrays), plan_(plan), panels_(std::move(plan.panels)) {
    list_taps();
    depth_at_once_ = std::min(plan_.depth, direct_depth_at_once(p_.taps));
    panels_.hold(p_.taps * padded(depth_at_once_), packed_bytes);
  }

  Index at_once() const { return panels_.at_once(); }  // panels of a block, at most

  template <class F>
  void for_blocks(const F& f) const {
    for (Index group = 0; group < plan_.groups; ++group) {
      for (Index first = 0; first < panels_.count(); first += at_once()) {
        const Index panels = std::min(at_once(), panels_.count() - first);
        for (Index depth = 0; depth < plan_.depth; depth += depth_at_once_) {
          f(DirectBlock{group, first, panels, depth,
                        std::min(depth_at_once_, plan_.depth - depth)});
        }
      }
    }
  }

  // Packs panel i of a block.
  void pack(const DirectBlock& block, Index i, PacedCheckpoint& pace) {
    for (const TapRange& taps : linked_taps_) {
      for (Index tap = taps.first; tap < taps.last; tap += packed_taps) {
        pace(packed_taps);
        pack_taps(block, i, tap, std::min(packed_taps, taps.last - tap));
      }
    }
    const Index images = plan_.family == Family::depthwise ? p_.to.batch : 1;
    panels_.set_start(i, block.first_panel + i, a_.bias,
                      [&](Index c) { return block.group * plan_.channels + c / images; });
  }

  const Panel<T>& panel(const DirectBlock& block, Index i) const {
    return panels_[block.first_panel + i];
  }
  const T* weights(Index i) { return panels_.weights(i); }
  const T* start(Index i) const { return panels_.start(i); }

  // The depth that is packed.
  Index padded(Index depth) const {
    return divide_up(depth, plan_.depth_multiple) * plan_.depth_multiple;
  }

 private:
  static constexpr Index packed_taps = Index(1) << 14;  // packed between checkpoints

  // On small images, many taps of a large kernel reach no cell. Their weights are not packed.
  void list_taps() {
    const TapRange rows = linked_taps(p_.rows), columns = linked_taps(p_.columns);
    const Index height = p_.kernel_height;
    if (rows.last - rows.first == height) {
      linked_taps_.push_back({columns.first * height, columns.last * height});
      return;
    }
    for (Index v = columns.first; v < columns.last; ++v) {
      linked_taps_.push_back({v * height + rows.first, v * height + rows.last});
    }
  }

  void pack_taps(const DirectBlock& block, Index i, Index tap, Index taps) {
    const Panel<T>& panel = this->panel(block, i);
    const double* const weight = a_.weight + tap * p_.weights.tap_step;
    T* const packed = panels_.weights(i);
    if (plan_.family == Family::depthwise) {
      pack_depthwise(weight, p_.weights, p_.to.batch, panel.channel, panel.channels, taps,
                     panel.width, packed + tap * panel.width);
      return;
    }
    const WeightBlock some = {block.group,       panel.channel, panel.channels,
                              block.first_depth, block.depth,   taps};
    T* const to = packed + tap * panel.width * padded(block.depth);
    if (plan_.family == Family::dot) {
      pack_dot_panel(weight, p_.weights, some, panel.width, padded(block.depth), to);
    } else {
      pack_panel(weight, p_.weights, some, panel.width, to);
    }
  }

  const Problem& p_;
  const Arrays& a_;
  const Plan<T>& plan_;
  PackedPanels<T> panels_;
  Index depth_at_once_;
  List<TapRange> linked_taps_;
};

}  // namespace nnconv
