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
#include <utility>

#include "algorithms/winograd_tiles.h"
#include "algorithms/winograd_weights.h"
#include "packing/packed_panels.h"
#include "packing/pieces.h"
#include "packing/plan.h"
#include "system/list.h"
#include "system/scratch.h"
#include "system/threads.h"

namespace nnconv {
namespace {

constexpr Index data_bytes = Index(1) << 19;  // of a worker's transformed data, if possible
constexpr Index kept_bytes = Index(6) << 20;  // of all transformed data, if they are kept
constexpr Index most_sites = 96;
constexpr Index chunk = 64;         // numbers transformed at a time
constexpr Index packed_depth = 32;  // depth of the weights transformed at a time

template <class T>
class Winograd {
 public:
  // Adds to y, or overwrites y if the component is the `first`.
  Winograd(const Problem& problem, const Arrays& arrays, const AxisTiles& row,
           const AxisTiles& column, bool first, const Checkpoint& checkpoint)
      : p_(problem),
        a_(arrays),
        checkpoint_(checkpoint),
        row_(row),
        column_(column),
        is_first_(first),
        points_(row_.points * column_.points),
        plan_(make_dense_plan<T>({p_.to.batch, p_.groups, p_.depth(), p_.channels(), 1})),
        panels_(std::move(plan_.panels)),
        by_row_(plan_.table->transforms[row_.taps - 1]),
        by_column_(plan_.table->transforms[column_.taps - 1]),
        zeros_(repeated(chunk, 0.0)),
        no_start_(repeated(panels_.widest(), T(0))) {
    depth_at_once_ = std::min(plan_.depth, winograd_depth_at_once(plan_.depth, points_));
    panels_.hold(points_ * depth_at_once_, weight_bytes);
    threads_ = threads_for(static_cast<double>(points_ * plan_.depth * p_.to.channels) *
                           static_cast<double>(row_.tiles * column_.tiles * p_.to.batch));
    workers_.resize(threads_);
    list_items();
  }

  void run() {
    if (is_kept_) kept_.room(points_ * depth_at_once_ * row_.tiles * column_.tiles * p_.to.batch);
    for (Index group = 0; group < plan_.groups; ++group) {
      for (Index depth = 0; depth < plan_.depth; depth += depth_at_once_) {
        for (Index first = 0; first < panels_.count(); first += panels_.at_once()) {
          run_block({group, first, std::min(panels_.at_once(), panels_.count() - first), depth,
                     std::min(depth_at_once_, plan_.depth - depth)});
        }
      }
    }
  }

 private:
  static constexpr Index bytes = static_cast<Index>(sizeof(T));

  // Consecutive panels whose transformed weights are held at once, for some of the depth.
  struct Block {
    Index group, first_panel, panels, first_depth, depth;
  };

  struct Item {
    Index tile, tiles, image, images;
    Index before;  // tiles of images before it
  };

  struct Worker {
    Scratch<T> data, between;
    Scratch<double> sums, dropped;
  };

  // Chooses items whose transformed data stay in the cache, that fill whole kernel tiles of 6 and
  // of 8 sites where a site is one image's, and that leave some for every thread.
  void list_items() {
    const Index cell = points_ * depth_at_once_ * bytes;
    images_ = p_.to.batch;
    if (images_ * cell > 2 * data_bytes) {
      images_ = std::max(data_bytes / cell / plan_.images * plan_.images, plan_.images);
      images_ = std::min(images_, p_.to.batch);
    }
    const Index tiles = row_.tiles * column_.tiles;
    const Index sites = divide_up(images_, plan_.images);
    const Index unit = plan_.images > 1 ? 1 : divide_up(24, sites);
    const Index cached = std::min(data_bytes / (images_ * cell), most_sites / sites);
    const Index share = divide_up(tiles * divide_up(p_.to.batch, images_), 4 * threads_);
    tiles_ = std::max<Index>(1, std::min(cached, share) / unit) * unit;
    Index before = 0;
    for (Index image = 0; image < p_.to.batch; image += images_) {
      for (Index tile = 0; tile < tiles; tile += tiles_) {
        items_.push_back({tile, std::min(tiles_, tiles - tile), image,
                          std::min(images_, p_.to.batch - image), before});
        before += items_.back().tiles * items_.back().images;
      }
    }
    parts_ = threads_ == 1 ? 1 : divide_up(4 * threads_, items_.size());
    is_kept_ = (panels_.at_once() < panels_.count() || parts_ > 1) && before * cell <= kept_bytes;
    if (!is_kept_) parts_ = 1;
  }

