// Weight gradient: the loops around the tiles of tiles_generic.h, which here sum over cells and
// images instead of channels.
//
//     group -> band of cells -> item (a row tap, a column tap, large channels, a panel) -> tile
//
// The small array takes the place of the weights: its channels are those of a panel, packed for a
// band. A tile's sites are channels of the large array. A tile's sums are added, in double, to
// those of the bands before, and are rounded to T after the last band.
#include "convolution/weight_gradient.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <vector>

#include "algorithms/magnitude.h"
#include "arrays/array_layout.h"
#include "convolution/depthwise_gradient.h"
#include "geometry/runs.h"
#include "kernels/dispatch.h"
#include "packing/pack_weights.h"
#include "packing/packed_panels.h"
#include "packing/pieces.h"
#include "packing/plan.h"
#include "system/list.h"
#include "system/scratch.h"
#include "system/threads.h"

namespace nnconv {
namespace {

constexpr Index band_steps = 512;             // of a band's sums, where a column has no more
constexpr Index band_bytes = Index(1) << 21;  // of a band of each array, as an aim
constexpr Index item_sites = 24;              // whole tiles of 6 and of 8 sites
constexpr Index few_channels = 6;             // with fewer, a tile's sites are taps as well
constexpr Index images_in_line = 4;           // with fewer, a tile's steps are not images
constexpr Index products_per_step = 1 << 12;  // in the count of steps between checkpoints

// The runs of cells that some taps reach. Different classes belong to different taps.
using RunClass = std::vector<Run>;

// The classes of an axis: one for each tap, or one for all of them.
List<RunClass> classes_of(const Axis& axis, bool by_tap, const Checkpoint& checkpoint) {
  if (!by_tap) return {correlate_reach(axis, 1, checkpoint)};
  List<RunClass> classes;
  for (Index tap = 0; tap < axis.kernel; ++tap) {
    classes.push_back(tap_reach(axis, tap));
    if (checkpoint) checkpoint();
  }
  return classes;
}

// Cuts a run down to the cells first .. first + count - 1.
Run clip(const Run& run, Index first, Index count) {
  const Index begin = std::max(run.first, first);
  const Index end = std::min(run.first + run.count, first + count);
  Run clipped = {begin, 1, std::max<Index>(0, end - begin), run.source_step, run.links};
  clipped.links.shift((begin - run.first) * run.source_step);
  return clipped;
}

List<RunClass> clip(const List<RunClass>& classes, Index first, Index count,
                    const Checkpoint& checkpoint) {
  PacedCheckpoint pace(checkpoint);
  List<RunClass> clipped;
  for (const RunClass& runs : classes) {
    pace();
    clipped.emplace_back();
    for (const Run& run : runs) {
      const Run kept = clip(run, first, count);
      if (kept.count > 0) clipped.back().push_back(kept);
    }
  }
  return clipped;
}

template <class T>
class WeightGradient {
 public:
  WeightGradient(const Geometry& geometry, const double* large, const double* small, double* weight,
                 const Checkpoint& checkpoint)
      : g_(geometry),
        large_(large_view(g_)),
        small_(small_view(g_)),
        x_(large),
        y_(small),
        weight_(weight),
        checkpoint_(checkpoint),
        small_channels_(g_.small_channels / g_.groups),
        large_channels_(g_.large_channels / g_.groups),
        row_classes_(classes_of(g_.axis[0], large_channels_ >= few_channels, checkpoint)),
        column_classes_(classes_of(g_.axis[1], true, checkpoint)),
        panels_(channel_panels<T>(small_channels_)) {
    threads_ = threads_for(static_cast<double>(g_.taps() * large_channels_ * small_.channels) *
                           static_cast<double>(small_.batch * small_.height * small_.width));
    links_.resize(threads_);
  }

  void run() {
    const Index count = small_channels_ * large_channels_ * g_.groups * g_.taps();
    for_parts(count, checkpoint_,
              [&](Index first, Index last) { std::fill(weight_ + first, weight_ + last, 0.0); });
    if (small_.batch == 0) return;
    // The large numbers that go with a small cell; a stride beyond the image adds none.
    Index large_numbers = large_channels_;
    for (const Axis& axis : g_.axis) large_numbers *= std::min(axis.stride, axis.large);
    const Index cell_bytes =
        std::max(small_channels_, large_numbers) * small_.batch * static_cast<Index>(sizeof(T));
    const Index cells =
        std::max<Index>(1, std::max(band_steps / small_.batch, band_bytes / cell_bytes));
    const Index height = std::min(small_.height, cells);
    const Index width = std::max<Index>(1, cells / height);
    for (Index group = 0; group < g_.groups; ++group) {
      for (Index j = 0; j < small_.width; j += width) {
        for (Index i = 0; i < small_.height; i += height) {
          run_band({group, i, std::min(height, small_.height - i), j,
                    std::min(width, small_.width - j)});
        }
      }
    }
    if (sizeof(T) == sizeof(double)) return;
    for_parts(count, checkpoint_, [&](Index first, Index last) {
      for (Index i = first; i < last; ++i)
        weight_[i] = static_cast<double>(static_cast<T>(weight_[i]));
    });
  }

