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
    const Index times = plan_.groups * divide_up(plan_.depth, depth_at_once_);
    panels_.hold_kept(p_.taps * padded(depth_at_once_), packed_bytes, times, a_.weights_id,
                      [&] { return order(); });
  }

  Index at_once() const { return panels_.at_once(); }  // panels of a block, at most

  // Calls f(block) for all blocks.
  template <class F>
  void for_blocks(const F& f) {
    Index number = 0;
    for (Index group = 0; group < plan_.groups; ++group) {
      for (Index first = 0; first < panels_.count(); first += at_once()) {
        const Index panels = std::min(at_once(), panels_.count() - first);
        for (Index depth = 0; depth < plan_.depth; depth += depth_at_once_) {
          panels_.start_block(number++);
          f(DirectBlock{group, first, panels, depth,
                        std::min(depth_at_once_, plan_.depth - depth)});
        }
      }
    }
    panels_.keep();
  }

  // Were they packed by a call before?
  bool are_packed() const { return panels_.are_packed(); }

  // Packs panel i of a block, unless it is packed.
  void pack(const DirectBlock& block, Index i, PacedCheckpoint& pace) {
    for (const TapRange& taps : linked_taps_) {
      for (Index tap = taps.first; tap < taps.last && !are_packed(); tap += packed_taps) {
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

  // What the packed numbers depend on, besides weights and panels.
  PackedOrder order() const {
    const WeightView& view = p_.weights;
    PackedOrder order = {direct_reader,      static_cast<Index>(plan_.family),
                         plan_.table->lanes, plan_.depth_multiple,
                         depth_at_once_,     p_.groups,
                         p_.depth(),         p_.channels(),
                         p_.to.batch,        p_.taps,
                         view.channel_step,  view.depth_step,
                         view.tap_step,      view.group_step};
    for (const TapRange& taps : linked_taps_) order.insert(order.end(), {taps.first, taps.last});
    return order;
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
