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
#include "algorithms/magnitude.h"
#include "algorithms/plane_copy.h"
#include "algorithms/plane_result.h"
#include "kernels/dispatch.h"
#include "packing/pieces.h"
#include "system/threads.h"

namespace nnconv {
namespace {

constexpr Index block_vectors = 12;  // whole tiles of every panel

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
    tile.x_step = layout.channel_step(images);
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
         const PlaneEnds<T>& ends, const ImageView& to, const List<Phase>& joint,
         const Checkpoint& checkpoint)
      : p_(problem),
        a_(arrays),
        ends_(ends),
        checkpoint_(checkpoint),
        threads_(threads_for(products())),
        layout_(p_, source, {table_.lanes, Index{sizeof(T)}, threads_}, ends.from),
        result_(writer(to), to.channels / p_.groups, layout_, joint),
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
    if (ends_.to) fill_around(*ends_.to, ends_.y, checkpoint_);
  }

 private:
  struct Worker {
    PlaneCopy<T> sources;
    Scratch<double> sums;
    PlaneLinks links;
  };

  std::unique_ptr<CellWriter> writer(const ImageView& to) const {
    const bool by_columns = layout_.is_by_columns();
    if (ends_.to) return std::make_unique<PlaneWriter<T>>(ends_.y, *ends_.to, by_columns);
    return std::make_unique<ArrayWriter>(a_.y, to, by_columns);
  }

  double products() const {
    return static_cast<double>(p_.weights_count() * p_.to.batch) *
           static_cast<double>(p_.to.height) * static_cast<double>(p_.to.width);
  }

  void run_item(const PlaneItem& item, Worker& worker, int number) {
    PacedCheckpoint pace(checkpoint_, number);
    const T* const planes = ends_.from ? in_place(item) : worker.sources.copy(item, pace);
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

  // What the item's first cell reads first.
  const T* in_place(const PlaneItem& item) const {
    return ends_.x + ends_.from->place(item.image, item.group * p_.depth(),
                                       layout_.lane().begin() + item.lane,
                                       layout_.other().begin() + item.other);
  }

  void run_pair(const PlaneItem& item, const Run& row, const Run& column, const Lines& lines,
                const T* planes, Worker& worker, PacedCheckpoint& pace) {
    Tile<T> tile = {};
    worker.links.list(p_, layout_, panels_, row, column, item.images, tile);
    const Index block = std::min(block_vectors * table_.lanes, lines.length);
    tile.y = worker.sums.room(block * item.groups * p_.channels() * item.images);
    tile.y_step = block * item.images;
    for (Index i = 0; i < lines.count; ++i) {
      for (Index first = 0; first < lines.length; first += block) {
        const PlaneBlock some = {
            &row,   &column, i * layout_.site_step + first, std::min(block, lines.length - first),
            tile.y, block};
        for (Index n = 0; n < item.images; ++n) {
          run_block(item, some, n, planes + n * layout_.image_step + some.site, tile, pace);
        }
        if (ends_.finish) finish(item, some, tile.y);
        result_.put(item, some);
      }
    }
  }

  void run_block(const PlaneItem& item, const PlaneBlock& block, Index image, const T* x,
                 Tile<T> tile, PacedCheckpoint& pace) {
    double* const sums = tile.y + image * block.sums_step;
    const Index group_step = p_.depth() * layout_.channel_step(item.images);
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

  // A phase of joint ones has the result's channels.
  void finish(const PlaneItem& item, const PlaneBlock& block, double* sums) const {
    const Index channels = result_.channels();
    for (Index g = item.group; g < item.group + item.groups; ++g) {
      for (Index c = 0; c < p_.channels(); ++c) {
        for (Index n = 0; n < item.images; ++n, sums += block.sums_step) {
          ends_.finish->apply(g * channels + c % channels, sums, block.count);
        }
      }
    }
  }

  const Problem& p_;
  const Arrays& a_;
  const PlaneEnds<T>& ends_;
  const Checkpoint& checkpoint_;
  const KernelTable<T>& table_ = kernels<T>();
  int threads_;
  PlaneLayout layout_;
  PlaneResult result_;
  GroupPanels<T> panels_;
  List<Worker> workers_;
};

// Phases of fewer taps than others multiply by zeros what the definition does not: nothing may be
// infinite there. Planes are not looked at.
template <class T>
bool can_fill_phases(const Problem& padded, const PaddedSource& source, const Arrays& arrays,
                     const PlaneEnds<T>& ends, const Checkpoint& checkpoint) {
  const Index count =
      padded.from.batch * padded.from.channels * source.axis[0].size * source.axis[1].size;
  return are_full(padded) || (!ends.from && are_moderate<T>(arrays.x, count, checkpoint));
}

}  // namespace

template <class T>
void contract_by_planes(const Problem& padded, const PaddedSource& source, const Arrays& arrays,
                        const PlaneEnds<T>& ends, const Checkpoint& checkpoint) {
  if (!is_joint_cheaper(padded) || !can_fill_phases(padded, source, arrays, ends, checkpoint)) {
    Planes<T>(padded, source, arrays, ends, padded.to, {}, checkpoint).run();
    return;
  }
  const JointLayer joint = join_phases(padded, arrays.weight);
  Arrays joint_arrays = arrays;
  joint_arrays.weight = joint.weight.data();
  joint_arrays.weights_id = 0;
  Planes<T>(joint.problem, source, joint_arrays, ends, padded.to, joint.phases, checkpoint).run();
}

template void contract_by_planes<float>(const Problem&, const PaddedSource&, const Arrays&,
                                        const PlaneEnds<float>&, const Checkpoint&);
template void contract_by_planes<double>(const Problem&, const PaddedSource&, const Arrays&,
                                         const PlaneEnds<double>&, const Checkpoint&);

}  // namespace nnconv
