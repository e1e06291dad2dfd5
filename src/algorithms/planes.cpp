// Planes: the loops.
//
//     item (some groups, a rectangle of cells of one image) -> planes -> pair of runs -> block of
//     sites -> group -> panel -> tile
//
// A site is a cell of the result, counted as the planes count theirs. In one order of the axes the
// lanes run along columns, in the other along rows.
#include "algorithms/planes.h"

#include <algorithm>

#include "algorithms/joint_phases.h"
#include "algorithms/plane_axis.h"
#include "arrays/array_layout.h"
#include "kernels/dispatch.h"
#include "packing/pack_weights.h"
#include "packing/packed_panels.h"
#include "packing/pieces.h"
#include "system/threads.h"

namespace nnconv {
namespace {

constexpr Index planes_bytes = Index(1) << 18;       // of an item, as an aim
constexpr Index most_planes_bytes = Index(1) << 21;  // of an item of the fewest cells
constexpr Index least_lane = 96;                     // cells of an item along its lanes
constexpr Index item_channels = 16;                  // read by an item, where groups have fewer
constexpr Index line = 8;                            // channels that are copied together
constexpr Index block_vectors = 12;                  // whole tiles of every panel

// Both axes in the order of the lanes: cells of the first lie side by side in a plane.
struct Order {
  const PlaneAxis *lane, *other;
  bool is_by_columns;  // does the first axis run along columns, from row to row?
};

// The vectors that a number of lines of cells take, each line alone, or all as one line that
// includes the cells between them.
struct Lines {
  Index count, length;
};

Lines lines_of(Index lane_cells, Index other_cells, Index step, Index lanes) {
  const Index together = (other_cells - 1) * step + lane_cells;
  if (divide_up(together, lanes) < other_cells * divide_up(lane_cells, lanes)) {
    return {1, together};
  }
  return {other_cells, lane_cells};
}

// The vectors of a whole image, and a little more for each line.
double vectors_of(const PlaneAxis& lane, const PlaneAxis& other, Index lanes) {
  double vectors = 0;
  for (const Run& across : other.runs) {
    for (const Run& along : lane.runs) {
      const Lines lines = lines_of(along.count, across.count, lane.length(lane.cells), lanes);
      vectors += static_cast<double>(lines.count) *
                 (static_cast<double>(divide_up(lines.length, lanes)) + 0.25);
    }
  }
  return vectors;
}

Order order_of(const PlaneAxis& rows, const PlaneAxis& columns, Index lanes) {
  if (vectors_of(columns, rows, lanes) < 0.9 * vectors_of(rows, columns, lanes)) {
    return {&columns, &rows, false};
  }
  return {&rows, &columns, true};
}

// The cells of an item on both axes.
struct Extents {
  Index lane, other;
};

Index plane_size(const Order& order, Extents cells) {
  return order.lane->phases() * order.lane->length(cells.lane) * order.other->phases() *
         order.other->length(cells.other);
}

// The weights of all groups, and the panels that have them.
template <class T>
class GroupPanels {
 public:
  // Every `channels` channels have the same biases.
  GroupPanels(const Problem& p, Index channels, const PlaneAxis& rows, const PlaneAxis& columns)
      : p_(p), channels_(channels), rows_(rows), columns_(columns), panels_(panels_of(p)) {
    each_ = panels_.count() / p.groups;
    panels_.hold_all(rows.linked_taps() * columns.linked_taps() * p.depth());
  }

  // Packs those of one group.
  void pack(const Arrays& arrays, Index group, PacedCheckpoint& pace) {
    for (Index i = group * each_; i < (group + 1) * each_; ++i) {
      const Panel<T>& panel = panels_[i];
      const WeightBlock block = {
          group, panel.channel - group * p_.channels(), panel.channels, 0, p_.depth(), 1};
      const double* const from = block.first_of(arrays.weight, p_.weights);
      for (Index v = 0; v < columns_.taps(); ++v) {
        for (Index u = 0; u < rows_.taps(); ++u) {
          if (!has_place(u, v)) continue;
          pack_tap(from + (u + p_.kernel_height * v) * p_.weights.tap_step, p_.weights, block,
                   panel.width, panels_.weights(i) + place(u, v) * p_.depth() * panel.width);
          pace();
        }
      }
      panels_.set_start(i, i, arrays.bias,
                        [&](Index c) { return group * channels_ + c % channels_; });
    }
  }

