// Group panels: the packed weights of all groups of a layer whose taps some cell is linked by.
#pragma once

#include <limits>

#include "algorithms/plane_axis.h"
#include "algorithms/problem.h"
#include "packing/pack_weights.h"
#include "packing/packed_panels.h"

namespace nnconv {

template <class T>
class GroupPanels {
 public:
  // `panels` cover the channels of one group, of which every `biases` have the same biases.
  GroupPanels(const Problem& problem, const Arrays& arrays, const List<Panel<T>>& panels,
              Index biases, const PlaneAxis& rows, const PlaneAxis& columns)
      : p_(problem),
        a_(arrays),
        biases_(biases),
        rows_(rows),
        columns_(columns),
        each_(panels.size()),
        panels_(repeat(panels, p_)) {
    panels_.hold_kept(rows.linked_taps() * columns.linked_taps() * p_.depth(),
                      std::numeric_limits<Index>::max(), 1, a_.weights_id, [&] { return order(); });
  }

  // Packs those of one group, unless they are packed.
  void pack(Index group, PacedCheckpoint& pace) {
    for (Index i = group * each_; i < (group + 1) * each_; ++i) {
      const Panel<T>& panel = panels_[i];
      const WeightBlock block = {
          group, panel.channel - group * p_.channels(), panel.channels, 0, p_.depth(), 1};
      const double* const from = block.first_of(a_.weight, p_.weights);
      for (Index v = 0; v < columns_.taps() && !panels_.are_packed(); ++v) {
        for (Index u = 0; u < rows_.taps(); ++u) {
          if (rows_.tap_place(u) < 0 || columns_.tap_place(v) < 0) continue;
          pack_tap(from + (u + p_.kernel_height * v) * p_.weights.tap_step, p_.weights, block,
                   panel.width, panels_.weights(i) + place(u, v) * p_.depth() * panel.width);
          pace();
        }
      }
      panels_.set_start(i, i, a_.bias, [&](Index c) { return group * biases_ + c % biases_; });
    }
  }

  void keep() { panels_.keep(); }  // once all groups are packed

  // The place of a tap among those that are packed.
  Index place(Index u, Index v) const {
    return rows_.tap_place(u) + rows_.linked_taps() * columns_.tap_place(v);
  }

  Index each() const { return each_; }  // panels of a group
  const Panel<T>& operator[](Index i) const { return panels_[i]; }
  const T* weights(Index i) { return panels_.weights(i); }
  const T* start(Index i) const { return panels_.start(i); }

 private:
  // What the packed numbers depend on, besides weights and panels.
  PackedOrder order() const {
    const WeightView& view = p_.weights;
    PackedOrder order = {planes_reader,   p_.kernel_height, p_.groups,
                         p_.depth(),      p_.channels(),    view.channel_step,
                         view.depth_step, view.tap_step,    view.group_step};
    for (const PlaneAxis* axis : {&rows_, &columns_}) {
      order.push_back(axis->taps());
      for (Index u = 0; u < axis->taps(); ++u) order.push_back(axis->tap_place(u));
    }
    return order;
  }

  static List<Panel<T>> repeat(const List<Panel<T>>& panels, const Problem& p) {
    List<Panel<T>> all;
    for (Index group = 0; group < p.groups; ++group) {
      for (Panel<T> panel : panels) {
        panel.channel += group * p.channels();
        all.push_back(panel);
      }
    }
    return all;
  }

  const Problem& p_;
  const Arrays& a_;
  Index biases_;
  const PlaneAxis &rows_, &columns_;
  Index each_;
  PackedPanels<T> panels_;
};

}  // namespace nnconv
