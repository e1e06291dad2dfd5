// Runs: the links of every cell, collected into runs.
//
// Cells are visited phase by phase, so that neighbours in a phase follow each other. From a cell,
// the law of geometry.h tells in a few divisions which taps it has and how many of its neighbours
// have the same, so that nothing here is done for each cell inside the image, nor for each tap.
#include "geometry/runs.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "geometry/padding_modes.h"

namespace nnconv {
namespace {

constexpr Index never = std::numeric_limits<Index>::max();

// Are these the same taps, with all sources moved by the same distance? Then that is `shift`.
bool is_shifted(const Links& from, const Links& to, Index& shift) {
  const std::vector<Series>&a = from.series(), &b = to.series();
  if (a.size() != b.size()) return false;
  shift = a.empty() ? 0 : b[0].first.source - a[0].first.source;
  return std::equal(a.begin(), a.end(), b.begin(), [shift](const Series& x, const Series& y) {
    return x.first.tap == y.first.tap && x.first.source + shift == y.first.source &&
           x.step == y.step && x.count == y.count;
  });
}

// Collects cells that come at equal steps.
class Runs {
 public:
  explicit Runs(Index step) : step_(step) {}

  // A cell, and `more` after it with the same taps, whose sources lie `shift` further on from each
  // to the next.
  void add(Index cell, const Links& links, Index more, Index shift) {
    if (!extend(cell, links)) runs_.push_back({cell, step_, 1, 0, links});
    if (more == 0) return;
    const Run& run = runs_.back();
    if (run.count > 1 && run.source_step != shift) {
      runs_.push_back({cell + step_, step_, 0, 0, links});
      runs_.back().links.shift(shift);
    }
    Run& last = runs_.back();
    last.count += more;
    if (last.count > 1) last.source_step = shift;
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

// The cells of the image that `count` cells of the border show, from image cell `at` on (negative
// before the image), at distances of `step`; nothing in mode zeros.
Series shown(const Axis& a, Index tap, Index at, Index count) {
  const Index there = pad_source(a.pad_before + at, a.pad_before, a.large, a.mode);
  if (there == no_source) return {{tap, 0}, {1, 0}, 0};
  const Index step = a.mode == PadMode::replicate ? 0
                     : a.mode == PadMode::reflect ? -a.dilation
                                                  : a.dilation;
  return {{tap, there}, {1, step}, count};
}

// Calls visit(cell, links, more, shift) for the small cells, with the arguments of Runs::add(),
// whose links are the taps first .. end - 1.
template <class Visit>
void visit_small(const Axis& a, Index first, Index end, Index step, PacedCheckpoint& pace,
                 const Visit& visit) {
  const Index distance = step * a.stride;  // from cell to cell
  Links links;
  for (Index phase = 0; phase < std::min(step, a.small); ++phase) {
    for (Index i = phase; i < a.small;) {
      pace();
      const Index at = i * a.stride - a.pad_before;  // what a tap 0 reads
      // The first tap that reads image cell `bound` or one after it.
      const auto tap_at = [&](Index bound) {
        return bound <= at ? first : std::clamp(divide_up(bound - at, a.dilation), first, end);
      };
      // The cells until one more tap reads such a cell.
      const auto until_tap_at = [&](Index bound, Index tap) {
        return tap == first ? never : divide_up(bound - at - (tap - 1) * a.dilation, distance);
      };
      const Index inside = tap_at(0), after = tap_at(a.large);
      links.clear();
      links.add(shown(a, first, at + first * a.dilation, inside - first));
      links.add({{inside, at + inside * a.dilation}, {1, a.dilation}, after - inside});
      links.add(shown(a, after, at + after * a.dilation, end - after));
      const bool in_border = a.mode != PadMode::zeros && inside == after;
      const bool is_alike = a.mode == PadMode::zeros || (inside == first && after == end) ||
                            (in_border && (inside == end || inside == first));
      Index more = 0, shift = links.empty() ? 0 : distance;
      if (in_border && a.mode != PadMode::circular) {
        shift = a.mode == PadMode::reflect ? -distance : 0;
      }
      if (is_alike) {
        more = std::min(until_tap_at(0, inside), until_tap_at(a.large, after)) - 1;
        more = std::min(more, (a.small - 1 - i) / step);
      }
      visit(i, links, more, shift);
      i += (more + 1) * step;
    }
  }
}

// Which taps put small cells onto a padded cell: every `tap_step`-th, whose small cells lie
// `source_step` apart.
class Writers {
 public:
  explicit Writers(const Axis& axis)
      : a_(axis),
        common_(std::gcd(axis.stride, axis.dilation)),
        tap_step_(axis.stride / common_),
        source_step_(axis.dilation / common_),
        inverse_(inverse(source_step_ % tap_step_, tap_step_)),
        last_((axis.small - 1) * axis.stride) {}

  struct Written {
    Series links;
    Index alike;  // cells after it at distances of `step` that have the same taps
  };

  // `step` is a multiple of the stride.
  Written at(Index padded, Index step) const {
    Written none = {{{0, 0}, {0, 0}, 0}, never};
    if (padded < 0) {
      none.alike = divide_up(-padded, step) - 1;
      return none;
    }
    if (padded % common_ != 0) return none;
    // The first tap that leads from a small cell which is there.
    Index tap = padded / common_ % tap_step_ * inverse_ % tap_step_;
    const Index least = padded > last_ ? divide_up(padded - last_, a_.dilation) : 0;
    if (least > tap) tap += divide_up(least - tap, tap_step_) * tap_step_;
    if (tap >= a_.kernel) return none;
    const Index most = std::min(a_.kernel - 1, padded / a_.dilation);
    const Index count = tap > most ? 0 : (most - tap) / tap_step_ + 1;
    const Index next = tap + count * tap_step_;  // that may come
    Index steps = next < a_.kernel ? divide_up(next * a_.dilation - padded, step) : never;
    if (count > 0) {  // the first one may go
      steps = std::min(steps, (last_ + tap * a_.dilation - padded) / step + 1);
    }
    const Index source = (padded - tap * a_.dilation) / a_.stride;
    return {{{tap, source}, {tap_step_, -source_step_}, count}, steps == never ? never : steps - 1};
  }

 private:
  // x with number * x = 1 modulo a number that has no divisor in common with it.
  static Index inverse(Index number, Index modulus) {
    Index a = number, b = modulus, x = 1, y = 0;
    while (b != 0) {
      const Index quotient = a / b;
      a = std::exchange(b, a - quotient * b);
      x = std::exchange(y, x - quotient * y);
    }
    return ((x % modulus) + modulus) % modulus;
  }

  const Axis& a_;
  Index common_, tap_step_, source_step_, inverse_, last_;
};

// The large cells that cells of the border show: those up to `low`, and those from `high` on.
struct Shown {
  Index low = -1, high;

  explicit Shown(const Axis& a) : high(a.large) {
    const Index before = std::max<Index>(0, a.pad_before), after = std::max<Index>(0, a.pad_after);
    switch (a.mode) {
      case PadMode::reflect:
        low = before > 0 ? before : -1;
        high = a.large - 1 - after + (after > 0 ? 0 : 1);
        break;
      case PadMode::circular:
        low = after - 1;
        high = a.large - before;
        break;
      case PadMode::replicate:
        low = before > 0 ? 0 : -1;
        high = a.large - (after > 0 ? 1 : 0);
        break;
      case PadMode::zeros:
        break;
    }
  }
  bool has(Index cell) const { return cell <= low || cell >= high; }
};

// The links by which taps put small cells onto padded cells first .. end - 1: for each tap, of
// small cells that follow each other. However wide the border is, there are no more of them than
// links.
void add_all(const Axis& a, Index first, Index end, PacedCheckpoint& pace, Links& links) {
  for (Index u = 0; u < a.kernel && u * a.dilation < end; ++u) {
    pace();
    const auto small_at = [&](Index padded) {
      const Index distance = std::max<Index>(0, padded - u * a.dilation);
      return std::min(a.small, divide_up(distance, a.stride));
    };
    const Index begin = small_at(first);
    links.add({{u, begin}, {0, 1}, small_at(end) - begin});
  }
}

// Appends the links of the border's cells that show this large cell.
void add_border(const Axis& a, Index cell, const Writers& writers, PacedCheckpoint& pace,
                Links& links) {
  const Index before = a.pad_before, end = a.pad_before + a.large;
  if (a.mode == PadMode::replicate) {
    if (cell == 0) add_all(a, 0, before, pace, links);
    if (cell == a.large - 1) add_all(a, end, end + a.pad_after, pace, links);
    return;
  }
  const bool reflects = a.mode == PadMode::reflect;
  const Index low = reflects ? before - cell : before + cell - a.large;
  const Index high = reflects ? end + a.large - 2 - cell : end + cell;
  if (low >= 0 && low < before) links.add(writers.at(low, a.stride).links);
  if (high >= end && high < end + a.pad_after) links.add(writers.at(high, a.stride).links);
}

// The same for the large cells; without links, they are holes.
template <class Visit>
void visit_large(const Axis& a, Index step, PacedCheckpoint& pace, const Visit& visit) {
  const Writers writers(a);
  const Shown shown(a);
  Links links;
  for (Index phase = 0; phase < std::min(step, a.large); ++phase) {
    for (Index h = phase; h < a.large;) {
      pace();
      const Writers::Written written = writers.at(h + a.pad_before, step);
      links.clear();
      links.add(written.links);
      Index more = 0;
      if (shown.has(h)) {
        add_border(a, h, writers, pace, links);
      } else {
        more = std::min(written.alike, (shown.high - 1 - h) / step);
      }
      visit(h, links, more, links.empty() ? 0 : step / a.stride);
      h += (more + 1) * step;
    }
  }
}

// Runs of holes: cells that follow each other, or where these are more, cells of a phase.
std::vector<Run> holes(const Axis& a, Index step, const std::vector<Run>& reached,
                       PacedCheckpoint& pace) {
  Index by_phase = 0;
  const auto count = [&](Index, const Links& links, Index, Index) { by_phase += links.empty(); };
  visit_large(a, step, pace, count);
  constexpr Index few = 8;
  if (by_phase > few) {
    std::vector<bool> is_reached(static_cast<std::size_t>(a.large), false);
    for (const Run& run : reached) {
      for (Index t = 0; t < run.count; ++t) {
        pace();
        is_reached[static_cast<std::size_t>(run.first + t * run.step)] = true;
      }
    }
    Runs neighbours(1);
    const auto run_end = [&](Index h, bool value) {
      while (h < a.large && is_reached[static_cast<std::size_t>(h)] == value) {
        pace();
        ++h;
      }
      return h;
    };
    for (Index h = run_end(0, true); h < a.large;) {
      const Index end = run_end(h, false);
      neighbours.add(h, {}, end - h - 1, 0);
      if (static_cast<Index>(neighbours.runs().size()) > by_phase) break;
      h = run_end(end, true);
    }
    if (static_cast<Index>(neighbours.runs().size()) <= by_phase) {
      return std::move(neighbours.runs());
    }
  }
  Runs runs(step);
  const auto add = [&](Index cell, const Links& links, Index more, Index shift) {
    if (links.empty()) runs.add(cell, links, more, shift);
  };
  visit_large(a, step, pace, add);
  return std::move(runs.runs());
}

}  // namespace

Index dense_step(const Axis& axis, Index cells) {
  const Index step = std::lcm(axis.stride, axis.dilation);
  return step <= cells / 8 ? step : axis.stride;
}

std::vector<Run> correlate_reach(const Axis& axis, Index step, const Checkpoint& checkpoint) {
  PacedCheckpoint pace(checkpoint);
  Runs runs(step);
  const auto add = [&](Index cell, const Links& links, Index more, Index shift) {
    runs.add(cell, links, more, shift);
  };
  visit_small(axis, 0, axis.kernel, step, pace, add);
  return std::move(runs.runs());
}

std::vector<Run> tap_reach(const Axis& axis, Index tap, const Checkpoint& checkpoint) {
  PacedCheckpoint pace(checkpoint);
  Runs runs(1);
  const auto add = [&](Index cell, const Links& links, Index more, Index shift) {
    if (!links.empty()) runs.add(cell, links, more, shift);
  };
  visit_small(axis, tap, tap + 1, 1, pace, add);
  return std::move(runs.runs());
}

std::vector<Run> scatter_reach(const Axis& axis, const Checkpoint& checkpoint) {
  PacedCheckpoint pace(checkpoint);
  const Index step = dense_step(axis, axis.large);
  Runs runs(step);
  Index reached = 0;
  const auto add = [&](Index cell, const Links& links, Index more, Index shift) {
    if (links.empty()) return;
    runs.add(cell, links, more, shift);
    reached += more + 1;
  };
  visit_large(axis, step, pace, add);
  std::vector<Run> all = std::move(runs.runs());
  if (reached < axis.large) {
    const std::vector<Run> rest = holes(axis, step, all, pace);
    all.insert(all.end(), rest.begin(), rest.end());
  }
  return all;
}

TapRange linked_taps(const std::vector<Run>& runs) {
  TapRange taps = {never, 0};
  for (const Run& run : runs) {
    for (const Series& series : run.links.series()) {
      const Index first = series.first.tap, last = series[series.count - 1].tap;
      taps.first = std::min({taps.first, first, last});
      taps.last = std::max({taps.last, first + 1, last + 1});
    }
  }
  return {std::min(taps.first, taps.last), taps.last};
}

SourceRange first_sources(const Run& run) {
  SourceRange sources = {never, std::numeric_limits<Index>::min()};
  for (const Series& series : run.links.series()) {
    const Index first = series.first.source, last = series[series.count - 1].source;
    sources.first = std::min({sources.first, first, last});
    sources.last = std::max({sources.last, first, last});
  }
  return sources;
}

double count_links(const std::vector<Run>& runs) {
  double links = 0;
  for (const Run& run : runs) {
    links += static_cast<double>(run.links.size()) * static_cast<double>(run.count);
  }
  return links;
}

double average_links(const std::vector<Run>& runs) {
  double cells = 0;
  for (const Run& run : runs) cells += static_cast<double>(run.count);
  return count_links(runs) / cells;
}

}  // namespace nnconv