  Index place(Index u, Index v) const {
    return rows_.tap_place(u) + rows_.linked_taps() * columns_.tap_place(v);
  }

  Index each() const { return each_; }
  const Panel<T>& operator[](Index i) const { return panels_[i]; }
  const T* weights(Index i) { return panels_.weights(i); }
  const T* start(Index i) const { return panels_.start(i); }

 private:
  static List<Panel<T>> panels_of(const Problem& p) {
    const List<Panel<T>> one = cell_panels<T>(p.channels());
    List<Panel<T>> all;
    for (Index group = 0; group < p.groups; ++group) {
      for (Panel<T> panel : one) {
        panel.channel += group * p.channels();
        all.push_back(panel);
      }
    }
    return all;
  }

  bool has_place(Index u, Index v) const {
    return rows_.tap_place(u) >= 0 && columns_.tap_place(v) >= 0;
  }

  const Problem& p_;
  Index channels_;
  const PlaneAxis &rows_, &columns_;
  PackedPanels<T> panels_;
  Index each_;
};

template <class T>
class Planes {
 public:
  // The result is laid out as `to`. Without joint phases, every pair of runs is one of its own.
  Planes(const Problem& problem, const PaddedSource& source, const Arrays& arrays,
         const ImageView& to, const List<Phase>& joint, const Checkpoint& checkpoint)
      : p_(problem),
        a_(arrays),
        checkpoint_(checkpoint),
        to_(to),
        joint_(joint),
        rows_(p_.rows, source.axis[0]),
        columns_(p_.columns, source.axis[1]),
        from_({p_.from.batch, p_.from.channels, source.axis[0].size, source.axis[1].size}),
        order_(order_of(rows_, columns_, table_.lanes)),
        panels_(p_, to.channels / p_.groups, rows_, columns_) {
    const double products = static_cast<double>(p_.weights_count() * p_.to.batch) *
                            static_cast<double>(rows_.cells * columns_.cells);
    threads_ = threads_for(products);
    workers_.resize(threads_);
    groups_ = std::min(p_.groups, divide_up(item_channels, p_.depth()));
    set_extents();
    site_step_ = order_.lane->length(cells_.lane);
    // An odd number of cache lines, so that planes do not meet in the same lines of a cache.
    constexpr Index numbers = 64 / static_cast<Index>(sizeof(T));
    plane_ = (divide_up(plane_size(order_, cells_), numbers) | 1) * numbers;
  }

  void run() {
    parallel_for(
        p_.groups, threads_,
        [&](Index group, int worker) {
          PacedCheckpoint pace(checkpoint_, worker);
          panels_.pack(a_, group, pace);
        },
        checkpoint_);
    const Index along = divide_up(order_.lane->cells, cells_.lane);
    const Index across = divide_up(order_.other->cells, cells_.other);
    const Index blocks = divide_up(p_.groups, groups_);
    const auto item = [&](Index i, int worker) {
      const Index group = i % blocks * groups_, rectangle = i / blocks % (along * across);
      const Item it = {i / blocks / (along * across), group, std::min(groups_, p_.groups - group),
                       rectangle % along * cells_.lane, rectangle / along * cells_.other};
      run_item(it, workers_[worker], worker);
    };
    parallel_for(blocks * along * across * p_.to.batch, threads_, item, checkpoint_);
  }

 private:
  // Some groups, and the cells from `lane` and `other` on.
  struct Item {
    Index image, group, groups, lane, other;
  };

  struct Worker {
    Scratch<T> planes;
    Scratch<double> sums;
    List<PlaneAxis::Copied> along, across;
    List<Index> link_x, link_panel;
  };

