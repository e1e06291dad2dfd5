// Plane layout: the extents of items.
#include "algorithms/plane_layout.h"

#include <algorithm>

namespace nnconv {
namespace {

constexpr Index planes_bytes = Index(1) << 18;  // of an item, as an aim
constexpr Index item_images = 8;                // a line of a cache
constexpr Index item_channels = 16;             // of images, where groups have fewer
constexpr Index least_lane = 96;                // cells of an item along its lanes
constexpr Index items_per_thread = 4;

Lines lines_of(Index lane_cells, Index other_cells, Index step, Index lanes) {
  const Index together = (other_cells - 1) * step + lane_cells;
  if (divide_up(together, lanes) < other_cells * divide_up(lane_cells, lanes)) {
    return {1, together};
  }
  return {other_cells, lane_cells};
}

}  // namespace

PlaneLayout::PlaneLayout(const Problem& problem, const PaddedSource& source,
                         const PlaneNumbers& numbers, const PlaneImage* in_place)
    : rows(problem.rows, source.axis[0]),
      columns(problem.columns, source.axis[1]),
      images(std::min(problem.to.batch, item_images)),
      groups(std::min(problem.groups, divide_up(item_channels, problem.depth() * images))),
      lanes_(numbers.lanes) {
  // Columns lie side by side in memory: rows have to save a tenth.
  is_by_columns_ = in_place ? in_place->is_by_columns
                            : vectors_by(columns, rows) > 0.9 * vectors_by(rows, columns);
  set_extents(groups * problem.depth() * images, numbers,
              divide_up(problem.groups, groups) * divide_up(problem.to.batch, images));
  site_step = lane().length(lane_cells);
  plane = odd_lines(plane_size(), numbers.number_bytes);
  image_step = in_place ? in_place->image_step() : plane;
  if (in_place) {
    line_ = in_place->channel_step;
    site_step = in_place->line_step();
  }
}

// Halves the extents until the planes are small enough and there are items for every thread. An
// axis is halved where it is long beside its reach.
void PlaneLayout::set_extents(Index channels, const PlaneNumbers& numbers, Index others) {
  lane_cells = lane().cells;
  other_cells = other().cells;
  const Index least = numbers.threads > 1 ? items_per_thread * numbers.threads : 1;
  while (plane_size() * channels * numbers.number_bytes > planes_bytes ||
         others * items() < least) {
    const Index along = lane_cells * lane().step() / lane().reach();
    const Index across = other_cells * other().step() / other().reach();
    if (other_cells > 1 && (across >= along || across >= 8 || lane_cells <= least_lane)) {
      other_cells = divide_up(other_cells, 2);
    } else if (lane_cells > least_lane) {
      lane_cells = divide_up(divide_up(lane_cells, 2), least_lane) * least_lane;
    } else {
      return;
    }
  }
}

Lines PlaneLayout::lines(Index cells, Index beside) const {
  return lines_of(cells, beside, site_step, lanes_);
}

double PlaneLayout::vectors() const {
  return vectors_by(lane(), other());
}

double PlaneLayout::vectors_by(const PlaneAxis& lane, const PlaneAxis& other) const {
  double vectors = 0;
  for (const Run& across : other.runs) {
    for (const Run& along : lane.runs) {
      const Lines lines = lines_of(along.count, across.count, lane.length(lane.cells), lanes_);
      vectors += static_cast<double>(lines.count) *
                 (static_cast<double>(divide_up(lines.length, lanes_)) + 0.25);
    }
  }
  return vectors;
}

void PlaneLayout::list_copied(const PlaneAxis& axis, Index first, List<CopiedCell>& copied) const {
  if (&axis == &lane()) {
    axis.list_copied(first, lane_cells, lane_phase(), 1, copied);
  } else {
    axis.list_copied(first, other_cells, other_phase(), site_step, copied);
  }
}

}  // namespace nnconv
