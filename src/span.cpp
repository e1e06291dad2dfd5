// Span: long runs first, then their neighbours.
#include "span.h"

#include <algorithm>

namespace nnconv {
namespace {

// The span of a run by itself; without taps when its links are no dense correlation.
Span span_of(const Run& run, std::size_t index) {
  std::vector<Link> links = run.links;
  std::sort(links.begin(), links.end(),
            [](const Link& a, const Link& b) { return a.source < b.source; });
  Span span = {run.first, run.step, run.count, {}, 0, run.source_step, {index}};
  if (links.empty() || run.source_step <= 0) return span;
  for (std::size_t u = 1; u < links.size(); ++u) {
    if (links[u].source - links[u - 1].source != span.pitch) return span;
  }
  for (const Link& link : links) span.taps.push_back(link.tap);
  span.source = links[0].source;
  return span;
}

// Are the links of a run those of the span, but for what lies outside?
bool belongs(const Run& run, const Span& span, Index size) {
  if (run.step != span.step && run.count > 1) return false;
  if ((run.first - span.first) % span.step != 0) return false;
  const Index t = (run.first - span.first) / span.step;
  if (run.count > 1 && run.source_step != span.pitch) return false;
  std::size_t found = 0;
  for (std::size_t u = 0; u < span.taps.size(); ++u) {
    const Index source = span.source + (t + static_cast<Index>(u)) * span.pitch;
    const auto same = [&](const Link& l) { return l.tap == span.taps[u] && l.source == source; };
    const bool present = std::any_of(run.links.begin(), run.links.end(), same);
    const Index last = source + (run.count - 1) * span.pitch;
    if (!present && last >= 0 && source < size) return false;
    found += present;
  }
  return found == run.links.size();
}

}  // namespace

std::vector<Span> find_spans(const std::vector<Run>& runs, Index size) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < runs.size(); ++i) order.push_back(i);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return runs[a].count > runs[b].count; });
  std::vector<bool> taken(runs.size(), false);
  std::vector<Span> spans;
  for (const std::size_t i : order) {
    if (taken[i]) continue;
    Span span = span_of(runs[i], i);
    if (span.taps.empty()) continue;
    taken[i] = true;
    for (bool grown = true; grown;) {
      grown = false;
      for (std::size_t j = 0; j < runs.size(); ++j) {
        if (taken[j]) continue;
        const Run& run = runs[j];
        const bool before = run.first + run.count * span.step == span.first;
        const bool after = span.first + span.count * span.step == run.first;
        if (!(before || after) || !belongs(run, span, size)) continue;
        if (before) {
          span.first = run.first;
          span.source -= run.count * span.pitch;
        }
        span.count += run.count;
        span.runs.push_back(j);
        taken[j] = grown = true;
      }
    }
    spans.push_back(span);
  }
  return spans;
}

}  // namespace nnconv
