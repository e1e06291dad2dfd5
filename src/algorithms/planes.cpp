// Planes: the loops.
//
//     item (some groups, a rectangle of cells of one image) -> planes -> pair of runs -> block of
//     sites -> group -> panel -> tile
//
// A site is a cell of the result, counted as the planes count theirs.
#include "algorithms/planes.h"

#include <algorithm>

#include "algorithms/group_panels.h"
#include "algorithms/joint_phases.h"
#include "algorithms/plane_layout.h"
#include "arrays/array_layout.h"
#include "kernels/dispatch.h"
#include "packing/pieces.h"
#include "system/threads.h"

namespace nnconv {
namespace {

constexpr Index line_numbers = 8;    // that are copied together
constexpr Index block_vectors = 12;  // whole tiles of every panel

// Some images and groups, and the cells from `lane` and `other` on.
struct Item {
  Index image, images, group, groups, lane, other;
};

// Calls f(number, from, count) for the numbers of some channels of an item's images, in lines that
// lie side by side in the array; `from` is where a line begins there. Channels count in the order
// of numbers, the images of each side by side.
template <class F>
void for_lines(const Item& item, const ImageView& view, Index channels, const F& f) {
  const bool is_whole = item.images == view.batch;
  const Index length = is_whole ? channels * item.images : item.images;
  for (Index c = 0; c < (is_whole ? 1 : channels); ++c) {
    for (Index i = 0; i < length; i += line_numbers) {
      f(c * item.images + i, c * view.channel_step() + i, std::min(line_numbers, length - i));
    }
  }
}

// Sites site .. site + count - 1 of a pair of runs, and their sums.
struct Block {
  const Run *row, *column;
  Index site, count;
  const double* sums;
  Index sums_step;
};

// Copies sources into planes.
template <class T>
class PlaneCopy {
 public:
  PlaneCopy(const double* x, const ImageView& from, Index depth, const PlaneLayout& layout)
      : x_(x), from_(from), depth_(depth), layout_(layout) {}

  T* copy(const Item& item, PacedCheckpoint& pace) {
    layout_.list_copied(layout_.lane(), item.lane, along_);
    layout_.list_copied(layout_.other(), item.other, across_);
    const Index channels = item.groups * depth_;
    T* const planes = planes_.room(channels * item.images * layout_.plane);
    const double* const x = x_ + item.image + item.group * depth_ * from_.channel_step();
    const Index step = layout_.is_by_columns() ? from_.column_step() : from_.row_step();
    for (const CopiedCell& b : across_) {
      for_lines(item, from_, channels, [&](Index number, Index from, Index count) {
        T* const to = planes + number * layout_.plane + b.place;
        if (b.source == no_source) {
          put_zeros(count, to);
        } else {
          copy_line(x + from + b.source * step, count, to);
        }
      });
      pace.products(channels * item.images * along_.size());
    }
    return planes;
  }

 private:
  void put_zeros(Index count, T* to) const {
    for (const CopiedCell& a : along_) {
      for (Index k = 0; k < count; ++k) to[k * layout_.plane + a.place] = T(0);
    }
  }

  void copy_line(const double* from, Index count, T* to) const {
    const Index step = layout_.is_by_columns() ? from_.row_step() : from_.column_step();
    for (const CopiedCell& a : along_) {
      if (a.source == no_source) {
        for (Index k = 0; k < count; ++k) to[k * layout_.plane + a.place] = T(0);
        continue;
      }
      const double* const cell = from + a.source * step;
      for (Index k = 0; k < count; ++k) {
        to[k * layout_.plane + a.place] = static_cast<T>(cell[k]);
      }
    }
  }

  const double* x_;
  ImageView from_;
  Index depth_;
  const PlaneLayout& layout_;
  Scratch<T> planes_;
  List<CopiedCell> along_, across_;
};

// Copies sums to their cells, whose order may be that of joint phases; sites between lines have no
// cell.
class PlaneResult {
 public:
  PlaneResult(double* y, const ImageView& to, Index groups, const PlaneLayout& layout,
              const List<Phase>& joint)
      : y_(y), to_(to), channels_(to.channels / groups), layout_(layout), joint_(joint) {}

  void put(const Item& item, const Block& block) const {
    for (const Phase& phase : joint_) put_phase(item, block, phase);
    if (joint_.empty()) put_phase(item, block, {block.row, block.column, 0, 0, 0});
  }

  Index channels() const { return channels_; }

 private:
  // A run, the windows before its first cell, and the step of its axis in the result.
  struct RunSteps {
    const Run& run;
    Index before, step;
    Index at(Index t) const { return (run.first + (t - before) * run.step) * step; }
    bool has(Index t) const { return t >= before && t < before + run.count; }
  };

