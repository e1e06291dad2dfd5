// Winograd: the loops around the products.
//
//     group -> block of transformed weights -> item (tiles of some images) -> panel -> point
//
// Where items are few, threads share out the panels of each, too.
//
// A Winograd tile is a block of outputs x outputs cells. For each of its points x points products
// the channels are summed as in a layer with a single tap, and by the same kernels: the point
// stands for the tap, and the tile for the site.
#include "algorithms/winograd.h"

#include <algorithm>

#include "algorithms/winograd_items.h"
#include "algorithms/winograd_tiles.h"
#include "algorithms/winograd_transforms.h"
#include "algorithms/winograd_weights.h"
#include "packing/pieces.h"
#include "packing/plan.h"
#include "system/list.h"
#include "system/scratch.h"
#include "system/threads.h"

namespace nnconv {
namespace {

template <class T>
class Winograd {
 public:
  // Adds to y, or overwrites y if the component is the `first`.
  Winograd(const Problem& problem, const Arrays& arrays, const SpanTiles& tiles, bool first,
           const Checkpoint& checkpoint)
      : p_(problem),
        a_(arrays),
        checkpoint_(checkpoint),
        tiles_(tiles),
        is_first_(first),
        points_(tiles_.points()),
        plan_(make_dense_plan<T>({p_.to.batch, p_.groups, p_.depth(), p_.channels(), 1})),
        weights_(p_, a_, tiles_, plan_),
        threads_(threads_for(static_cast<double>(points_ * plan_.depth * p_.to.channels) *
                             static_cast<double>(tiles_.count() * p_.to.batch))),
        items_(tiles_, {points_ * weights_.depth_at_once() * static_cast<Index>(sizeof(T)),
                        p_.to.batch, plan_.images, weights_.are_several_blocks(), threads_}) {
    for (int i = 0; i < threads_; ++i) {
      workers_.push_back({WinogradTransforms<T>(tiles_, p_.from, p_.to), {}, {}});
    }
    if (items_.are_data_kept) {
      kept_.room(points_ * weights_.depth_at_once() * tiles_.count() * p_.to.batch);
    }
  }

  void run() {
    weights_.for_blocks([&](const Block& block) { run_block(block); });
  }

 private:
  using Block = WinogradBlock;
  using Item = WinogradItem;

  struct Worker {
    WinogradTransforms<T> transforms;
    Scratch<T> data;
    Scratch<double> sums;
  };

  void run_block(const Block& block) {
    const auto pack = [&](Index part, int worker) {
      weights_.pack(block, part, workers_[worker].transforms.between());
    };
    parallel_for(weights_.parts(block), threads_, pack, checkpoint_);
    weights_.set_start(block, is_first(block) ? a_.bias : nullptr);
    if (items_.are_data_kept && block.first_panel == 0) keep_data(block);
    const Index panels = divide_up(block.panels, items_.parts);
    const Index parts = divide_up(block.panels, panels);
    const auto item = [&](Index i, int worker) {
      const Index first = i % parts * panels;
      run_item(block, items_.list[i / parts], first, std::min(first + panels, block.panels),
               workers_[worker]);
    };
    parallel_for(items_.list.size() * parts, threads_, item, checkpoint_);
  }

  // Is nothing in the result to be added to?
  bool is_first(const Block& block) const { return is_first_ && block.first_depth == 0; }

  T* kept_data(const Block& block, const Item& item) {
    return kept_.room(0) + points_ * block.depth * item.before;
  }

  void keep_data(const Block& block) {
    const auto tile = [&](Index i, int worker) {
      const Item& item = items_.list[i / items_.tiles];
      const Index t = i % items_.tiles;
      if (t < item.tiles) transform_data(block, item, t, kept_data(block, item), workers_[worker]);
    };
    parallel_for(items_.list.size() * items_.tiles, threads_, tile, checkpoint_);
  }

