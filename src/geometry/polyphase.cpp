// Polyphase: a span begins with a long run and takes in its neighbours.
#include "geometry/polyphase.h"

#include <algorithm>

namespace nnconv {
namespace {

List<Link> sorted(const Links& links, bool (*before)(const Link&, const Link&)) {
  List<Link> list(links.begin(), links.end());
  if (!std::is_sorted(list.begin(), list.end(), before)) std::reverse(list.begin(), list.end());
  if (!std::is_sorted(list.begin(), list.end(), before))
    std::sort(list.begin(), list.end(), before);
  return list;
}

bool by_source(const Link& a, const Link& b) {
  return a.source < b.source;
}

bool by_tap(const Link& a, const Link& b) {
  return a.tap != b.tap ? a.tap < b.tap : a.source < b.source;
}

// The span of a run by itself; it has no components if the links are no dense correlations.
Span span_of(const Run& run, std::size_t index) {
  Span span = {run.first, run.step, run.count, run.source_step, {}, {index}};
  if (run.links.empty() || span.pitch <= 0) return span;
  const List<Link> links = sorted(run.links, by_source);
  const Index distance = links.size() > 1 ? links[1].source - links[0].source : span.pitch;
  if (distance == 0 || span.pitch % distance != 0) return span;
  for (Index u = 1; u < links.size(); ++u) {
    if (links[u].source - links[u - 1].source != distance) return span;
  }
  const Index count = span.pitch / distance;
  for (Index first = 0; first < std::min(count, links.size()); ++first) {
    Component component = {{}, links[first].source};
    for (Index u = first; u < links.size(); u += count) component.taps.push_back(links[u].tap);
    span.components.push_back(component);
  }
  return span;
}

// The same links, in the order of their sources.
Series upward(const Series& s) {
  if (s.step.source >= 0) return s;
  return {s[s.count - 1], {-s.step.tap, -s.step.source}, s.count};
}

// Is `some` a stretch of `whole`, and does the rest of `whole` lie outside of the image for all
// cells?
bool is_stretch(const Series& some, const Series& whole, Index further, Index size) {
  const Index step = whole.count > 1 ? whole.step.source : 1;
  const Index before = some.first.source - whole.first.source;
  const Index at = before / step;
  if (before < 0 || before % step != 0 || at + some.count > whole.count ||
      !(some.first == whole[at]) || (some.count > 1 && !(some.step == whole.step))) {
    return false;
  }
  return (at == 0 || whole[at - 1].source + further < 0) &&
         (at + some.count == whole.count || whole[at + some.count].source >= size);
}

// Does a run have the links of the span that `begun` began, except those that read outside of the
// image? Cells without links stay apart: they hold nothing but their bias.
bool belongs(const Run& run, const Run& begun, Index size) {
  const Index pitch = begun.source_step, further = (run.count - 1) * pitch;
  if (run.links.empty() || run.links.size() > begun.links.size()) return false;
  if (run.count > 1 && (run.step != begun.step || run.source_step != pitch)) return false;
  Links all = begun.links;
  all.shift((run.first - begun.first) / begun.step * pitch);
  if (all.series().size() == 1 && run.links.series().size() == 1) {
    return is_stretch(upward(run.links.series()[0]), upward(all.series()[0]), further, size);
  }
  const List<Link> links = sorted(run.links, by_tap);
  Index found = 0;
  for (const Link& wanted : all) {
    const bool present = std::binary_search(links.begin(), links.end(), wanted, by_tap);
    if (!present && wanted.source + further >= 0 && wanted.source < size) return false;
    found += present;
  }
  return found == links.size();
}

// Takes in a run that lies directly before or after the span and belongs to it.
bool extend(Span& span, const std::vector<Run>& runs, std::size_t index, Index size) {
  const Run& run = runs[index];
  const bool before = run.first + run.count * span.step == span.first;
  const bool after = span.first + span.count * span.step == run.first;
  if (!(before || after) || !belongs(run, runs[span.runs[0]], size)) return false;
  if (before) {
    span.first = run.first;
    for (Component& component : span.components) component.source -= run.count * span.pitch;
  }
  span.count += run.count;
  span.runs.push_back(index);
  return true;
}

}  // namespace

std::vector<Span> find_spans(const std::vector<Run>& runs, Index size,
                             const Checkpoint& checkpoint) {
  PacedCheckpoint pace(checkpoint);
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < runs.size(); ++i) order.push_back(i);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return runs[a].count > runs[b].count; });
  std::vector<bool> taken(runs.size(), false);
  std::vector<Span> spans;
  for (const std::size_t i : order) {
    if (taken[i]) continue;
    Span span = span_of(runs[i], i);
    if (span.components.empty()) continue;
    taken[i] = true;
    // The runs of a phase stand side by side.
    const auto take = [&](std::size_t j) {
      pace();
      return !taken[j] && extend(span, runs, j, size) && (taken[j] = true);
    };
    for (std::size_t j = i; j > 0 && take(j - 1);) --j;
    for (std::size_t j = i + 1; j < runs.size() && take(j);) ++j;
    spans.push_back(span);
  }
  return spans;
}

}  // namespace nnconv
