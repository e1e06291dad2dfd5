// Winograd: the loops around the products.
//
//     group -> block of transformed weights -> item (tiles of some images) -> panel -> point
//
// A tile is a block of outputs x outputs cells. For each of its points x points products the
// channels are summed as in a layer with a single tap, by the same kernels: the point is the tap,
// the tile the site.
#include "algorithms/winograd.h"

#include <algorithm>
#include <vector>

#include "algorithms/winograd_tiles.h"
#include "algorithms/winograd_weights.h"
#include "packing/pieces.h"
#include "packing/plan.h"
#include "system/scratch.h"
#include "system/threads.h"

namespace nnconv {
namespace {

constexpr Index data_bytes = Index(1) << 19;  // of a worker's transformed data, if possible
constexpr Index kept_bytes = Index(6) << 20;  // of all workers' that are kept
constexpr Index most_sites = 96;
constexpr Index chunk = 64;           // numbers that are transformed at a time
constexpr Index packed_columns = 32;  // summed channels whose weights are

template <class T>
class Transformed {
 public:
  // Adds to what y holds, or, if it is `first`, writes it.
  Transformed(const Problem& problem, const Arrays& arrays, const AxisTiles& row,
              const AxisTiles& column, bool first, const Checkpoint& checkpoint)
      : p_(problem),
        a_(arrays),
        checkpoint_(checkpoint),
        row_(row),
        column_(column),
        is_first_(first),
        points_(row_.points * column_.points),
        plan_(make_dense_plan<T>({p_.to.batch, p_.groups, p_.depth(), p_.result_rows(), 1})),
        by_row_(plan_.table->transforms[row_.taps - 1]),
        by_column_(plan_.table->transforms[column_.taps - 1]),
        zeros_(static_cast<std::size_t>(chunk), 0.0) {
    widest_ = widest_panel(plan_.panels);
    no_start_.assign(static_cast<std::size_t>(widest_), T(0));
    depth_step_ = std::min(plan_.depth, summed_at_once(plan_.depth, points_));
    slot_ = widest_ * points_ * depth_step_;
    const Index panels = static_cast<Index>(plan_.panels.size());
    panels_at_once_ = std::clamp<Index>(weight_bytes / (slot_ * bytes), 1, panels);
    const double products = static_cast<double>(points_ * plan_.depth * p_.to.channels) *
                            static_cast<double>(row_.tiles * column_.tiles * p_.to.batch);
    threads_ = products > static_cast<double>(parallel_work) ? thread_count() : 1;
    workers_.resize(static_cast<std::size_t>(threads_));
    divide();
  }

  void run() {
    weights_.room(panels_at_once_ * slot_);
    if (is_kept_) kept_.room(points_ * depth_step_ * row_.tiles * column_.tiles * p_.to.batch);
    start_.resize(static_cast<std::size_t>(panels_at_once_ * widest_));
    const Index panels = static_cast<Index>(plan_.panels.size());
    for (Index group = 0; group < plan_.groups; ++group) {
      for (Index column = 0; column < plan_.depth; column += depth_step_) {
        for (Index first = 0; first < panels; first += panels_at_once_) {
          const Index count = std::min(panels_at_once_, panels - first);
          run_block({group, first, count, column, std::min(depth_step_, plan_.depth - column)});
        }
      }
    }
  }

 private:
  static constexpr Index bytes = static_cast<Index>(sizeof(T));

  struct Block {
    Index group, first_panel, panels, column, columns;
  };

  struct Item {
    Index tile, tiles, image, images;
    Index before;  // tiles of images before it
  };

  struct Worker {
    Scratch<T> data, between;
    Scratch<double> sums, dropped;
  };

  // Items whose transformed data stay in the cache, of whole tiles of 6 and of 8 sites where a
  // site is one image's, and some for every thread.
  void divide() {
    const Index cell = points_ * depth_step_ * bytes;
    images_ = p_.to.batch;
    if (images_ * cell > 2 * data_bytes) {
      images_ = std::max(data_bytes / cell / plan_.images * plan_.images, plan_.images);
      images_ = std::min(images_, p_.to.batch);
    }
    const Index tiles = row_.tiles * column_.tiles;
    const Index sites = plan_.images > 1 ? divide_up(images_, plan_.images) : images_;
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
    const bool again = panels_at_once_ < static_cast<Index>(plan_.panels.size());
    is_kept_ = again && before * cell <= kept_bytes;
  }

