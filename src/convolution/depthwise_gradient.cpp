// Depthwise gradient: the loops around the tiles.
//
//     panel of lanes -> band of cells -> copy and pack -> tile (some taps)
#include "convolution/depthwise_gradient.h"

#include <algorithm>

#include "algorithms/padded.h"
#include "packing/pieces.h"
#include "packing/plan.h"
#include "system/list.h"
#include "system/scratch.h"

namespace nnconv {
namespace {

constexpr Index lanes_of_bands = 32;            // of a panel, for the size of a band
constexpr Index band_numbers = Index(1) << 17;  // that a band reads of the large image, as an aim
constexpr Index most_under = Index(1) << 15;    // cells that a kernel spans
constexpr Index most_sums = Index(1) << 20;     // of all taps and lanes

// Cells of the small image, and the cells of the padded large image that their kernels span.
struct Band {
  Index row, rows, column, columns;
  Index span_rows, span_columns;
};

// The bands depend on nothing but the geometry, so that the order of summation does not, either.
List<Band> bands_of(const Geometry& geometry) {
  const Axis &rows = geometry.axis[0], &columns = geometry.axis[1];
  List<Band> bands;
  const auto cells = [](const Axis& axis, Index room) {
    return std::clamp<Index>((room - kernel_extent(axis)) / axis.stride + 1, 1, axis.small);
  };
  const auto span = [](const Axis& axis, Index count) {
    return (count - 1) * axis.stride + kernel_extent(axis);
  };
  const Index room = band_numbers / lanes_of_bands;
  const Index height = cells(rows, room / kernel_extent(columns));
  const Index width = cells(columns, room / span(rows, height));
  for (Index j = 0; j < columns.small; j += width) {
    for (Index i = 0; i < rows.small; i += height) {
      const Index some_rows = std::min(height, rows.small - i);
      const Index some_columns = std::min(width, columns.small - j);
      bands.push_back(
          {i, some_rows, j, some_columns, span(rows, some_rows), span(columns, some_columns)});
    }
  }
  return bands;
}

template <class T>
class DepthwiseGradient {
 public:
  DepthwiseGradient(const Geometry& geometry, const double* large, const double* small,
                    const Checkpoint& checkpoint)
      : g_(geometry),
        padded_(pad_to_correlate(geometry)),
        small_view_(small_view(geometry)),
        large_(large),
        small_(small),
        checkpoint_(checkpoint),
        lanes_(g_.batch * g_.groups),
        plan_(make_plan<T>({g_.batch, g_.groups, 1, 1, static_cast<double>(g_.taps())})),
        bands_(bands_of(g_)) {
    threads_ =
        threads_for(static_cast<double>(g_.taps()) * static_cast<double>(small_view_.count()));
    workers_.resize(threads_);
    sums_.assign(g_.taps() * lanes_, 0.0);
  }

  void run(double* weight) {
    parallel_for(
        static_cast<Index>(plan_.panels.size()), threads_,
        [&](Index i, int worker) { run_panel(plan_.panels[static_cast<std::size_t>(i)], worker); },
        checkpoint_);
    for_parts(g_.taps() * g_.groups, checkpoint_, [&](Index first, Index last) {
      for (Index i = first; i < last; ++i) {
        double sum = 0;
        for (Index n = 0; n < g_.batch; ++n) sum += sums_[i * g_.batch + n];
        weight[i] = static_cast<double>(static_cast<T>(sum));
      }
    });
  }

 private:
  // What a worker keeps from one band to the next.
  struct Worker {
    Scratch<T> x, panel;
    List<Index> link_x, link_panel, site_x, site_y;
  };

  void run_panel(const Panel<T>& panel, int number) {
    Worker& worker = workers_[number];
    PacedCheckpoint pace(checkpoint_, number);
    for (const Band& band : bands_) {
      copy(band, panel, worker, pace);
      pack(band, panel, worker, pace);
      run_tiles(band, panel, worker, pace);
    }
  }

