// Span: long runs first, then their neighbours.
#include "span.h"

#include <algorithm>

namespace nnconv {
namespace {

// The span of a run by itself; without parts when its links are no dense correlations.
Span span_of(const Run& run, std::size_t index) {
  Span span = {run.first, run.step, run.count, run.source_step, {}, {index}};
  std::vector<Link> links = run.links;
  std::sort(links.begin(), links.end(),
            [](const Link& a, const Link& b) { return a.source < b.source; });
  if (links.empty() || span.pitch <= 0) return span;
  const Index distance = links.size() > 1 ? links[1].source - links[0].source : span.pitch;
  if (distance == 0 || span.pitch % distance != 0) return span;
  for (std::size_t u = 1; u < links.size(); ++u) {
    if (links[u].source - links[u - 1].source != distance) return span;
  }
  const std::size_t parts = static_cast<std::size_t>(span.pitch / distance);
  for (std::size_t part = 0; part < std::min(parts, links.size()); ++part) {
    Dense dense = {{}, links[part].source};
    for (std::size_t u = part; u < links.size(); u += parts) dense.taps.push_back(links[u].tap);
    span.parts.push_back(dense);
  }
  return span;
}

// Are the links of a run those of the span, but for what lies outside? Cells without links stay
// apart: they hold nothing but their bias.
bool belongs(const Run& run, const Span& span, Index size) {
  if (run.links.empty()) return false;
  if (run.count > 1 && (run.step != span.step || run.source_step != span.pitch)) return false;
  const Index t = (run.first - span.first) / span.step;
  const auto before = [](const Link& a, const Link& b) {
    return a.tap != b.tap ? a.tap < b.tap : a.source < b.source;
  };
  std::vector<Link> links = run.links;  // sorted, so that long kernels are searched fast
  std::sort(links.begin(), links.end(), before);
  std::size_t found = 0;
  for (const Dense& part : span.parts) {
    for (std::size_t u = 0; u < part.taps.size(); ++u) {
      const Index source = part.source + (t + static_cast<Index>(u)) * span.pitch;
      const Index last = source + (run.count - 1) * span.pitch;
      const Link wanted = {part.taps[u], source};
      const bool present = std::binary_search(links.begin(), links.end(), wanted, before);
      if (!present && last >= 0 && source < size) return false;
      found += present;
    }
  }
  return found == run.links.size();
}

// Adds a run before or after the span, if it is one.
bool extend(Span& span, const Run& run, Index size) {
  const bool before = run.first + run.count * span.step == span.first;
  const bool after = span.first + span.count * span.step == run.first;
  if (!(before || after) || !belongs(run, span, size)) return false;
  if (before) {
    span.first = run.first;
    for (Dense& part : span.parts) part.source -= run.count * span.pitch;
  }
  span.count += run.count;
  return true;
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
    if (span.parts.empty()) continue;
    taken[i] = true;
    for (bool grown = true; grown;) {
      grown = false;
      for (std::size_t j = 0; j < runs.size(); ++j) {
        if (taken[j] || !extend(span, runs[j], size)) continue;
        span.runs.push_back(j);
        taken[j] = grown = true;
      }
    }
    spans.push_back(span);
  }
  return spans;
}

}  // namespace nnconv