  // Halves the extents until the planes are small enough and there is an item for every thread. An
  // axis is halved where it is long beside its reach.
  void set_extents() {
    cells_ = {order_.lane->cells, order_.other->cells};
    const Index number_bytes = groups_ * p_.depth() * static_cast<Index>(sizeof(T));
    const Index others = divide_up(p_.groups, groups_) * p_.to.batch;
    const Index least = threads_ > 1 ? 4 * threads_ : 1;
    const auto items = [&] {
      return others * divide_up(order_.lane->cells, cells_.lane) *
             divide_up(order_.other->cells, cells_.other);
    };
    const Index tile = block_vectors * table_.lanes;
    while (plane_size(order_, cells_) * number_bytes > planes_bytes || items() < least) {
      const Index lane = cells_.lane * order_.lane->step() / order_.lane->reach();
      const Index other = cells_.other * order_.other->step() / order_.other->reach();
      if (cells_.other > 1 && (other >= lane || other >= 8 || cells_.lane <= tile)) {
        cells_.other = divide_up(cells_.other, 2);
      } else if (cells_.lane > tile) {
        cells_.lane = divide_up(divide_up(cells_.lane, 2), tile) * tile;
      } else {
        return;
      }
    }
  }

  void run_item(const Item& item, Worker& worker, int number) {
    PacedCheckpoint pace(checkpoint_, number);
    copy_planes(item, worker, pace);
    for (const Run& across : order_.other->runs) {
      const Index other = std::min(cells_.other, across.count - item.other);
      for (const Run& along : order_.lane->runs) {
        const Index lane = std::min(cells_.lane, along.count - item.lane);
        if (lane > 0 && other > 0) run_pair(item, along, across, lane, other, worker, pace);
      }
    }
  }

  void copy_planes(const Item& item, Worker& worker, PacedCheckpoint& pace) {
    const Index lane_length = order_.lane->length(cells_.lane);
    const Index other_length = order_.other->length(cells_.other);
    order_.lane->list_copied(item.lane, cells_.lane, lane_length * other_length, 1, worker.along);
    order_.other->list_copied(item.other, cells_.other,
                              order_.lane->phases() * lane_length * other_length, lane_length,
                              worker.across);
    const Index channels = item.groups * p_.depth();
    T* const planes = worker.planes.room(channels * plane_);
    const double* const x = a_.x + item.image + item.group * p_.depth() * from_.channel_step();
    const Index along = order_.is_by_columns ? from_.row_step() : from_.column_step();
    const Index across = order_.is_by_columns ? from_.column_step() : from_.row_step();
    for (const PlaneAxis::Copied& b : worker.across) {
      for (Index first = 0; first < channels; first += line) {
        const Index count = std::min(line, channels - first);
        T* const to = planes + first * plane_ + b.place;
        const double* const from = x + first * from_.channel_step() + b.source * across;
        for (const PlaneAxis::Copied& a : worker.along) {
          if (b.source == no_source || a.source == no_source) {
            for (Index k = 0; k < count; ++k) to[k * plane_ + a.place] = T(0);
          } else {
            const double* const cell = from + a.source * along;
            for (Index k = 0; k < count; ++k) {
              to[k * plane_ + a.place] = static_cast<T>(cell[k * from_.channel_step()]);
            }
          }
        }
      }
      pace(1 + channels * worker.along.size() / (1 << 12));
    }
  }

  // The links of a pair of runs. Where one channel is summed, the links of the rows take the place
  // of the depth if they read at equal distances.
  void list_links(const Run& row, const Run& column, Worker& worker, Tile<T>& tile) const {
    const Index lane_length = order_.lane->length(cells_.lane);
    const Index across = lane_length * order_.other->length(cells_.other);
    const auto place = [&](const PlaneAxis& axis, Index source) {
      return &axis == order_.lane ? axis.place(source, across, 1)
                                  : axis.place(source, order_.lane->phases() * across, lane_length);
    };
    const auto is_depth = [&](const PlaneAxis& axis, const Run& run) {
      return p_.depth() == 1 && axis.step() == 1 && run.links.series().size() == 1 &&
             run.links.size() > 1;
    };
    const bool is_row = is_depth(rows_, row);
    const bool is_column = !is_row && rows_.linked_taps() == 1 && is_depth(columns_, column);
    tile.x_step = plane_;
    tile.depth = p_.depth();
    const auto by_depth = [&](const PlaneAxis& axis, const Run& run) {
      tile.depth = run.links.size();
      tile.x_step = place(axis, run.links[1].source) - place(axis, run.links[0].source);
    };
    if (is_row) by_depth(rows_, row);
    if (is_column) by_depth(columns_, column);
    worker.link_x.clear();
    worker.link_panel.clear();
    for (const Link& v : column.links) {
      const Index beside = place(columns_, v.source);
      for (const Link& u : row.links) {
        worker.link_x.push_back(beside + place(rows_, u.source));
        worker.link_panel.push_back(panels_.place(u.tap, v.tap) * p_.depth());
        if (is_row) break;
      }
      if (is_column) break;
    }
    tile.links = worker.link_x.size();
    tile.link_x = worker.link_x.data();
    tile.link_panel = worker.link_panel.data();
    set_pieces(tile);
  }