  void copy(const Band& band, const Panel<T>& panel, Worker& worker, PacedCheckpoint& pace) const {
    T* to = worker.x.room(band.span_rows * band.span_columns * panel.width);
    const Index row = band.row * g_.axis[0].stride, column = band.column * g_.axis[1].stride;
    for (Index w = 0; w < band.span_columns; ++w) {
      const Index from_column = padded_.axis[1].source(column + w);
      pace(1 + band.span_rows / 64);
      for (Index h = 0; h < band.span_rows; ++h, to += panel.width) {
        const Index from_row = padded_.axis[0].source(row + h);
        if (from_column == no_source || from_row == no_source) {
          std::fill_n(to, panel.width, T(0));
        } else {
          const Index cell = from_row + from_column * g_.axis[0].large;
          plan_.table->copy(large_ + cell * lanes_ + panel.channel, panel.channels, to);
        }
      }
    }
  }

  void pack(const Band& band, const Panel<T>& panel, Worker& worker, PacedCheckpoint& pace) const {
    T* to = worker.panel.room(band.rows * band.columns * panel.width);
    for (Index j = 0; j < band.columns; ++j) {
      pace(1 + band.rows / 64);
      for (Index i = 0; i < band.rows; ++i, to += panel.width) {
        const Index cell = band.row + i + (band.column + j) * small_view_.height;
        plan_.table->copy(small_ + cell * lanes_ + panel.channel, panel.channels, to);
        std::fill(to + panel.channels, to + panel.width, T(0));
      }
    }
  }

  void run_tiles(const Band& band, const Panel<T>& panel, Worker& worker, PacedCheckpoint& pace) {
    const auto place = [&](Index row, Index column) {
      return (row + column * band.span_rows) * panel.width;
    };
    worker.link_x.clear();
    worker.link_panel.clear();
    for (Index j = 0; j < band.columns; ++j) {
      for (Index i = 0; i < band.rows; ++i) {
        worker.link_x.push_back(place(i * g_.axis[0].stride, j * g_.axis[1].stride));
        worker.link_panel.push_back(i + j * band.rows);
      }
    }
    worker.site_x.clear();
    worker.site_y.clear();
    for (Index v = 0; v < g_.axis[1].kernel; ++v) {
      for (Index u = 0; u < g_.axis[0].kernel; ++u) {
        worker.site_x.push_back(place(u * g_.axis[0].dilation, v * g_.axis[1].dilation));
        worker.site_y.push_back((u + v * g_.axis[0].kernel) * lanes_);
      }
    }
    Tile<T> tile = {};
    tile.x = worker.x.room(0);
    tile.depth = 1;
    tile.links = worker.link_x.size();
    tile.link_x = worker.link_x.data();
    tile.link_panel = worker.link_panel.data();
    tile.panel = worker.panel.room(0);
    tile.goes_on = true;
    tile.y = sums_.data() + panel.channel;
    tile.y_step = 1;
    tile.channels = panel.channels;
    set_pieces(tile);
    for (Index tap = 0; tap < g_.taps(); tap += panel.kernel.sites) {
      tile.site_x = worker.site_x.data() + tap;
      tile.site_y = worker.site_y.data() + tap;
      tile.sites = std::min<Index>(panel.kernel.sites, g_.taps() - tap);
      panel.kernel.run(tile);
      pace.products(tile.links * tile.sites * panel.width);
    }
  }

  const Geometry& g_;
  PaddedSource padded_;
  ImageView small_view_;
  const double *large_, *small_;
  const Checkpoint& checkpoint_;
  Index lanes_;  // of a cell: its channels of all images
  Plan<T> plan_;
  List<Band> bands_;
  List<double> sums_;  // for each tap those of all lanes
  int threads_;
  List<Worker> workers_;
};

}  // namespace

bool can_use_depthwise_gradient(const Geometry& g) {
  const Index under = kernel_extent(g.axis[0]) * kernel_extent(g.axis[1]);
  return g.groups > 1 && g.large_channels == g.groups && g.small_channels == g.groups &&
         g.batch > 0 && under <= most_under && g.taps() * g.batch * g.groups <= most_sums;
}

template <class T>
void depthwise_gradient(const Geometry& geometry, const double* large, const double* small,
                        double* weight, const Checkpoint& checkpoint) {
  DepthwiseGradient<T>(geometry, large, small, checkpoint).run(weight);
}

template void depthwise_gradient<float>(const Geometry&, const double*, const double*, double*,
                                        const Checkpoint&);
template void depthwise_gradient<double>(const Geometry&, const double*, const double*, double*,
                                         const Checkpoint&);

}  // namespace nnconv