 private:
  struct Band {
    Index group, row, rows, column, columns;

    Index cells() const { return rows * columns; }
  };

  // Where the band's sources lie: in the array, or converted.
  struct Source {
    const T* x;
    Index row, row_step, column_step, channel_step;
    List<Index> place;  // of each column of the image
  };

  // Where the links of a tile read x and the panel.
  struct TileLinks {
    List<Index> x, panel;
  };

  const double* small_at(Index channel, Index row, Index column) const {
    return y_ + channel * small_.channel_step() + row * small_.row_step() +
           column * small_.column_step();
  }

  void run_band(const Band& band) {
    const List<RunClass> rows = clip(row_classes_, band.row, band.rows, checkpoint_);
    const List<RunClass> columns = clip(column_classes_, band.column, band.columns, checkpoint_);
    panels_.hold_all(band.cells() * small_.batch);
    const auto pack_item = [&](Index i, int) { pack(band, i / band.columns, i % band.columns); };
    parallel_for(panels_.count() * band.columns, threads_, pack_item, checkpoint_);
    list_sources(band, rows, columns);
    const Index per_class = divide_up(large_channels_, item_sites);
    const auto item = [&](Index i, int worker) {
      const Index panel = i % panels_.count(), first = i / panels_.count() % per_class * item_sites;
      const Index pair = i / panels_.count() / per_class;
      PacedCheckpoint pace(checkpoint_, worker);
      for (const Run& column : columns[pair / rows.size()]) {
        for (const Run& row : rows[pair % rows.size()]) {
          run_item(band, panel, first, row, column, links_[worker], pace);
        }
      }
    };
    parallel_for(panels_.count() * per_class * rows.size() * columns.size(), threads_, item,
                 checkpoint_);
  }

  // Are a tile's steps the images of a cell? Where these are few, they are the cells of a column.
  bool by_images() const { return small_.batch >= images_in_line; }

  // Packs one column of the band for panel i: for every cell its images, or for every image its
  // cells.
  void pack(const Band& band, Index i, Index column) {
    const Panel<T>& panel = panels_[i];
    const Index batch = small_.batch;
    const double* from =
        small_at(band.group * small_channels_ + panel.channel, band.row, band.column + column);
    T* to = panels_.weights(i) + column * band.rows * batch * panel.width;
    WeightView view = {small_.channel_step(), 1, small_.row_step(), 0};
    WeightBlock block = {0, 0, panel.channels, 0, batch, band.rows};
    if (!by_images()) {
      std::swap(view.depth_step, view.tap_step);
      std::swap(block.depth, block.taps);
    }
    pack_panel(from, view, block, panel.width, to);
  }

  void list_sources(const Band& band, const List<RunClass>& rows, const List<RunClass>& columns) {
    const double* first = x_ + band.group * large_channels_ * large_.channel_step();
    List<Index> place = repeated<Index>(large_.width, -1);
    if constexpr (sizeof(T) == sizeof(double)) {
      std::iota(place.begin(), place.end(), Index(0));
      source_ = {first, 0, large_.row_step(), large_.column_step(), large_.channel_step(), place};
    } else {
      const List<Index> copied = list_columns(columns, place);
      Index low = large_.height, high = -1;
      for (const RunClass& runs : rows) {
        for (const Run& run : runs) {
          for (const Link& link : run.links) {
            const Index last = link.source + (run.count - 1) * run.source_step;
            low = std::min({low, link.source, last});
            high = std::max({high, link.source, last});
          }
        }
      }
      const Index cell = large_channels_ * large_.batch,
                  height = std::max<Index>(0, high - low + 1);
      T* const to = converted_.room(cell * height * copied.size());
      const KernelTable<T>& table = kernels<T>();
      const auto convert = [&](Index i, int) {
        for (Index h = 0; h < height; ++h) {
          table.copy(first + (low + h) * large_.row_step() + copied[i] * large_.column_step(), cell,
                     to + (i * height + h) * cell);
        }
      };
      parallel_for(copied.size(), threads_, convert, checkpoint_);
      source_ = {to, low, cell, cell * height, large_.channel_step(), place};
    }
  }

