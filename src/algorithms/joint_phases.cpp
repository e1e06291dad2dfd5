// Joint phases: the windows, and the weights of all phases side by side.
#include "algorithms/joint_phases.h"

#include <algorithm>
#include <limits>

namespace nnconv {
namespace {

constexpr Index most_joint_channels = 128;  // of a group

// The windows before a run's first cell. A run without links may begin anywhere.
Index windows_before(const Run& run, const Windows& windows) {
  return run.links.empty() ? 0 : first_sources(run).first - windows.first;
}

std::vector<Run> one_run(const Windows& windows) {
  Links links;
  links.add({{0, windows.first}, {1, 1}, windows.size});
  return {{0, 1, windows.count, 1, links}};
}

}  // namespace

Windows windows_of(const std::vector<Run>& runs) {
  Windows windows = {std::numeric_limits<Index>::max(), 0, 0};
  for (const Run& run : runs) {
    if (run.links.empty()) continue;
    const SourceRange sources = first_sources(run);
    windows.first = std::min(windows.first, sources.first);
    windows.size = std::max(windows.size, sources.last - sources.first + 1);
  }
  for (const Run& run : runs) {
    windows.count = std::max(windows.count, windows_before(run, windows) + run.count);
  }
  return windows;
}

bool can_be_joint(const Problem& p) {
  const auto is_dense = [](const std::vector<Run>& runs) {
    return std::all_of(runs.begin(), runs.end(),
                       [](const Run& run) {
                         return run.count == 1 || run.links.empty() || run.source_step == 1;
                       }) &&
           std::any_of(runs.begin(), runs.end(), [](const Run& run) { return !run.links.empty(); });
  };
  const Index pairs = static_cast<Index>(p.rows.size() * p.columns.size());
  return pairs > 1 && pairs * p.channels() <= most_joint_channels && is_dense(p.rows) &&
         is_dense(p.columns);
}

bool are_full(const Problem& p) {
  const auto fill_windows = [](const std::vector<Run>& runs) {
    const Windows windows = windows_of(runs);
    return std::all_of(runs.begin(), runs.end(),
                       [&](const Run& run) { return run.links.size() == windows.size; });
  };
  return fill_windows(p.rows) && fill_windows(p.columns);
}

Problem joint_problem(const Problem& p, const Windows& rows, const Windows& columns) {
  const Index pairs = static_cast<Index>(p.rows.size() * p.columns.size());
  const Index joint = p.channels() * pairs, taps = rows.size * columns.size;
  const Index tap_step = joint * p.depth();
  return {p.groups,
          taps,
          rows.size,
          p.from,
          {p.to.batch, joint * p.groups, rows.count, columns.count},
          {1, joint, tap_step, tap_step * taps},
          one_run(rows),
          one_run(columns)};
}

JointLayer join_phases(const Problem& p, const double* weight) {
  const Windows row = windows_of(p.rows), column = windows_of(p.columns);
  JointLayer layer = {joint_problem(p, row, column), {}, {}};
  layer.weight.assign(layer.problem.weights_count(), 0.0);
  const WeightView& joint = layer.problem.weights;
  const Index channels = p.channels(), depth = p.depth();
  for (const Run& across : p.columns) {
    for (const Run& along : p.rows) {
      const Phase phase = {&along, &across, layer.phases.size() * channels,
                           windows_before(along, row), windows_before(across, column)};
      layer.phases.push_back(phase);
      for (const Link& v : across.links) {
        for (const Link& u : along.links) {
          const Index a = u.source - row.first - phase.rows_before;
          const Index b = v.source - column.first - phase.columns_before;
          for (Index group = 0; group < p.groups; ++group) {
            const double* const from = weight + group * p.weights.group_step +
                                       (u.tap + p.kernel_height * v.tap) * p.weights.tap_step;
            double* const to = layer.weight.data() + group * joint.group_step +
                               (a + row.size * b) * joint.tap_step + phase.channel;
            for (Index k = 0; k < depth; ++k) {
              for (Index c = 0; c < channels; ++c) {
                to[c + joint.depth_step * k] =
                    from[c * p.weights.channel_step + k * p.weights.depth_step];
              }
            }
          }
        }
      }
    }
  }
  return layer;
}

}  // namespace nnconv