  const Panel<T>& panel_at(Index i) const { return plan_.panels[static_cast<std::size_t>(i)]; }

  void run_block(const Block& block) {
    const Index strips = divide_up(block.columns, packed_columns);
    const auto weights = [&](Index i, int worker) {
      transform_weights(block, i % block.panels, i / block.panels * packed_columns,
                        workers_[static_cast<std::size_t>(worker)]);
    };
    parallel_for(block.panels * strips, threads_, weights, checkpoint_);
    for (Index i = 0; i < block.panels; ++i) {
      set_start(block, panel_at(block.first_panel + i), start_.data() + i * widest_);
    }
    const auto item = [&](Index i, int worker) {
      run_item(block, items_[static_cast<std::size_t>(i)],
               workers_[static_cast<std::size_t>(worker)]);
    };
    parallel_for(static_cast<Index>(items_.size()), threads_, item, checkpoint_);
  }

  void set_start(const Block& block, const Panel<T>& panel, T* start) const {
    for (Index r = 0; r < panel.width; ++r) {
      const bool present = a_.bias != nullptr && r < panel.rows && is_first_ && block.column == 0;
      start[r] = present ? static_cast<T>(a_.bias[block.group * plan_.rows + panel.row + r]) : T(0);
    }
  }

  // For some summed channels of a panel, from `column` of the block on.
  void transform_weights(const Block& block, Index i, Index column, Worker& worker) {
    const Panel<T>& panel = panel_at(block.first_panel + i);
    const Index columns = std::min(packed_columns, block.columns - column);
    pack_transformed(a_.weight, p_, row_, column_, *plan_.table,
                     {block.group, panel.row, panel.rows, block.column + column, columns, 1},
                     panel.width, block.columns * panel.width, worker.between,
                     weights_.room(0) + i * slot_ + column * panel.width);
  }

  void run_item(const Block& block, const Item& item, Worker& worker) {
    T* const data = is_kept_ ? kept_.room(0) + points_ * block.columns * item.before
                             : worker.data.room(points_ * tiles_ * depth_step_ * images_);
    if (!is_kept_ || block.first_panel == 0) {
      const Index cell = block.columns * item.images;
      for (Index t = 0; t < item.tiles; ++t) {
        transform_data(block, item, t, data + t * cell, worker);
      }
    }

    double* sums = worker.sums.room(points_ * tiles_ * widest_ * images_);
    for (Index i = 0; i < block.panels; ++i) {
      const Panel<T>& panel = panel_at(block.first_panel + i);
      multiply(block, item, i, data, sums);
      const Index sum_cell = panel.rows * item.images;
      for (Index t = 0; t < item.tiles; ++t) {
        transform_result(block, item, panel, t, sums + t * sum_cell, worker);
      }
    }
  }

  // Runs of numbers that lie side by side in the array and in the item.
  struct Pieces {
    Index count, length, distance;
  };