  // Lists the columns of the large image that the runs read, and sets their places in the list.
  List<Index> list_columns(const List<RunClass>& columns, List<Index>& place) const {
    List<Index> copied;
    // A column that is listed leads to one that may not be, a stride or more further on.
    const Index stride = g_.axis[1].stride;
    List<Index> next = repeated<Index>(large_.width, 0);
    std::iota(next.begin(), next.end(), Index(0));
    PacedCheckpoint pace(checkpoint_);
    const auto left = [&](Index w) {
      while (w < large_.width && next[w] != w) {
        Index& after = next[w];
        if (after < large_.width) after = next[after];
        w = after;
        pace();
      }
      return w;
    };
    for (const RunClass& runs : columns) {
      for (const Run& run : runs) {
        for (const Link& link : run.links) {
          for (Index j = 0; j < run.count; ++j) {
            const Index w = link.source + j * run.source_step;
            pace();
            if (place[w] < 0) {
              place[w] = copied.size();
              copied.push_back(w);
              next[w] = w + stride;
            } else if (run.source_step == stride) {
              j = (left(w) - link.source) / stride - 1;
            }
          }
        }
      }
    }
    return copied;
  }

  // Computes a pair of runs: their taps, together with the large channels from `first` on, are
  // sites; their cells are summed.
  void run_item(const Band& band, Index i, Index first, const Run& row, const Run& column,
                TileLinks& links, PacedCheckpoint& pace) {
    const Panel<T>& panel = panels_[i];
    const Index batch = small_.batch, row_step = row.source_step * source_.row_step;
    links.x.clear();
    links.panel.clear();
    const Index at_row = row.first - band.row;
    for (Index j = 0; j < column.count; ++j) {
      const Index w = column.links[0].source + j * column.source_step;
      const Index x = source_.place[w] * source_.column_step;
      const Index before = (column.first + j - band.column) * band.rows * batch;
      if (by_images()) {
        for (Index h = 0; h < row.count; ++h) {
          links.x.push_back(x + h * row_step);
          links.panel.push_back(before + (at_row + h) * batch);
        }
      } else {
        for (Index n = 0; n < batch; ++n) {
          links.x.push_back(x + n);
          links.panel.push_back(before + n * band.rows + at_row);
        }
      }
    }
    const Index channels = std::min(item_sites, large_channels_ - first);
    TileSites sites(row.links.size() * channels, 1, 1);
    for (const Link& u : row.links) {
      const Index tap = u.tap + g_.axis[0].kernel * column.links[0].tap;
      for (Index l = first; l < first + channels; ++l) {
        sites.add((u.source - source_.row) * source_.row_step + l * source_.channel_step,
                  (tap * large_channels_ + l) * small_.channels);
      }
    }
    Tile<T> tile = {};
    tile.x = source_.x;
    tile.x_step = by_images() ? 1 : row_step;
    tile.depth = by_images() ? batch : row.count;
    tile.links = links.x.size();
    tile.link_x = links.x.data();
    tile.link_panel = links.panel.data();
    tile.goes_on = true;
    set_pieces(tile);
    tile.panel = panels_.weights(i);
    tile.y = weight_ + band.group * small_channels_ + panel.channel;
    tile.y_step = 1;
    tile.channels = panel.channels;
    for (Index j = 0; j < sites.count; j += panel.kernel.sites) {
      tile.site_x = sites.x.data() + j;
      tile.site_y = sites.y.data() + j;
      tile.sites = std::min<Index>(panel.kernel.sites, sites.count - j);
      panel.kernel.run(tile);
      pace(1 + tile.links * tile.depth * tile.sites * panel.width / products_per_step);
    }
  }

  const Geometry& g_;
  ImageView large_, small_;
  const double *x_, *y_;
  double* weight_;
  const Checkpoint& checkpoint_;
  Index small_channels_, large_channels_;  // of a group
  List<RunClass> row_classes_, column_classes_;
  PackedPanels<T> panels_;  // of small numbers in place of weights
  int threads_;
  Scratch<T> converted_;
  Source source_;
  List<TileLinks> links_;  // one for each worker
};

}  // namespace

template <class T>
void weight_gradient(const Geometry& geometry, const double* large, const double* small,
                     double* weight, const Checkpoint& checkpoint) {
  if (can_use_depthwise_gradient(geometry) &&
      are_moderate<T>(small, small_view(geometry).count(), checkpoint)) {
    return depthwise_gradient<T>(geometry, large, small, weight, checkpoint);
  }
  WeightGradient<T>(geometry, large, small, weight, checkpoint).run();
}

template void weight_gradient<float>(const Geometry&, const double*, const double*, double*,
                                     const Checkpoint&);
template void weight_gradient<double>(const Geometry&, const double*, const double*, double*,
                                      const Checkpoint&);

}  // namespace nnconv