  // Transforms the data of tile t of an item.
  void transform_data(const Block& block, const Item& item, Index t, T* data, Worker& worker) {
    const Index cell = block.depth * item.images;
    const double* const x =
        a_.x + item.image +
        (block.group * plan_.depth + block.first_depth) * p_.from.channel_step();
    worker.transforms.data(x, item.tile + t, block.depth, item.images, item.tiles * cell,
                           data + t * cell);
  }

  // Computes the panels in the slots first .. last - 1.
  void run_item(const Block& block, const Item& item, Index first, Index last, Worker& worker) {
    const bool are_kept = items_.are_data_kept;
    const Index cells = items_.tiles * items_.images;
    T* const data = are_kept ? kept_data(block, item)
                             : worker.data.room(points_ * weights_.depth_at_once() * cells);
    for (Index t = 0; t < item.tiles && !are_kept; ++t) {
      transform_data(block, item, t, data, worker);
    }
    double* const sums = worker.sums.room(points_ * weights_.widest() * cells);
    for (Index i = first; i < last; ++i) {
      const Panel<T>& panel = weights_.panel(block, i);
      multiply(block, item, i, data, sums);
      const Index cell = panel.channels * item.images;
      double* const y =
          a_.y + item.image + (block.group * plan_.channels + panel.channel) * p_.to.channel_step();
      for (Index t = 0; t < item.tiles; ++t) {
        worker.transforms.result(sums + t * cell, item.tile + t, panel.channels, item.images,
                                 item.tiles * cell, is_first(block), y);
      }
    }
  }

  // Sums the products of all points over the depth, for the panel in slot i.
  void multiply(const Block& block, const Item& item, Index i, const T* data, double* sums) {
    const Panel<T>& panel = weights_.panel(block, i);
    const Index in_cell = block.depth * item.images, out_cell = panel.channels * item.images;
    const Index no_offset = 0;
    TileSites sites(item.tiles, item.images, plan_.images);
    for (Index t = 0; t < item.tiles; ++t) {
      for (Index image = 0; image < item.images; image += plan_.images) {
        sites.add(t * in_cell + image, t * out_cell + image);
      }
    }
    Tile<T> tile = {};
    tile.x_step = tile.y_step = item.images;
    tile.depth = block.depth;
    tile.links = 1;
    tile.link_x = &no_offset;
    tile.channels = panel.channels;
    set_pieces(tile);
    for (Index point = 0; point < points_; ++point) {
      const Index link_panel = point * block.depth;
      tile.link_panel = &link_panel;
      tile.panel = weights_.weights(i);
      tile.start = weights_.start(i, point);
      tile.x = data + point * item.tiles * in_cell;
      tile.y = sums + point * item.tiles * out_cell;
      run_tiles(plan_, panel, sites, tile);
    }
  }

  const Problem& p_;
  const Arrays& a_;
  const Checkpoint& checkpoint_;
  SpanTiles tiles_;
  bool is_first_;
  Index points_;
  Plan<T> plan_;
  WinogradWeights<T> weights_;
  int threads_;
  WinogradItems items_;
  Scratch<T> kept_;  // transformed data
  List<Worker> workers_;
};

}  // namespace

template <class T>
void contract_by_winograd(const Problem& problem, const Arrays& arrays, const Span& row,
                          const Span& column, const Checkpoint& checkpoint) {
  bool first = true;
  for (const Component& v : column.components) {
    for (const Component& u : row.components) {
      const AxisTiles rows = tiles_of(row, u), columns = tiles_of(column, v);
      Winograd<T>(problem, arrays, {rows, columns}, first, checkpoint).run();
      first = false;
    }
  }
}

template void contract_by_winograd<float>(const Problem&, const Arrays&, const Span&, const Span&,
                                          const Checkpoint&);
template void contract_by_winograd<double>(const Problem&, const Arrays&, const Span&, const Span&,
                                           const Checkpoint&);

}  // namespace nnconv