  Pieces pieces(Index channels, Index images, const ImageView& view) const {
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

  // Of tile t: each point's numbers go `tiles` cells after those of the point before.
  void transform_data(const Block& block, const Item& item, Index t, T* data, Worker& worker) {
    const Pieces piece = pieces(block.columns, item.images, p_.from);
    const double* const x =
        a_.x + item.image + (block.group * plan_.depth + block.column) * p_.from.channel_step();
    const double* cells[most_points][most_points];  // column, row
    for (int b = 0; b < column_.points; ++b) {
      const Index w = column_.part->source + (first_column(item, t) + b) * column_.span->pitch;
      for (int a = 0; a < row_.points; ++a) {
        const Index h = row_.part->source + (first_row(item, t) + a) * row_.span->pitch;
        const bool inside = w >= 0 && w < p_.from.width && h >= 0 && h < p_.from.height;
        cells[b][a] = inside ? x + w * p_.from.column_step() + h * p_.from.row_step() : nullptr;
      }
    }
    T* const between = worker.between.room(most_points * most_points * chunk);
    const Index point_step = item.tiles * block.columns * item.images;
    for (Index i = 0; i < piece.count; ++i) {
      for (Index at = 0; at < piece.length; at += chunk) {
        const Index n = std::min(chunk, piece.length - at);
        for (int b = 0; b < column_.points; ++b) {
          const double* in[most_points];
          T* out[most_points];
          for (int a = 0; a < row_.points; ++a) {
            const double* const from = cells[b][a];
            in[a] = from == nullptr ? zeros_.data() : from + i * piece.distance + at;
            out[a] = between + (a * column_.points + b) * chunk;
          }
          by_row_.data_first(in, out, n);
        }
        T* const to = data + i * piece.length + at;
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

  // The products of all points, summed over the channels.
  void multiply(const Block& block, const Item& item, Index i, const T* data, double* sums) {
    const Panel<T>& panel = panel_at(block.first_panel + i);
    const Index in_cell = block.columns * item.images, out_cell = panel.rows * item.images;
    const Index images = plan_.images;
    const Index per_tile =
        plan_.family == Family::image ? divide_up(item.images, images) : item.images;
    const Index sites = per_tile * item.tiles;
    const Index no_offset = 0;
    std::vector<Index> site_x(static_cast<std::size_t>(sites)), site_y(site_x.size());
    for (std::size_t j = 0; j < site_x.size(); ++j) {
      const Index t = static_cast<Index>(j) / per_tile;
      const Index image = static_cast<Index>(j) % per_tile * images;
      site_x[j] = t * in_cell + image;
      site_y[j] = t * out_cell + image;
    }
    Tile<T> tile = {};
    tile.channel_step = item.images;
    tile.channels = block.columns;
    tile.links = 1;
    tile.link_x = &no_offset;
    tile.row_step = item.images;
    tile.rows = panel.rows;
    set_pieces(tile);
    const Index one = point_one(row_.taps) * column_.points + point_one(column_.taps);
    for (Index point = 0; point < points_; ++point) {
      const Index link_panel = point * block.columns;
      tile.link_panel = &link_panel;
      tile.panel = weights_.room(0) + i * slot_;
      tile.start = point == one ? start_.data() + i * widest_ : no_start_.data();
      tile.x = data + point * item.tiles * in_cell;
      tile.y = sums + point * item.tiles * out_cell;
      for (Index j = 0; j < sites;) {
        tile.site_x = site_x.data() + j;
        tile.site_y = site_y.data() + j;
        j += run_tile(plan_, panel, tile, sites - j, item.images - j % per_tile * images);
      }
    }
  }

  void transform_result(const Block& block, const Item& item, const Panel<T>& panel, Index t,
                        const double* sums, Worker& worker) {
    const Pieces piece = pieces(panel.rows, item.images, p_.to);
    const Index channel = block.group * plan_.rows + panel.row;
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
    const Index point_step = item.tiles * panel.rows * item.images;
    const auto second =
        is_first_ && block.column == 0 ? by_column_.result_second : by_column_.result_added;
    for (Index k = 0; k < piece.count; ++k) {
      for (Index at = 0; at < piece.length; at += chunk) {
        const Index n = std::min(chunk, piece.length - at);
        const double* const from = sums + k * piece.length + at;
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
            out[j] = to == nullptr ? dropped : to + k * piece.distance + at;
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
  const Transforms<T>&by_row_, &by_column_;
  std::vector<double> zeros_;
  std::vector<T> no_start_, start_;
  Index widest_ = 0, depth_step_, slot_, panels_at_once_, tiles_, images_;
  int threads_;
  bool is_kept_;  // the transformed data, from one block of panels to the next
  Scratch<T> weights_, kept_;
  std::vector<Worker> workers_;
  std::vector<Item> items_;
};

}  // namespace

template <class T>
void contract_transformed(const Problem& problem, const Arrays& arrays, const Span& row,
                          const Span& column, const Checkpoint& checkpoint) {
  bool first = true;
  for (const Dense& v : column.parts) {
    for (const Dense& u : row.parts) {
      const AxisTiles rows = tiles_of(row, u), columns = tiles_of(column, v);
      Transformed<T>(problem, arrays, rows, columns, first, checkpoint).run();
      first = false;
    }
  }
}

template void contract_transformed<float>(const Problem&, const Arrays&, const Span&, const Span&,
                                          const Checkpoint&);
template void contract_transformed<double>(const Problem&, const Arrays&, const Span&, const Span&,
                                           const Checkpoint&);

}  // namespace nnconv