  void put_phase(const Item& item, const Block& block, const Phase& phase) const {
    const RunSteps row = {*phase.row, phase.rows_before, to_.row_step()};
    const RunSteps column = {*phase.column, phase.columns_before, to_.column_step()};
    const bool by_columns = layout_.is_by_columns();
    const RunSteps &along = by_columns ? row : column, &across = by_columns ? column : row;
    const Index begin = std::max<Index>(0, along.before - item.lane);
    const Index end = std::min(layout_.lane_cells, along.before + along.run.count - item.lane);
    const double* const sums = block.sums + phase.channel * item.images * block.sums_step;
    for (Index at = 0; at < block.count;) {
      const Index t = (block.site + at) % layout_.site_step;
      const Index s = item.other + (block.site + at) / layout_.site_step;
      if (t >= end || !across.has(s)) {
        at += layout_.site_step - t;
      } else if (t < begin) {
        at += begin - t;
      } else {
        const Index count = std::min(block.count - at, end - t);
        put_cells(item, sums + at, block.sums_step, count,
                  y_ + item.image + along.at(item.lane + t) + across.at(s),
                  along.run.step * along.step);
        at += count;
      }
    }
  }

  // Groups without joint phases lie side by side, in the sums as in the result.
  void put_cells(const Item& item, const double* sums, Index sums_step, Index count, double* cell,
                 Index step) const {
    const Index spans = joint_.empty() ? 1 : item.groups,
                channels = channels_ * item.groups / spans;
    for (Index span = 0; span < spans; ++span) {
      const double* const from = sums + span * joint_.size() * channels_ * item.images * sums_step;
      double* const to = cell + (item.group + span) * channels_ * to_.channel_step();
      for_lines(item, to_, channels, [&](Index number, Index at, Index some) {
        const double* const line = from + number * sums_step;
        for (Index j = 0; j < count; ++j) {
          for (Index k = 0; k < some; ++k) to[j * step + at + k] = line[k * sums_step + j];
        }
      });
    }
  }

  double* y_;
  ImageView to_;
  Index channels_;  // of a group
  const PlaneLayout& layout_;
  const List<Phase>& joint_;
};

// The links of a pair of runs. Where one channel is summed, the links of one axis take the place of
// the depth if they read at equal distances.
class PlaneLinks {
 public:
  template <class T>
  void list(const Problem& p, const PlaneLayout& layout, const GroupPanels<T>& panels,
            const Run& row, const Run& column, Index images, Tile<T>& tile) {
    const auto is_depth = [&](const PlaneAxis& axis, const Run& run) {
      return p.depth() == 1 && axis.step() == 1 && run.links.series().size() == 1 &&
             run.links.size() > 1;
    };
    const PlaneAxis &rows = layout.rows, &columns = layout.columns;
    const bool is_row = is_depth(rows, row);
    const bool is_column = !is_row && rows.linked_taps() == 1 && is_depth(columns, column);
    tile.x_step = layout.plane * images;
    tile.depth = p.depth();
    if (is_row || is_column) {
      const PlaneAxis& axis = is_row ? rows : columns;
      const Links& links = (is_row ? row : column).links;
      tile.depth = links.size();
      tile.x_step = layout.place(axis, links[1].source) - layout.place(axis, links[0].source);
    }
    x_.clear();
    panel_.clear();
    for (const Link& v : column.links) {
      const Index beside = layout.place(columns, v.source);
      for (const Link& u : row.links) {
        x_.push_back(beside + layout.place(rows, u.source));
        panel_.push_back(panels.place(u.tap, v.tap) * p.depth());
        if (is_row) break;
      }
      if (is_column) break;
    }
    tile.links = x_.size();
    tile.link_x = x_.data();
    tile.link_panel = panel_.data();
    set_pieces(tile);
  }

 private:
  List<Index> x_, panel_;
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
        threads_(threads_for(products())),
        layout_(p_, source, {table_.lanes, Index{sizeof(T)}, threads_}),
        result_(arrays.y, to, p_.groups, layout_, joint),
        panels_(p_, a_, cell_panels<T>(p_.channels()), result_.channels(), layout_.rows,
                layout_.columns) {
    const ImageView from = {p_.from.batch, p_.from.channels, source.axis[0].size,
                            source.axis[1].size};
    for (int i = 0; i < threads_; ++i) {
      workers_.push_back({PlaneCopy<T>(arrays.x, from, p_.depth(), layout_), {}, {}});
    }
  }