  void run_block(const Block& block) {
    const Index slices = divide_up(block.depth, packed_depth);
    const auto weights = [&](Index i, int worker) {
      transform_weights(block, i % block.panels, i / block.panels * packed_depth, workers_[worker]);
    };
    parallel_for(block.panels * slices, threads_, weights, checkpoint_);
    const double* const bias = is_first_ && block.first_depth == 0 ? a_.bias : nullptr;
    for (Index i = 0; i < block.panels; ++i) {
      panels_.set_start(i, block.first_panel + i, bias,
                        [&](Index c) { return block.group * plan_.channels + c; });
    }
    if (is_kept_ && block.first_panel == 0) keep_data(block);
    const Index panels = divide_up(block.panels, parts_), parts = divide_up(block.panels, panels);
    const auto item = [&](Index i, int worker) {
      const Index first = i % parts * panels;
      run_item(block, items_[i / parts], first, std::min(first + panels, block.panels),
               workers_[worker]);
    };
    parallel_for(items_.size() * parts, threads_, item, checkpoint_);
  }

  T* kept_data(const Block& block, const Item& item) {
    return kept_.room(0) + points_ * block.depth * item.before;
  }

  void keep_data(const Block& block) {
    const auto tile = [&](Index i, int worker) {
      const Item& item = items_[i / tiles_];
      const Index t = i % tiles_;
      if (t >= item.tiles) return;
      transform_data(block, item, t, kept_data(block, item) + t * block.depth * item.images,
                     workers_[worker]);
    };
    parallel_for(items_.size() * tiles_, threads_, tile, checkpoint_);
  }

  // Transforms the weights of the panel in slot i, for some of the block's depth.
  void transform_weights(const Block& block, Index i, Index first, Worker& worker) {
    const Panel<T>& panel = panels_[block.first_panel + i];
    const Index depth = std::min(packed_depth, block.depth - first);
    pack_transformed(
        a_.weight, p_, row_, column_, *plan_.table,
        {block.group, panel.channel, panel.channels, block.first_depth + first, depth, 1},
        panel.width, block.depth * panel.width, worker.between,
        panels_.weights(i) + first * panel.width);
  }

  // Computes the panels in the slots first .. last - 1.
  void run_item(const Block& block, const Item& item, Index first, Index last, Worker& worker) {
    T* const data = is_kept_ ? kept_data(block, item)
                             : worker.data.room(points_ * tiles_ * depth_at_once_ * images_);
    if (!is_kept_) {
      const Index cell = block.depth * item.images;
      for (Index t = 0; t < item.tiles; ++t) {
        transform_data(block, item, t, data + t * cell, worker);
      }
    }

    double* sums = worker.sums.room(points_ * tiles_ * panels_.widest() * images_);
    for (Index i = first; i < last; ++i) {
      const Panel<T>& panel = panels_[block.first_panel + i];
      multiply(block, item, i, data, sums);
      const Index cell = panel.channels * item.images;
      for (Index t = 0; t < item.tiles; ++t) {
        transform_result(block, item, panel, t, sums + t * cell, worker);
      }
    }
  }

  // Lines of numbers that lie side by side in the array and in the item.
  struct Lines {
    Index count, length, distance;
  };

  Lines lines_of(Index channels, Index images, const ImageView& view) const {
    if (images == view.batch) return {1, channels * images, 0};
    return {channels, images, view.channel_step()};
  }

  // The first cell of tile t of an item, counted in the span.
  Index first_row(const Item& item, Index t) const {
    return (item.tile + t) % row_.tiles * row_.outputs;
  }
  Index first_column(const Item& item, Index t) const {
    return (item.tile + t) / row_.tiles * column_.outputs;
  }

  // Transforms the data of tile t. Each point's numbers lie `tiles` cells after those of the point
  // before.
  void transform_data(const Block& block, const Item& item, Index t, T* data, Worker& worker) {
    const Lines lines = lines_of(block.depth, item.images, p_.from);
    const double* const x =
        a_.x + item.image +
        (block.group * plan_.depth + block.first_depth) * p_.from.channel_step();
    const double* cells[most_points][most_points];  // column, row
    for (int b = 0; b < column_.points; ++b) {
      const Index w = column_.component->source + (first_column(item, t) + b) * column_.span->pitch;
      for (int a = 0; a < row_.points; ++a) {
        const Index h = row_.component->source + (first_row(item, t) + a) * row_.span->pitch;
        const bool inside = w >= 0 && w < p_.from.width && h >= 0 && h < p_.from.height;
        cells[b][a] = inside ? x + w * p_.from.column_step() + h * p_.from.row_step() : nullptr;
      }
    }
    T* const between = worker.between.room(most_points * most_points * chunk);
    const Index point_step = item.tiles * block.depth * item.images;
    for (Index i = 0; i < lines.count; ++i) {
      for (Index at = 0; at < lines.length; at += chunk) {
        const Index n = std::min(chunk, lines.length - at);
        for (int b = 0; b < column_.points; ++b) {
          const double* in[most_points];
          T* out[most_points];
          for (int a = 0; a < row_.points; ++a) {
            const double* const from = cells[b][a];
            in[a] = from == nullptr ? zeros_.data() : from + i * lines.distance + at;
            out[a] = between + (a * column_.points + b) * chunk;
          }
          by_row_.data_first(in, out, n);
        }
        T* const to = data + i * lines.length + at;
        for (int a = 0; a < row_.points; ++a) {
          const T* in[most_points];
          T* out[most_points];
          for (int b = 0; b < column_.points; ++b) {
            in[b] = between + (a * column_.points + b) * chunk;
            out[b] = to + (a * column_.points + b) * point_step;
          }
          by_column_.data_second(in, out, n);
        }
      }
    }
  }

