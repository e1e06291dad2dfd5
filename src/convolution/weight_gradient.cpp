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

#include "algorithms/magnitude.h"
#include "arrays/array_layout.h"
#include "convolution/depthwise_gradient.h"
#include "convolution/gradient_sources.h"
#include "geometry/runs.h"
#include "packing/pack_weights.h"
#include "packing/packed_panels.h"
#include "packing/pieces.h"
#include "packing/plan.h"
#include "system/list.h"
#include "system/threads.h"

namespace nnconv {
namespace {

constexpr Index band_steps = 512;             // of a band's sums, where a column has no more
constexpr Index band_bytes = Index(1) << 21;  // of a band of each array, as an aim
constexpr Index item_sites = 24;              // whole tiles of 6 and of 8 sites
constexpr Index few_channels = 6;             // with fewer, a tile's sites are taps as well
constexpr Index images_in_line = 4;           // with fewer, a tile's steps are not images

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

// Some cells of the small image.
struct Band {
  Index group, row, rows, column, columns;

  Index cells() const { return rows * columns; }
};

// All bands, of numbers of so many bytes.
List<Band> bands_of(const Geometry& g, Index number_bytes) {
  const ImageView small = small_view(g);
  // The large numbers that go with a small cell; a stride beyond the image adds none.
  Index large_numbers = g.large_channels / g.groups;
  for (const Axis& axis : g.axis) large_numbers *= std::min(axis.stride, axis.large);
  const Index numbers = std::max(small.channels / g.groups, large_numbers) * small.batch;
  const Index cells =
      std::max<Index>(1, std::max(band_steps / small.batch, band_bytes / (numbers * number_bytes)));
  const Index height = std::min(small.height, cells);
  const Index width = std::max<Index>(1, cells / height);
  List<Band> bands;
  for (Index group = 0; group < g.groups; ++group) {
    for (Index j = 0; j < small.width; j += width) {
      for (Index i = 0; i < small.height; i += height) {
        bands.push_back(
            {group, i, std::min(height, small.height - i), j, std::min(width, small.width - j)});
      }
    }
  }
  return bands;
}

// Where the links of a tile read x and the panel.
struct TileLinks {
  List<Index> x, panel;
};

template <class T>
class WeightGradient {
 public:
  WeightGradient(const Geometry& geometry, const double* large, const double* small, double* weight,
                 const Checkpoint& checkpoint)
      : g_(geometry),
        large_(large_view(g_)),
        small_(small_view(g_)),
        y_(small),
        weight_(weight),
        checkpoint_(checkpoint),
        small_channels_(g_.small_channels / g_.groups),
        large_channels_(g_.large_channels / g_.groups),
        row_classes_(classes_of(g_.axis[0], large_channels_ >= few_channels, checkpoint)),
        column_classes_(classes_of(g_.axis[1], true, checkpoint)),
        panels_(channel_panels<T>(small_channels_)),
        threads_(threads_for(static_cast<double>(g_.taps() * large_channels_ * small_.channels) *
                             static_cast<double>(small_.batch * small_.height * small_.width))),
        sources_(g_, large, threads_, checkpoint) {
    links_.resize(threads_);
  }

  // Adds to the weights.
  void run() {
    for (const Band& band : bands_of(g_, static_cast<Index>(sizeof(T)))) run_band(band);
  }

 private:
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
    sources_.take(band.group, rows, columns);
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

  void list_links(const Band& band, const Run& row, const Run& column, TileLinks& links) const {
    const Index batch = small_.batch, row_step = row.source_step * sources_.row_step;
    links.x.clear();
    links.panel.clear();
    const Index at_row = row.first - band.row;
    for (Index j = 0; j < column.count; ++j) {
      const Index w = column.links[0].source + j * column.source_step;
      const Index x = sources_.column(w);
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
  }

  // Computes a pair of runs: their taps, together with the large channels from `first` on, are
  // sites; their cells are summed.
  void run_item(const Band& band, Index i, Index first, const Run& row, const Run& column,
                TileLinks& links, PacedCheckpoint& pace) {
    const Panel<T>& panel = panels_[i];
    const Index batch = small_.batch, row_step = row.source_step * sources_.row_step;
    list_links(band, row, column, links);
    const Index channels = std::min(item_sites, large_channels_ - first);
    TileSites sites(row.links.size() * channels, 1, 1);
    for (const Link& u : row.links) {
      const Index tap = u.tap + g_.axis[0].kernel * column.links[0].tap;
      for (Index l = first; l < first + channels; ++l) {
        sites.add(sources_.row(u.source) + l * large_.channel_step(),
                  (tap * large_channels_ + l) * small_.channels);
      }
    }
    Tile<T> tile = {};
    tile.x = sources_.x;
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
      pace.products(tile.links * tile.depth * tile.sites * panel.width);
    }
  }

  const Geometry& g_;
  ImageView large_, small_;
  const double* y_;
  double* weight_;
  const Checkpoint& checkpoint_;
  Index small_channels_, large_channels_;  // of a group
  List<RunClass> row_classes_, column_classes_;
  PackedPanels<T> panels_;  // of small numbers in place of weights
  int threads_;
  GradientSources<T> sources_;
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
  const Index count =
      small_view(geometry).channels * geometry.large_channels / geometry.groups * geometry.taps();
  for_parts(count, checkpoint,
            [&](Index first, Index last) { std::fill(weight + first, weight + last, 0.0); });
  if (geometry.batch == 0) return;
  WeightGradient<T>(geometry, large, small, weight, checkpoint).run();
  if (sizeof(T) == sizeof(double)) return;
  for_parts(count, checkpoint, [&](Index first, Index last) {
    for (Index i = first; i < last; ++i) weight[i] = static_cast<double>(static_cast<T>(weight[i]));
  });
}

template void weight_gradient<float>(const Geometry&, const double*, const double*, double*,
                                     const Checkpoint&);
template void weight_gradient<double>(const Geometry&, const double*, const double*, double*,
                                      const Checkpoint&);

}  // namespace nnconv
