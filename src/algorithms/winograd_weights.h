// Winograd weights: packs the weights of all taps as pack_weights.h does, and multiplies them by
// the matrices of both axes, which turns taps into points. Holds those of some panels at a time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include "algorithms/winograd_items.h"
#include "kernels/dispatch.h"
#include "packing/pack_weights.h"
#include "packing/packed_panels.h"
#include "system/scratch.h"

namespace nnconv {

// The weights of the points, those of the columns fastest, lie `point_step` apart in `out`.
template <class T>
void pack_transformed(const double* weight, const Problem& p, const SpanTiles& tiles,
                      const WeightBlock& block, Index width, Index point_step, Scratch<T>& scratch,
                      T* out) {
  const AxisTiles &row = tiles.row, &column = tiles.column;
  const Transforms<T>* const transforms = kernels<T>().transforms;
  const Index n = block.depth * width;
  T* const packed = scratch.room((row.taps + row.points) * column.taps * n);
  T* const between = packed + row.taps * column.taps * n;
  const T* in[most_points];
  T* to[most_points];
  for (int v = 0; v < column.taps; ++v) {
    for (int u = 0; u < row.taps; ++u) {
      const Index tap = row.component->taps[u] + p.kernel_height * column.component->taps[v];
      T* const panel = packed + (v * row.taps + u) * n;
      pack_panel(weight + tap * p.weights.tap_step, p.weights, block, width, panel);
      in[u] = panel;
    }
    for (int a = 0; a < row.points; ++a) to[a] = between + (a * column.taps + v) * n;
    transforms[row.taps - 1].weights(in, to, n);
  }
  for (int a = 0; a < row.points; ++a) {
    for (int v = 0; v < column.taps; ++v) in[v] = between + (a * column.taps + v) * n;
    for (int b = 0; b < column.points; ++b) to[b] = out + (a * column.points + b) * point_step;
    transforms[column.taps - 1].weights(in, to, n);
  }
}

template <class T>
class WinogradWeights {
 public:
  // Takes the plan's panels.
  WinogradWeights(const Problem& problem, const Arrays& arrays, const SpanTiles& tiles,
                  Plan<T>& plan)
      : p_(problem),
        a_(arrays),
        tiles_(tiles),
        plan_(plan),
        panels_(std::move(plan.panels)),
        no_start_(repeated(panels_.widest(), T(0))),
        depth_at_once_(std::min(plan_.depth, winograd_depth_at_once(plan_.depth, points()))) {
    const Index times = plan_.groups * divide_up(plan_.depth, depth_at_once_);
    panels_.hold_kept(points() * depth_at_once_, weight_bytes, times, a_.weights_id,
                      [&] { return order(); });
  }

  Index points() const { return tiles_.points(); }
  Index depth_at_once() const { return depth_at_once_; }
  Index widest() const { return panels_.widest(); }
  bool are_several_blocks() const { return panels_.at_once() < panels_.count(); }

  // Calls f(block) for all blocks.
  template <class F>
  void for_blocks(const F& f) {
    Index number = 0;
    for (Index group = 0; group < plan_.groups; ++group) {
      for (Index depth = 0; depth < plan_.depth; depth += depth_at_once_) {
        for (Index first = 0; first < panels_.count(); first += panels_.at_once()) {
          panels_.start_block(number++);
          f(WinogradBlock{group, first, std::min(panels_.at_once(), panels_.count() - first), depth,
                          std::min(depth_at_once_, plan_.depth - depth)});
        }
      }
    }
    panels_.keep();
  }

  // The parts that a block is packed in: some of a panel's depth. None if it is packed.
  Index parts(const WinogradBlock& block) const {
    if (panels_.are_packed()) return 0;
    return block.panels * divide_up(block.depth, packed_depth);
  }
  void pack(const WinogradBlock& block, Index part, Scratch<T>& scratch) {
    const Index i = part % block.panels, first = part / block.panels * packed_depth;
    const Panel<T>& panel = this->panel(block, i);
    const Index depth = std::min(packed_depth, block.depth - first);
    pack_transformed(
        a_.weight, p_, tiles_,
        {block.group, panel.channel, panel.channels, block.first_depth + first, depth, 1},
        panel.width, block.depth * panel.width, scratch, panels_.weights(i) + first * panel.width);
  }

  // Sets what the sums of the block's panels start from.
  void set_start(const WinogradBlock& block, const double* bias) {
    for (Index i = 0; i < block.panels; ++i) {
      panels_.set_start(i, block.first_panel + i, bias,
                        [&](Index c) { return block.group * plan_.channels + c; });
    }
  }

  const Panel<T>& panel(const WinogradBlock& block, Index i) const {
    return panels_[block.first_panel + i];
  }
  const T* weights(Index i) { return panels_.weights(i); }
  // Of a point of panel i: the bias is that of one of them.
  const T* start(Index i, Index point) const {
    const AxisTiles &row = tiles_.row, &column = tiles_.column;
    const Index one = point_one(row.taps) * column.points + point_one(column.taps);
    return point == one ? panels_.start(i) : no_start_.data();
  }

 private:
  static constexpr Index packed_depth = 32;  // of the weights transformed at a time

  // What the packed numbers depend on, besides weights and panels. Transforms of other instruction
  // sets round otherwise.
  PackedOrder order() const {
    const WeightView& view = p_.weights;
    PackedOrder order = {winograd_reader, p_.kernel_height, depth_at_once_,    p_.groups,
                         p_.depth(),      p_.channels(),    view.channel_step, view.depth_step,
                         view.tap_step,   view.group_step};
    order.push_back(static_cast<Index>(reinterpret_cast<std::intptr_t>(plan_.table)));
    for (const AxisTiles* axis : {&tiles_.row, &tiles_.column}) {
      order.insert(order.end(), {axis->taps, axis->points});
      for (int i = 0; i < axis->taps; ++i) order.push_back(axis->component->taps[i]);
    }
    return order;
  }

  const Problem& p_;
  const Arrays& a_;
  SpanTiles tiles_;
  const Plan<T>& plan_;
  PackedPanels<T> panels_;
  List<T> no_start_;
  Index depth_at_once_;
};

}  // namespace nnconv