  void run_pair(const Item& item, const Run& along, const Run& across, Index lane, Index other,
                Worker& worker, PacedCheckpoint& pace) {
    Tile<T> tile = {};
    const Run& row = order_.is_by_columns ? along : across;
    list_links(row, order_.is_by_columns ? across : along, worker, tile);
    const Lines lines = lines_of(lane, other, site_step_, table_.lanes);
    const Index block = std::min(block_vectors * table_.lanes, lines.length);
    double* const sums = worker.sums.room(block * item.groups * p_.channels());
    tile.y_step = block;
    for (Index i = 0; i < lines.count; ++i) {
      for (Index first = 0; first < lines.length; first += block) {
        const Index count = std::min(block, lines.length - first);
        const Index site = i * site_step_ + first;
        run_block(item, site, count, tile, worker, pace);
        put(item, {&along, &across, site, count, sums, block});
      }
    }
  }

  void run_block(const Item& item, Index site, Index count, Tile<T>& tile, Worker& worker,
                 PacedCheckpoint& pace) {
    const Index begin = item.group * p_.channels();
    double* const sums = worker.sums.room(0);
    for (Index i = 0; i < item.groups * panels_.each(); ++i) {
      const Index slot = item.group * panels_.each() + i;
      const Panel<T>& panel = panels_[slot];
      tile.x = worker.planes.room(0) + i / panels_.each() * p_.depth() * plane_ + site;
      tile.panel = panels_.weights(slot);
      tile.start = panels_.start(slot);
      tile.channels = panel.channels;
      for (Index j = 0; j < count; j += tile.sites) {
        tile.sites = std::min<Index>(panel.kernel.sites, count - j);
        tile.site_x = tile.site_y = &j;
        tile.y = sums + (panel.channel - begin) * tile.y_step;
        image_kernel(table_, panel, tile.sites).run(tile);
        pace(1 + tile.links * tile.depth * tile.sites * panel.width / (1 << 12));
      }
    }
  }

  // Sites site .. site + count - 1 of a pair of runs, and their sums.
  struct Block {
    const Run *along, *across;
    Index site, count;
    const double* sums;
    Index sums_step;
  };

  void put(const Item& item, const Block& block) const {
    if (!joint_.empty()) {
      for (const Phase& phase : joint_) put_phase(item, block, phase);
    } else if (order_.is_by_columns) {
      put_phase(item, block, {block.along, block.across, 0, 0, 0});
    } else {
      put_phase(item, block, {block.across, block.along, 0, 0, 0});
    }
  }

  // Copies the sums of one phase to their cells; sites between lines have none.
  void put_phase(const Item& item, const Block& block, const Phase& phase) const {
    const bool by_columns = order_.is_by_columns;
    const Index row_step = to_.row_step(), column_step = to_.column_step();
    const Run& along = by_columns ? *phase.row : *phase.column;
    const Run& across = by_columns ? *phase.column : *phase.row;
    const Index along_unit = by_columns ? row_step : column_step;
    const Index across_unit = by_columns ? column_step : row_step;
    const Index along_before = by_columns ? phase.rows_before : phase.columns_before;
    const Index across_before = by_columns ? phase.columns_before : phase.rows_before;
    const Index along_step = along.step * along_unit, across_step = across.step * across_unit;
    // Cells of the run that the item has, as sites of the item.
    const Index begin = std::max<Index>(0, along_before - item.lane);
    const Index end = std::min(cells_.lane, along_before + along.count - item.lane);
    for (Index at = 0; at < block.count;) {
      const Index t = (block.site + at) % site_step_;
      const Index w = item.other + (block.site + at) / site_step_ - across_before;
      if (t < begin && w >= 0 && w < across.count) {
        at += begin - t;
        continue;
      }
      if (t >= end || w < 0 || w >= across.count) {
        at += site_step_ - t;
        continue;
      }
      const Index some = std::min(block.count - at, end - t);
      const Index cell = along.first * along_unit + across.first * across_unit +
                         (item.lane + t - along_before) * along_step + w * across_step;
      put_cells(item, block.sums + phase.channel * block.sums_step + at, block.sums_step, some,
                a_.y + item.image + cell, along_step);
      at += some;
    }
  }

