// Col2im: the loops.
//
//     group -> pass (columns of the kernel whose packed weights fit) -> item (a band of columns of
//     the large image, some images) -> column of the small image -> block of sites -> panel -> tile
//
// A row of the product is a channel, a tap row and a tap column, as they lie in the weights.
#include "algorithms/col2im.h"

#include <algorithm>
#include <limits>

#include "algorithms/column_layout.h"
#include "algorithms/column_ring.h"
#include "kernels/dispatch.h"
#include "packing/pack_weights.h"
#include "packing/packed_panels.h"
#include "packing/pieces.h"
#include "system/list.h"
#include "system/scratch.h"
#include "system/threads.h"

namespace nnconv {
namespace {

constexpr Index product_bytes = Index(1) << 18;  // of a block of sites, as an aim
constexpr Index most_passes_kept = 16;           // from call to call

// Some columns' numbers in the type of the arithmetic: where they lie, or a copy.
template <class T>
class ColumnSources {
 public:
  // Those of a group's columns w .. w + count - 1, for some images.
  void take(const ColumnLayout& l, const double* array, Index group, Index w, Index count,
            Index image, Index images) {
    const ImageView& from = l.from;
    const double* first = array + image + group * l.depth * from.channel_step();
    first += w * from.column_step();
    if constexpr (sizeof(T) == sizeof(double)) {
      x = first;
      column_step = from.column_step();
      row_step = from.row_step();
      channel_step = from.channel_step();
    } else {
      row_step = l.depth * images;
      column_step = row_step * from.height;
      channel_step = images;
      T* to = copied_.room(column_step * count);
      x = to;
      const Index parts = images == from.batch ? 1 : l.depth;
      for (Index i = 0; i < count; ++i, first += from.column_step()) {
        for (Index h = 0; h < from.height; ++h, to += row_step) {
          for (Index k = 0; k < parts; ++k) {
            table_.copy(first + h * from.row_step() + k * from.channel_step(), row_step / parts,
                        to + k * images);
          }
        }
      }
    }
  }

  const T* x = nullptr;
  Index column_step = 0, row_step = 0, channel_step = 0;

 private:
  const KernelTable<T>& table_ = kernels<T>();
  Scratch<T> copied_;
};

// What packed numbers depend on, besides weights and panels.
PackedOrder order_of(const ColumnLayout& l, const ColumnPass& pass) {
  return {col2im_reader,          pass.group,           pass.taps.first,     l.tap_rows, l.depth,
          l.weights.channel_step, l.weights.depth_step, l.weights.group_step};
}

template <class T>
class Col2im {
 public:
  Col2im(const Geometry& geometry, const Arrays& arrays, const Checkpoint& checkpoint)
      : a_(arrays), checkpoint_(checkpoint), l_(geometry, Index{sizeof(T)}), panels_({}) {
    for (int i = 0; i < l_.threads; ++i) {
      workers_.push_back({ColumnRing<T>(l_, a_.y), {}, {}, {}, {}});
    }
  }

  void run() {
    for (pass_.group = 0; pass_.group < l_.groups; ++pass_.group) {
      pass_.first_column.assign(l_.column_length, 0.0);
      for (Index i = 0; a_.bias != nullptr && i < l_.column_length; ++i) {
        const Index channel = pass_.group * l_.channels + i % l_.channels;
        pass_.first_column[i] = static_cast<double>(static_cast<T>(a_.bias[channel]));
      }
      Taps& taps = pass_.taps;
      for (taps.first = 0; taps.first < l_.columns.kernel; taps.first = taps.last) {
        taps.last = std::min(l_.columns.kernel, taps.first + l_.pass);
        pack();
        const Index in_band = divide_up(l_.from.batch, l_.images);
        const auto item = [&](Index i, int worker) {
          run_item(i / in_band * l_.band, i % in_band * l_.images, worker);
        };
        parallel_for(divide_up(l_.columns.large, l_.band) * in_band, l_.threads, item, checkpoint_);
      }
    }
  }

 private:
  struct Worker {
    ColumnRing<T> ring;
    ColumnSources<T> sources;
    Scratch<double> products;
    List<Index> site_x, site_y;
  };

  void pack() {
    const Index rows = l_.tap_rows * pass_.taps.count();
    if (packed_rows_ != rows) {
      panels_ = PackedPanels<T>(channel_panels<T>(rows));
      packed_rows_ = rows;
    }
    const Index passes = l_.groups * divide_up(l_.columns.kernel, l_.pass);
    panels_.hold_kept(l_.depth, std::numeric_limits<Index>::max(), 1,
                      passes <= most_passes_kept ? a_.weights_id : 0,
                      [&] { return order_of(l_, pass_); });
    const WeightView view = {l_.weights.channel_step, l_.weights.depth_step, 0,
                             l_.weights.group_step};
    const auto pack_one = [&](Index i, int) {
      const Panel<T>& panel = panels_[i];
      const WeightBlock block = {pass_.group,    l_.tap_rows * pass_.taps.first + panel.channel,
                                 panel.channels, 0,
                                 l_.depth,       1};
      pack_panel(a_.weight, view, block, panel.width, panels_.weights(i));
    };
    if (!panels_.are_packed()) parallel_for(panels_.count(), l_.threads, pack_one, checkpoint_);
    panels_.keep();
  }

