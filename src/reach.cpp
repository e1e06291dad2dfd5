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
  const Index last = (axis.small - 1) * axis.stride;  // where the first tap puts the last cell
  Index u = padded > last ? divide_up(padded - last, axis.dilation) : 0;
  for (; u < axis.kernel; ++u) {
    const Index position = padded - u * axis.dilation;
    if (position < 0) break;
    if (position % axis.stride == 0) links.push_back({u, position / axis.stride});
  }
}

// The large cell that a tap links to small cell i, or no_source.
Index source_of(const Axis& axis, Index i, Index tap) {
  return pad_source(i * axis.stride + tap * axis.dilation, axis.pad_before, axis.large, axis.mode);
}

// A link to a cell of the border, and the cell of the image that this one shows.
struct Shown {
  Index source, padded;
  Link link;
};

// However wide the border is, there are no more of them than links.
std::vector<Shown> border(const Axis& axis) {
  std::vector<Shown> shown;
  if (axis.mode == PadMode::zeros) return shown;
  for (Index u = 0; u < axis.kernel; ++u) {
    // The first small cell that tap u puts onto this padded cell or after it.
    const auto first_at = [&](Index padded) {
      const Index distance = std::max<Index>(0, padded - u * axis.dilation);
      return std::min(axis.small, divide_up(distance, axis.stride));
    };
    const auto add = [&](Index first, Index end) {
      for (Index i = first; i < end; ++i) {
        const Index padded = i * axis.stride + u * axis.dilation;
        const Index source = pad_source(padded, axis.pad_before, axis.large, axis.mode);
        shown.push_back({source, padded, {u, i}});
      }
    };
    add(0, first_at(axis.pad_before));
    const Index end = axis.pad_before + axis.large;
    add(first_at(end), first_at(end + axis.pad_after));
  }
  std::stable_sort(shown.begin(), shown.end(), [](const Shown& a, const Shown& b) {
    return a.source != b.source ? a.source < b.source : a.padded < b.padded;
  });
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
        links.push_back(s->link);
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