  // Groups without joint phases lie side by side, in the sums as in the result.
  void put_cells(const Item& item, const double* sums, Index sums_step, Index count, double* cell,
                 Index step) const {
    const Index spans = joint_.empty() ? 1 : item.groups;
    const Index channels = to_.channels / p_.groups, length = channels * item.groups / spans;
    const Index channel_step = to_.channel_step();
    for (Index span = 0; span < spans; ++span) {
      const double* const from = sums + span * p_.channels() * sums_step;
      double* const to = cell + (item.group + span) * channels * channel_step;
      for (Index c = 0; c < length; c += line) {
        const Index last = std::min(length, c + line);
        for (Index j = 0; j < count; ++j) {
          for (Index k = c; k < last; ++k)
            to[j * step + k * channel_step] = from[k * sums_step + j];
        }
      }
    }
  }

  const Problem& p_;
  const Arrays& a_;
  const Checkpoint& checkpoint_;
  ImageView to_;
  const List<Phase>& joint_;
  const KernelTable<T>& table_ = kernels<T>();
  PlaneAxis rows_, columns_;
  ImageView from_;
  Order order_;
  GroupPanels<T> panels_;
  Extents cells_ = {0, 0};
  Index groups_, site_step_, plane_;
  int threads_;
  List<Worker> workers_;
};

}  // namespace

template <class T>
bool is_joint_cheaper(const Problem& p) {
  if (!can_be_joint(p)) return false;
  const auto filled = [](Index channels) {
    return static_cast<double>(divide_up(channels, 2) * 2);
  };
  double apart = 0;
  for (const Run& across : p.columns) {
    for (const Run& along : p.rows) {
      apart += static_cast<double>(along.links.size() * across.links.size()) *
               static_cast<double>(along.count * across.count) * filled(p.channels());
    }
  }
  const Windows row = windows_of(p.rows), column = windows_of(p.columns);
  const Index joint = p.channels() * static_cast<Index>(p.rows.size() * p.columns.size());
  return static_cast<double>(row.size * column.size) *
             static_cast<double>(row.count * column.count) * filled(joint) <
         1.2 * apart;
}

template <class T>
bool can_use_planes(const Problem& p, const PaddedSource& source) {
  const PlaneAxis rows(p.rows, source.axis[0]), columns(p.columns, source.axis[1]);
  const Index groups = std::min(p.groups, divide_up(item_channels, p.depth()));
  const Index bytes = groups * p.depth() * static_cast<Index>(sizeof(T));
  const Index lane = std::min(least_lane, std::max(rows.cells, columns.cells));
  return rows.is_even && columns.is_even && rows.most_links > 0 && columns.most_links > 0 &&
         plane_size({&rows, &columns, true}, {lane, 1}) * bytes <= most_planes_bytes &&
         p.weights_count() * static_cast<Index>(sizeof(T)) <= packed_bytes / 2;
}

template <class T>
void contract_by_planes(const Problem& padded, const PaddedSource& source, const Arrays& arrays,
                        const Checkpoint& checkpoint) {
  if (!is_joint_cheaper<T>(padded)) {
    Planes<T>(padded, source, arrays, padded.to, {}, checkpoint).run();
    return;
  }
  const JointLayer joint = join_phases(padded, arrays.weight);
  Arrays joint_arrays = arrays;
  joint_arrays.weight = joint.weight.data();
  Planes<T>(joint.problem, source, joint_arrays, padded.to, joint.phases, checkpoint).run();
}

template bool can_use_planes<float>(const Problem&, const PaddedSource&);
template bool can_use_planes<double>(const Problem&, const PaddedSource&);
template void contract_by_planes<float>(const Problem&, const PaddedSource&, const Arrays&,
                                        const Checkpoint&);
template void contract_by_planes<double>(const Problem&, const PaddedSource&, const Arrays&,
                                         const Checkpoint&);

}  // namespace nnconv
