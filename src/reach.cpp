// Reach: the links of every cell, collected into runs.
#include "reach.h"

#include <algorithm>
#include <numeric>

#include "pad_index.h"

namespace nnconv {
namespace {

using Links = std::vector<Link>;

// Are these the same taps, with all sources moved by the same distance? Then that is `shift`.
bool is_shifted(const Links& from, const Links& to, Index& shift) {
  if (from.size() != to.size()) return false;
  shift = from.empty() ? 0 : to[0].source - from[0].source;
  return std::equal(from.begin(), from.end(), to.begin(), [shift](const Link& a, const Link& b) {
    return a.tap == b.tap && a.source + shift == b.source;
  });
}

// Collects cells that come at equal steps.
class Runs {
 public:
  explicit Runs(Index step) : step_(step) {}

  void add(Index cell, const Links& links) {
    if (!extend(cell, links)) runs_.push_back({cell, step_, 1, 0, links});
  }

  std::vector<Run>& runs() { return runs_; }

 private:
  bool extend(Index cell, const Links& links) {
    if (runs_.empty()) return false;
    Run& run = runs_.back();
    Index shift;
    if (cell != run.first + run.count * run.step || !is_shifted(run.links, links, shift)) {
      return false;
    }
    if (run.count == 1) run.source_step = shift;
    if (shift != run.count * run.source_step) return false;
    ++run.count;
    return true;
  }

  Index step_;
  std::vector<Run> runs_;
};

// Appends the links by which taps put small cells onto one padded cell.
void add_writers(const Axis& axis, Index padded, Links& links) {
  for (Index u = 0; u < axis.kernel; ++u) {
    const Index position = padded - u * axis.dilation;
    if (position < 0) break;
    if (position % axis.stride == 0 && position / axis.stride < axis.small) {
      links.push_back({u, position / axis.stride});
    }
  }
}

// The large cell that a tap links to small cell i, or no_source.
Index source_of(const Axis& axis, Index i, Index tap) {
  return pad_source(i * axis.stride + tap * axis.dilation, axis.pad_before, axis.large, axis.mode);
}

// A cell of the border, and the cell of the image that it shows.
struct Shown {
  Index source, padded;
};

// The cells of the border that taps may write to: all of them, or, where these are fewer, as with a
// huge stride, those that small cells and taps lead to.
std::vector<Index> border_cells(const Axis& axis) {
  std::vector<Index> cells;
  const Index end = axis.pad_before + axis.large;
  if (axis.pad_before + axis.pad_after <= axis.small * axis.kernel) {
    for (Index padded = 0; padded < axis.pad_before; ++padded) cells.push_back(padded);
    for (Index padded = end; padded < end + axis.pad_after; ++padded) cells.push_back(padded);
    return cells;
  }
  for (Index i = 0; i < axis.small; ++i) {
    for (Index u = 0; u < axis.kernel; ++u) {
      const Index padded = i * axis.stride + u * axis.dilation;
      if (padded < axis.pad_before || padded >= end) cells.push_back(padded);
    }
  }
  std::sort(cells.begin(), cells.end());
  cells.erase(std::unique(cells.begin(), cells.end()), cells.end());
  return cells;
}

std::vector<Shown> border(const Axis& axis) {
  std::vector<Shown> shown;
  if (axis.mode == PadMode::zeros) return shown;
  for (const Index padded : border_cells(axis)) {
    shown.push_back({pad_source(padded, axis.pad_before, axis.large, axis.mode), padded});
  }
  std::stable_sort(shown.begin(), shown.end(),
                   [](const Shown& a, const Shown& b) { return a.source < b.source; });
  return shown;
}

}  // namespace

Index dense_step(const Axis& axis, Index cells) {
  const Index step = std::lcm(axis.stride, axis.dilation);
  return step <= cells / 8 ? step : axis.stride;
}

std::vector<Run> correlate_reach(const Axis& axis, Index step) {
  Runs runs(step);
  Links links;
  for (Index phase = 0; phase < std::min(step, axis.small); ++phase) {
    for (Index i = phase; i < axis.small; i += step) {
      links.clear();
      for (Index u = 0; u < axis.kernel; ++u) {
        const Index source = source_of(axis, i, u);
        if (source != no_source) links.push_back({u, source});
      }
      runs.add(i, links);
    }
  }
  return std::move(runs.runs());
}

std::vector<Run> tap_reach(const Axis& axis, Index tap) {
  Runs runs(1);
  for (Index i = 0; i < axis.small; ++i) {
    const Index source = source_of(axis, i, tap);
    if (source != no_source) runs.add(i, {{tap, source}});
  }
  return std::move(runs.runs());
}

std::vector<Run> scatter_reach(const Axis& axis) {
  const std::vector<Shown> shown = border(axis);
  const auto before = [](const Shown& a, Index cell) { return a.source < cell; };
  const Index step = dense_step(axis, axis.large);
  Runs reached(step);  // phase by phase, so that neighbours in a phase follow
  Runs holes(1);
  Links links;
  for (Index phase = 0; phase < std::min(step, axis.large); ++phase) {
    for (Index h = phase; h < axis.large; h += step) {
      links.clear();
      add_writers(axis, h + axis.pad_before, links);
      for (auto s = std::lower_bound(shown.begin(), shown.end(), h, before);
           s != shown.end() && s->source == h; ++s) {
        add_writers(axis, s->padded, links);
      }
      if (!links.empty()) reached.add(h, links);
    }
  }
  // What no run has reached is a hole and keeps the bias.
  std::vector<Run> all = std::move(reached.runs());
  std::vector<bool> is_reached(static_cast<std::size_t>(axis.large), false);
  for (const Run& run : all) {
    for (Index t = 0; t < run.count; ++t) {
      is_reached[static_cast<std::size_t>(run.first + t * run.step)] = true;
    }
  }
  for (Index h = 0; h < axis.large; ++h) {
    if (!is_reached[static_cast<std::size_t>(h)]) holes.add(h, Links());
  }
  all.insert(all.end(), holes.runs().begin(), holes.runs().end());
  return all;
}

}  // namespace nnconv