  void run() {
    const auto pack = [&](Index group, int worker) {
      PacedCheckpoint pace(checkpoint_, worker);
      panels_.pack(group, pace);
    };
    parallel_for(p_.groups, threads_, pack, checkpoint_);
    panels_.keep();
    const Index along = PlaneLayout::items_of(layout_.lane(), layout_.lane_cells);
    const Index blocks = divide_up(p_.groups, layout_.groups), parts = layout_.items();
    const auto item = [&](Index i, int worker) {
      const Index group = i % blocks * layout_.groups, part = i / blocks % parts;
      const Index image = i / blocks / parts * layout_.images;
      run_item({image, std::min(layout_.images, p_.to.batch - image), group,
                std::min(layout_.groups, p_.groups - group), part % along * layout_.lane_cells,
                part / along * layout_.other_cells},
               workers_[worker], worker);
    };
    parallel_for(blocks * parts * divide_up(p_.to.batch, layout_.images), threads_, item,
                 checkpoint_);
  }

 private:
  struct Worker {
    PlaneCopy<T> sources;
    Scratch<double> sums;
    PlaneLinks links;
  };

  double products() const {
    return static_cast<double>(p_.weights_count() * p_.to.batch) *
           static_cast<double>(p_.to.height) * static_cast<double>(p_.to.width);
  }

  void run_item(const Item& item, Worker& worker, int number) {
    PacedCheckpoint pace(checkpoint_, number);
    const T* const planes = worker.sources.copy(item, pace);
    for (const Run& column : layout_.columns.runs) {
      for (const Run& row : layout_.rows.runs) {
        const bool by_columns = layout_.is_by_columns();
        const Index along = (by_columns ? row : column).count - item.lane;
        const Index across = (by_columns ? column : row).count - item.other;
        if (along <= 0 || across <= 0) continue;
        const Lines lines = layout_.lines(std::min(layout_.lane_cells, along),
                                          std::min(layout_.other_cells, across));
        run_pair(item, row, column, lines, planes, worker, pace);
      }
    }
  }

  void run_pair(const Item& item, const Run& row, const Run& column, const Lines& lines,
                const T* planes, Worker& worker, PacedCheckpoint& pace) {
    Tile<T> tile = {};
    worker.links.list(p_, layout_, panels_, row, column, item.images, tile);
    const Index block = std::min(block_vectors * table_.lanes, lines.length);
    tile.y = worker.sums.room(block * item.groups * p_.channels() * item.images);
    tile.y_step = block * item.images;
    for (Index i = 0; i < lines.count; ++i) {
      for (Index first = 0; first < lines.length; first += block) {
        const Block some = {
            &row,   &column, i * layout_.site_step + first, std::min(block, lines.length - first),
            tile.y, block};
        for (Index n = 0; n < item.images; ++n) {
          run_block(item, some, n, planes + n * layout_.plane + some.site, tile, pace);
        }
        result_.put(item, some);
      }
    }
  }

  void run_block(const Item& item, const Block& block, Index image, const T* x, Tile<T> tile,
                 PacedCheckpoint& pace) {
    double* const sums = tile.y + image * block.sums_step;
    const Index group_step = p_.depth() * layout_.plane * item.images;
    for (Index i = 0; i < item.groups * panels_.each(); ++i) {
      const Index slot = item.group * panels_.each() + i;
      const Panel<T>& panel = panels_[slot];
      tile.x = x + i / panels_.each() * group_step;
      tile.panel = panels_.weights(slot);
      tile.start = panels_.start(slot);
      tile.channels = panel.channels;
      tile.y = sums + (panel.channel - item.group * p_.channels()) * tile.y_step;
      for (Index j = 0; j < block.count; j += tile.sites) {
        tile.sites = std::min<Index>(panel.kernel.sites, block.count - j);
        tile.site_x = tile.site_y = &j;
        image_kernel(table_, panel, tile.sites).run(tile);
        pace.products(tile.links * tile.depth * tile.sites * panel.width);
      }
    }
  }

  const Problem& p_;
  const Arrays& a_;
  const Checkpoint& checkpoint_;
  const KernelTable<T>& table_ = kernels<T>();
  int threads_;
  PlaneLayout layout_;
  PlaneResult result_;
  GroupPanels<T> panels_;
  List<Worker> workers_;
};

}  // namespace

template <class T>
void contract_by_planes(const Problem& padded, const PaddedSource& source, const Arrays& arrays,
                        const Checkpoint& checkpoint) {
  if (!is_joint_cheaper(padded)) {
    Planes<T>(padded, source, arrays, padded.to, {}, checkpoint).run();
    return;
  }
  const JointLayer joint = join_phases(padded, arrays.weight);
  Arrays joint_arrays = arrays;
  joint_arrays.weight = joint.weight.data();
  joint_arrays.weights_id = 0;
  Planes<T>(joint.problem, source, joint_arrays, padded.to, joint.phases, checkpoint).run();
}

template void contract_by_planes<float>(const Problem&, const PaddedSource&, const Arrays&,
                                        const Checkpoint&);
template void contract_by_planes<double>(const Problem&, const PaddedSource&, const Arrays&,
                                         const Checkpoint&);

}  // namespace nnconv
