// Weight gradient: the loops around the tiles of tiles_generic.h, which sum over cells and images
// here instead of channels.
//
//     group -> band of cells -> item (a row tap, a column tap, some channels, a panel) -> tile
//
// The small array takes the place of the weights: its channels are the rows of a tile, packed for
// a band. A tile's sites are channels of the large array. Its sums are added in double to those of
// the bands before, and are rounded to T after the last.
#include "convolution/weight_gradient.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <vector>

#include "arrays/array_layout.h"
#include "geometry/runs.h"
#include "kernels/dispatch.h"
#include "packing/pack_weights.h"
#include "packing/pieces.h"
#include "packing/plan.h"
#include "system/scratch.h"
#include "system/threads.h"

namespace nnconv {
namespace {

constexpr Index band_steps = 512;             // of the sums, where a column is no longer
constexpr Index band_bytes = Index(1) << 21;  // of a band, as an aim, of each array
constexpr Index item_sites = 24;              // whole tiles of 6 and of 8 sites
constexpr Index few_channels = 6;             // then a tile's sites are taps, too
constexpr Index images_in_line = 4;           // from which a tile's steps are images
constexpr Index products_per_step = 1 << 12;  // as the steps to a checkpoint are counted

// The runs of cells that some taps reach. Different classes belong to different taps.
using RunClass = std::vector<Run>;

// Each tap by itself, or all of them.
std::vector<RunClass> classes_of(const Axis& axis, bool by_tap, const Checkpoint& checkpoint) {
  if (!by_tap) return {correlate_reach(axis, 1, checkpoint)};
  std::vector<RunClass> classes;
  for (Index tap = 0; tap < axis.kernel; ++tap) {
    classes.push_back(tap_reach(axis, tap));
    if (checkpoint) checkpoint();
  }
  return classes;
}

// The part of a run that lies in first .. first + count - 1.
Run clip(const Run& run, Index first, Index count) {
  const Index begin = std::max(run.first, first);
  const Index end = std::min(run.first + run.count, first + count);
  Run part = {begin, 1, std::max<Index>(0, end - begin), run.source_step, run.links};
  part.links.shift((begin - run.first) * run.source_step);
  return part;
}

std::vector<RunClass> clip(const std::vector<RunClass>& classes, Index first, Index count,
                           const Checkpoint& checkpoint) {
  PacedCheckpoint pace(checkpoint);
  std::vector<RunClass> clipped;
  for (const RunClass& runs : classes) {
    pace();
    clipped.emplace_back();
    for (const Run& run : runs) {
      const Run part = clip(run, first, count);
      if (part.count > 0) clipped.back().push_back(part);
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
        rows_(g_.small_channels / g_.groups),
        channels_(g_.large_channels / g_.groups),
        row_classes_(classes_of(g_.axis[0], channels_ >= few_channels, checkpoint)),
        column_classes_(classes_of(g_.axis[1], true, checkpoint)),
        panels_(channel_panels<T>(rows_)) {
    widest_ = widest_panel(panels_);
    const double products = static_cast<double>(g_.taps() * channels_ * small_.channels) *
                            static_cast<double>(small_.batch * small_.height * small_.width);
    threads_ = products > static_cast<double>(parallel_work) ? thread_count() : 1;
    links_.resize(static_cast<std::size_t>(threads_));
  }

  void run() {
    const Index count = rows_ * channels_ * g_.groups * g_.taps();
    for_parts(count, checkpoint_,
              [&](Index first, Index last) { std::fill(weight_ + first, weight_ + last, 0.0); });
    if (small_.batch == 0) return;
    // The numbers that a small cell comes with; a stride beyond the image brings no more than that.
    Index large_cells = channels_;
    for (const Axis& axis : g_.axis) large_cells *= std::min(axis.stride, axis.large);
    const Index cell = std::max(rows_, large_cells) * small_.batch * static_cast<Index>(sizeof(T));
    const Index cells = std::max<Index>(1, std::max(band_steps / small_.batch, band_bytes / cell));
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

  // Where the band's sources are: in the array, or converted, columns by their place there.
  struct Source {
    const T* x;
    Index row, row_step, column_step, channel_step;
    std::vector<Index> place;  // of a column of the image
  };

  struct Links {
    std::vector<Index> x, panel;
  };

  const double* small_at(Index channel, Index row, Index column) const {
    return y_ + channel * small_.channel_step() + row * small_.row_step() +
           column * small_.column_step();
  }

  void run_band(const Band& band) {
    const std::vector<RunClass> rows = clip(row_classes_, band.row, band.rows, checkpoint_);
    const std::vector<RunClass> columns =
        clip(column_classes_, band.column, band.columns, checkpoint_);
    slot_ = widest_ * band.cells() * small_.batch;
    packed_.room(slot_ * static_cast<Index>(panels_.size()));
    const auto pack_item = [&](Index i, int) { pack(band, i / band.columns, i % band.columns); };
    parallel_for(static_cast<Index>(panels_.size()) * band.columns, threads_, pack_item,
                 checkpoint_);
    list_sources(band, rows, columns);
    const Index per_class = divide_up(channels_, item_sites);
    const Index panels = static_cast<Index>(panels_.size());
    const Index row_count = static_cast<Index>(rows.size());
    const Index items = panels * per_class * row_count * static_cast<Index>(columns.size());
    const auto item = [&](Index i, int worker) {
      const Index panel = i % panels, first = i / panels % per_class * item_sites;
      const Index pair = i / panels / per_class;
      PacedCheckpoint pace(checkpoint_, worker);
      for (const Run& column : columns[static_cast<std::size_t>(pair / row_count)]) {
        for (const Run& row : rows[static_cast<std::size_t>(pair % row_count)]) {
          run_item(band, panel, first, row, column, links_[static_cast<std::size_t>(worker)], pace);
        }
      }
    };
    parallel_for(items, threads_, item, checkpoint_);
  }

  // A tile's steps are the images of a cell, or, where these are few, the cells of a column.
  bool by_images() const { return small_.batch >= images_in_line; }

  // One column of the band for one panel: for every cell its images, or for every image its cells.
  void pack(const Band& band, Index i, Index column) {
    const Panel<T>& panel = panels_[static_cast<std::size_t>(i)];
    const Index batch = small_.batch;
    const double* from = small_at(band.group * rows_ + panel.row, band.row, band.column + column);
    T* to = packed_.room(0) + i * slot_ + column * band.rows * batch * panel.width;
    WeightView view = {small_.channel_step(), 1, small_.row_step(), 0};
    WeightBlock block = {0, 0, panel.rows, 0, batch, band.rows};
    if (!by_images()) {
      std::swap(view.column_step, view.tap_step);
      std::swap(block.columns, block.taps);
    }
    pack_panel(from, view, block, panel.width, to);
  }

  void list_sources(const Band& band, const std::vector<RunClass>& rows,
                    const std::vector<RunClass>& columns) {
    const double* first = x_ + band.group * channels_ * large_.channel_step();
    std::vector<Index> place(static_cast<std::size_t>(large_.width), -1);
    if constexpr (sizeof(T) == sizeof(double)) {
      for (std::size_t w = 0; w < place.size(); ++w) place[w] = static_cast<Index>(w);
      source_ = {first, 0, large_.row_step(), large_.column_step(), large_.channel_step(), place};
      return;
    } else {
      std::vector<Index> copied;
      // A column that is copied leads to one which may not be, a stride or more further on.
      const Index stride = g_.axis[1].stride;
      std::vector<Index> next(place.size());
      std::iota(next.begin(), next.end(), Index(0));
      PacedCheckpoint pace(checkpoint_);
      const auto left = [&](Index w) {
        while (w < large_.width && next[static_cast<std::size_t>(w)] != w) {
          Index& after = next[static_cast<std::size_t>(w)];
          if (after < large_.width) after = next[static_cast<std::size_t>(after)];
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
              if (place[static_cast<std::size_t>(w)] < 0) {
                place[static_cast<std::size_t>(w)] = static_cast<Index>(copied.size());
                copied.push_back(w);
                next[static_cast<std::size_t>(w)] = w + stride;
              } else if (run.source_step == stride) {
                j = (left(w) - link.source) / stride - 1;
              }
            }
          }
        }
      }
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
      const Index cell = channels_ * large_.batch, height = std::max<Index>(0, high - low + 1);
      T* const to = converted_.room(cell * height * static_cast<Index>(copied.size()));
      const KernelTable<T>& table = kernels<T>();
      const auto convert = [&](Index i, int) {
        const Index w = copied[static_cast<std::size_t>(i)];
        for (Index h = 0; h < height; ++h) {
          table.copy(first + (low + h) * large_.row_step() + w * large_.column_step(), cell,
                     to + (i * height + h) * cell);
        }
      };
      parallel_for(static_cast<Index>(copied.size()), threads_, convert, checkpoint_);
      source_ = {to, low, cell, cell * height, large_.channel_step(), place};
    }
  }

  // A pair of runs: the taps are sites, together with the channels from `first` on; the cells of
  // the runs are summed.
  void run_item(const Band& band, Index i, Index first, const Run& row, const Run& column,
                Links& links, PacedCheckpoint& pace) {
    const Panel<T>& panel = panels_[static_cast<std::size_t>(i)];
    const Index batch = small_.batch, row_step = row.source_step * source_.row_step;
    links.x.clear();
    links.panel.clear();
    const Index at_row = row.first - band.row;
    for (Index j = 0; j < column.count; ++j) {
      const Index w = column.links[0].source + j * column.source_step;
      const Index x = source_.place[static_cast<std::size_t>(w)] * source_.column_step;
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
    const Index channels = std::min(item_sites, channels_ - first);
    std::vector<Index> site_x, site_y;
    for (const Link& u : row.links) {
      const Index tap = u.tap + g_.axis[0].kernel * column.links[0].tap;
      for (Index l = first; l < first + channels; ++l) {
        site_x.push_back((u.source - source_.row) * source_.row_step + l * source_.channel_step);
        site_y.push_back((tap * channels_ + l) * small_.channels);
      }
    }
    Tile<T> tile = {};
    tile.x = source_.x;
    tile.channel_step = by_images() ? 1 : row_step;
    tile.channels = by_images() ? batch : row.count;
    tile.links = static_cast<Index>(links.x.size());
    tile.link_x = links.x.data();
    tile.link_panel = links.panel.data();
    tile.goes_on = true;
    set_pieces(tile);
    tile.panel = packed_.room(0) + i * slot_;
    tile.y = weight_ + band.group * rows_ + panel.row;
    tile.row_step = 1;
    tile.rows = panel.rows;
    const Index sites = static_cast<Index>(site_x.size());
    for (Index j = 0; j < sites; j += panel.kernel.sites) {
      tile.site_x = site_x.data() + j;
      tile.site_y = site_y.data() + j;
      tile.sites = std::min<Index>(panel.kernel.sites, sites - j);
      panel.kernel.run(tile);
      pace(1 + tile.links * tile.channels * tile.sites * panel.width / products_per_step);
    }
  }

  const Geometry& g_;
  ImageView large_, small_;
  const double *x_, *y_;
  double* weight_;
  const Checkpoint& checkpoint_;
  Index rows_, channels_;  // of a group, in the small and in the large array
  std::vector<RunClass> row_classes_, column_classes_;
  std::vector<Panel<T>> panels_;
  Index widest_ = 0, slot_ = 0;
  int threads_;
  Scratch<T> packed_, converted_;
  Source source_;
  std::vector<Links> links_;  // one for each worker
};

}  // namespace

template <class T>
void weight_gradient(const Geometry& geometry, const double* large, const double* small,
                     double* weight, const Checkpoint& checkpoint) {
  WeightGradient<T>(geometry, large, small, weight, checkpoint).run();
}

template void weight_gradient<float>(const Geometry&, const double*, const double*, double*,
                                     const Checkpoint&);
template void weight_gradient<double>(const Geometry&, const double*, const double*, double*,
                                      const Checkpoint&);

}  // namespace nnconv
