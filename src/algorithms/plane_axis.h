// Plane axis: how the cells of one axis of a padded source lie in a plane.
//
// Cell t of a run reads the source of each of its links, moved on by t steps. A step of more than
// one cell takes the axis apart into phases, the cells of equal remainder; only phases that some
// link reads are kept.
#pragma once

#include <algorithm>
#include <limits>
#include <vector>

#include "arrays/pad.h"
#include "geometry/runs.h"
#include "system/list.h"

namespace nnconv {

// A cell of the source, or no_source, and its place in a plane.
struct CopiedCell {
  Index source, place;
};

class PlaneAxis {
 public:
  PlaneAxis(const std::vector<Run>& axis_runs, const PaddedAxis& source)
      : runs(axis_runs),
        padded(source),
        tap_place_(repeated<Index>(nnconv::linked_taps(axis_runs).last, -1)) {
    Index last = std::numeric_limits<Index>::min();
    first_ = std::numeric_limits<Index>::max();
    for (const Run& run : runs) {
      cells = std::max(cells, run.count);
      if (run.links.empty()) continue;
      most_links = std::max(most_links, run.links.size());
      if (run.count > 1 && step_ == 0) step_ = run.source_step;
      if (run.count > 1 && (run.source_step != step_ || step_ <= 0)) is_even = false;
      const SourceRange sources = first_sources(run);
      first_ = std::min(first_, sources.first);
      last = std::max(last, sources.last);
    }
    if (step_ <= 0) step_ = 1;
    first_ = std::min(first_, last);
    reach_ = most_links == 0 ? 1 : last - first_ + 1;
    if (is_even) list_places();
  }

  // A number of cells reads so many source cells, and so many of each phase.
  Index extent(Index count) const { return (count - 1) * step_ + reach_; }
  Index length(Index count) const { return divide_up(extent(count), step_); }
  Index phases() const { return phases_; }
  Index linked_taps() const { return linked_taps_; }
  Index reach() const { return reach_; }

  // From the first cell of the source that is read, which may lie before it, to the last.
  Index begin() const { return first_ - padded.before; }
  Index end() const { return begin() + extent(cells); }

  Index step() const { return step_; }

  // The place of a tap among those that some cell is linked by, in the order of the links.
  Index tap_place(Index tap) const { return tap_place_[tap]; }
  Index taps() const { return tap_place_.size(); }

  // Where a plane has what a link reads, if a phase lies `phase` and a cell `cell` apart.
  Index place(Index source, Index phase, Index cell) const {
    const Index at = source - first_;
    return slot_[at % step_] * phase + at / step_ * cell;
  }

  // What cells first .. first + count - 1 read.
  void list_copied(Index first, Index count, Index phase, Index cell,
                   List<CopiedCell>& copied) const {
    copied.clear();
    const Index begin = first_ + first * step_;
    for (Index at = 0; at < length(count) * step_; ++at) {
      if (slot_[at % step_] < 0) continue;
      const bool is_read = at < extent(count) && begin + at < padded.length();
      copied.push_back({is_read ? padded.source(begin + at) : no_source,
                        slot_[at % step_] * phase + at / step_ * cell});
    }
  }

  const std::vector<Run>& runs;
  const PaddedAxis& padded;
  Index cells = 0, most_links = 0;
  bool is_even = true;  // do all runs go on by the same step?

 private:
  void list_places() {
    slot_.assign(step_, -1);
    for (const Run& run : runs) {
      for (const Link& link : run.links) {
        Index& slot = slot_[(link.source - first_) % step_];
        if (slot < 0) slot = phases_++;
        Index& place = tap_place_[link.tap];
        if (place < 0) place = linked_taps_++;
      }
    }
  }

  Index step_ = 0, first_ = 0, reach_ = 1, phases_ = 0, linked_taps_ = 0;
  List<Index> tap_place_, slot_;
};

}  // namespace nnconv