  // Sums the products of all points over the depth, for the panel in slot i.
  void multiply(const Block& block, const Item& item, Index i, const T* data, double* sums) {
    const Panel<T>& panel = panels_[block.first_panel + i];
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
    const Index one = point_one(row_.taps) * column_.points + point_one(column_.taps);
    for (Index point = 0; point < points_; ++point) {
      const Index link_panel = point * block.depth;
      tile.link_panel = &link_panel;
      tile.panel = panels_.weights(i);
      tile.start = point == one ? panels_.start(i) : no_start_.data();
      tile.x = data + point * item.tiles * in_cell;
      tile.y = sums + point * item.tiles * out_cell;
      run_tiles(plan_, panel, sites, tile);
    }
  }

  void transform_result(const Block& block, const Item& item, const Panel<T>& panel, Index t,
                        const double* sums, Worker& worker) {
    const Lines lines = lines_of(panel.channels, item.images, p_.to);
    const Index channel = block.group * plan_.channels + panel.channel;
    const Index row = first_row(item, t), column = first_column(item, t);
    double* const y = a_.y + item.image + channel * p_.to.channel_step() +
                      (row_.span->first + row * row_.span->step) * p_.to.row_step() +
                      (column_.span->first + column * column_.span->step) * p_.to.column_step();
    double* cells[most_points][most_points];  // row, column; null beyond the span
    for (int i = 0; i < row_.outputs; ++i) {
      for (int j = 0; j < column_.outputs; ++j) {
        const bool inside = row + i < row_.span->count && column + j < column_.span->count;
        cells[i][j] = inside ? y + i * row_.span->step * p_.to.row_step() +
                                   j * column_.span->step * p_.to.column_step()
                             : nullptr;
      }
    }
    T* const between = worker.between.room(most_points * most_points * chunk);
    double* const dropped = worker.dropped.room(chunk);
    const Index point_step = item.tiles * panel.channels * item.images;
    const auto second =
        is_first_ && block.first_depth == 0 ? by_column_.result_second : by_column_.result_added;
    for (Index k = 0; k < lines.count; ++k) {
      for (Index at = 0; at < lines.length; at += chunk) {
        const Index n = std::min(chunk, lines.length - at);
        const double* const from = sums + k * lines.length + at;
        for (int b = 0; b < column_.points; ++b) {
          const double* in[most_points];
          T* out[most_points];
          for (int a = 0; a < row_.points; ++a) {
            in[a] = from + (a * column_.points + b) * point_step;
          }
          for (int i = 0; i < row_.outputs; ++i) {
            out[i] = between + (i * column_.points + b) * chunk;
          }
          by_row_.result_first(in, out, n);
        }
        for (int i = 0; i < row_.outputs; ++i) {
          if (cells[i][0] == nullptr) break;
          const T* in[most_points];
          double* out[most_points];
          for (int b = 0; b < column_.points; ++b) {
            in[b] = between + (i * column_.points + b) * chunk;
          }
          for (int j = 0; j < column_.outputs; ++j) {
            double* const to = cells[i][j];
            out[j] = to == nullptr ? dropped : to + k * lines.distance + at;
          }
          second(in, out, n);
        }
      }
    }
  }

  const Problem& p_;
  const Arrays& a_;
  const Checkpoint& checkpoint_;
  const AxisTiles &row_, &column_;
  bool is_first_;
  Index points_;
  Plan<T> plan_;
  PackedPanels<T> panels_;
  const Transforms<T>&by_row_, &by_column_;
  List<double> zeros_;
  List<T> no_start_;
  Index depth_at_once_, tiles_, images_;
  Index parts_;  // that the panels of a block are divided into
  int threads_;
  bool is_kept_;  // are transformed data kept from one block of panels to the next?
  Scratch<T> kept_;
  List<Worker> workers_;
  List<Item> items_;
};

}  // namespace

template <class T>
void contract_by_winograd(const Problem& problem, const Arrays& arrays, const Span& row,
                          const Span& column, const Checkpoint& checkpoint) {
  bool first = true;
  for (const Component& v : column.components) {
    for (const Component& u : row.components) {
      const AxisTiles rows = tiles_of(row, u), columns = tiles_of(column, v);
      Winograd<T>(problem, arrays, rows, columns, first, checkpoint).run();
      first = false;
    }
  }
}

template void contract_by_winograd<float>(const Problem&, const Arrays&, const Span&, const Span&,
                                          const Checkpoint&);
template void contract_by_winograd<double>(const Problem&, const Arrays&, const Span&, const Span&,
                                           const Checkpoint&);

}  // namespace nnconv