  void run_item(Index first, Index image, int number) {
    Worker& worker = workers_[number];
    PacedCheckpoint pace(checkpoint_, number);
    ColumnRing<T>& ring = worker.ring;
    ring.begin(pass_, first, image);
    const Index at_once = std::max<Index>(1, least_sites / (l_.from.height * ring.images()));
    for (Index w = 0, count; w < l_.from.width; w += count) {
      count = 1;
      Taps taps = ring.taps_from(w);
      if (taps.count() <= 0) continue;
      // Short columns are multiplied together, to fill tiles.
      for (; count < at_once && w + count < l_.from.width; ++count) {
        const Taps more = ring.taps_from(w + count);
        if (more.count() <= 0) break;
        taps = {std::min(taps.first, more.first), std::max(taps.last, more.last)};
      }
      multiply(w, count, taps, worker, pace);
    }
    ring.end();
  }

  // For `count` columns from w on; more than one if all of their sites are one block.
  void multiply(Index w, Index count, Taps taps, Worker& worker, PacedCheckpoint& pace) {
    const Index images = worker.ring.images();
    const ColumnSources<T>& sources = worker.sources;
    worker.sources.take(l_, a_.x, pass_.group, w, count, worker.ring.image(), images);
    const Index product_rows = l_.tap_rows * pass_.taps.count();
    const Index at_once = std::clamp<Index>(
        product_bytes / (product_rows * static_cast<Index>(sizeof(double))), least_sites, 480);
    double* const products = worker.products.room(at_once * product_rows);
    const Index column_sites = l_.from.height * images, sites = column_sites * count;
    for (Index first = 0; first < sites; first += at_once) {
      const Index some = std::min(at_once, sites - first);
      worker.site_x.clear();
      worker.site_y.clear();
      for (Index j = first; j < first + some; ++j) {
        worker.site_x.push_back(j / column_sites * sources.column_step +
                                j % column_sites / images * sources.row_step + j % images);
        worker.site_y.push_back((j - first) * product_rows);
      }
      run_tiles(taps, some, products, worker, pace);
      for (Index i = 0; i < count; ++i) {
        worker.ring.add(w + i, first, count == 1 ? some : column_sites,
                        products + i * column_sites * product_rows);
      }
    }
  }

  // Multiplies a block of sites by the panels that have rows of some taps.
  void run_tiles(Taps taps, Index sites, double* products, Worker& worker, PacedCheckpoint& pace) {
    const Index first_row = (taps.first - pass_.taps.first) * l_.tap_rows;
    const Index last_row = (taps.last - pass_.taps.first) * l_.tap_rows;
    Tile<T> tile = {};
    const Index link = 0;
    tile.x = worker.sources.x;
    tile.x_step = worker.sources.channel_step;
    tile.depth = l_.depth;
    tile.links = 1;
    tile.link_x = tile.link_panel = &link;
    tile.goes_on = true;
    tile.y_step = 1;
    set_pieces(tile);
    for (Index i = 0; i < panels_.count(); ++i) {
      const Panel<T>& panel = panels_[i];
      if (panel.channel + panel.channels <= first_row || panel.channel >= last_row) continue;
      tile.start = panels_.start(i);
      tile.panel = panels_.weights(i);
      tile.y = products + panel.channel;
      tile.channels = panel.channels;
      for (Index j = 0; j < sites; j += tile.sites) {
        tile.site_x = worker.site_x.data() + j;
        tile.site_y = worker.site_y.data() + j;
        tile.sites = std::min<Index>(panel.kernel.sites, sites - j);
        panel.kernel.run(tile);
        pace.products(l_.depth * tile.sites * panel.width);
      }
    }
  }

  const Arrays& a_;
  const Checkpoint& checkpoint_;
  const ColumnLayout l_;
  ColumnPass pass_ = {};
  PackedPanels<T> panels_;  // of the rows of the product
  Index packed_rows_ = 0;
  List<Worker> workers_;
};

}  // namespace

template <class T>
void scatter_by_columns(const Geometry& geometry, const Arrays& arrays,
                        const Checkpoint& checkpoint) {
  Col2im<T>(geometry, arrays, checkpoint).run();
}

template void scatter_by_columns<float>(const Geometry&, const Arrays&, const Checkpoint&);
template void scatter_by_columns<double>(const Geometry&, const Arrays&, const Checkpoint&);

}  // namespace nnconv
