// Col2im: the loops.
//
//     group -> pass (columns of the kernel whose packed weights fit) -> item (a band of columns of
//     the large image, some images) -> column of the small image -> block of sites -> panel -> tile
//
// A row of the product is a channel, a tap row and a tap column, as they lie in the weights. The
// sums of an item lie in a ring of as many columns as a column of the small image leads to.
#include "algorithms/col2im.h"

#include <algorithm>
#include <vector>

#include "kernels/dispatch.h"
#include "packing/pack_weights.h"
#include "packing/pieces.h"
#include "packing/plan.h"
#include "system/scratch.h"
#include "system/threads.h"

namespace nnconv {
namespace {

constexpr Index all_bytes = Index(8) << 20;      // of the threads
constexpr Index product_bytes = Index(1) << 18;  // of a block of sites, as an aim
constexpr Index most_images = 64;                // of an item
constexpr Index bands = 8;

// Taps first .. last - 1 of an axis.
struct Taps {
  Index first, last;
  Index count() const { return last - first; }
  bool operator==(const Taps& other) const { return first == other.first && last == other.last; }
};

// Those that lead from `at`, where tap 0 leads to, to the cells first .. end - 1.
Taps taps_between(const Axis& axis, Index at, Index first, Index end) {
  const auto tap_at = [&](Index bound) {
    return bound <= at ? 0 : std::min(axis.kernel, divide_up(bound - at, axis.dilation));
  };
  return {tap_at(first), tap_at(end)};
}

template <class T>
class Col2im {
 public:
  Col2im(const Geometry& geometry, const Arrays& arrays, const Checkpoint& checkpoint)
      : a_(arrays),
        checkpoint_(checkpoint),
        rows_(geometry.axis[0]),
        columns_(geometry.axis[1]),
        from_(small_view(geometry)),
        to_(large_view(geometry)),
        weights_(scatter_weights(geometry)),
        groups_(geometry.groups),
        depth_(from_.channels / groups_),
        channels_(to_.channels / groups_),
        tap_rows_(channels_ * rows_.kernel),
        column_length_(channels_ * rows_.large) {
    const auto fits = [](Index room, Index bytes) { return std::max<Index>(1, room / bytes); };
    const Index double_size = static_cast<Index>(sizeof(double));
    const Index line_bytes = tap_rows_ * least_sites * double_size;
    pass_ =
        std::min({columns_.kernel, fits(packed_bytes, tap_rows_ * depth_ * Index{sizeof(T)}),
                  fits(most_product_bytes, line_bytes),
                  (fits(ring_bytes, column_length_ * double_size) - 1) / columns_.dilation + 1});
    window_ = (pass_ - 1) * columns_.dilation + 1;
    const Index image_bytes = window_ * column_length_ * double_size;
    images_ = std::clamp<Index>(ring_bytes / image_bytes, 1, std::min(most_images, from_.batch));
    band_ = std::min(columns_.large, std::max(window_, divide_up(columns_.large, bands)));
    const double products = static_cast<double>(from_.batch * from_.height * from_.width) *
                            static_cast<double>(tap_rows_ * columns_.kernel * from_.channels);
    if (products > static_cast<double>(parallel_work)) {
      const Index item_bytes = image_bytes * images_ + line_bytes * pass_;
      threads_ = static_cast<int>(std::min<Index>(fits(all_bytes, item_bytes), thread_count()));
    }
    workers_.resize(static_cast<std::size_t>(threads_));
    for (Index h = 0; h < from_.height; ++h) {
      inside_.push_back(taps_between(rows_, h * rows_.stride - rows_.pad_before, 0, rows_.large));
    }
  }

  void run() {
    for (group_ = 0; group_ < groups_; ++group_) {
      first_column_.assign(static_cast<std::size_t>(column_length_), 0.0);
      for (std::size_t i = 0; a_.bias != nullptr && i < first_column_.size(); ++i) {
        const Index channel = group_ * channels_ + static_cast<Index>(i) % channels_;
        first_column_[i] = static_cast<double>(static_cast<T>(a_.bias[channel]));
      }
      for (taps_.first = 0; taps_.first < columns_.kernel; taps_.first = taps_.last) {
        taps_.last = std::min(columns_.kernel, taps_.first + pass_);
        pack();
        const Index in_band = divide_up(from_.batch, images_);
        const auto item = [&](Index i, int worker) {
          run_item(i / in_band * band_, i % in_band * images_, worker);
        };
        parallel_for(divide_up(columns_.large, band_) * in_band, threads_, item, checkpoint_);
      }
    }
  }

 private:
  struct Worker {
    Scratch<double> ring, products;
    Scratch<T> sources;
    std::vector<Index> site_x, site_y;
  };

  // The state of an item: which columns it owns, and which of these have begun and have ended.
  struct Band {
    Index first, end;
    Index begun, ended;
    Index image, images;
  };

  void pack() {
    panels_ = channel_panels<T>(tap_rows_ * taps_.count());
    const Index widest = widest_panel(panels_);
    slot_ = widest * depth_;
    zeros_.assign(static_cast<std::size_t>(widest), T(0));
    T* const packed = packed_.room(slot_ * static_cast<Index>(panels_.size()));
    packed_numbers_ = packed;
    const WeightView view = {weights_.channel_step, weights_.depth_step, 0, weights_.group_step};
    const auto pack_one = [&](Index i, int) {
      const Panel<T>& panel = panels_[static_cast<std::size_t>(i)];
      const WeightBlock block = {
          group_, tap_rows_ * taps_.first + panel.channel, panel.channels, 0, depth_, 1};
      pack_panel(a_.weight, view, block, panel.width, packed + i * slot_);
    };
    parallel_for(static_cast<Index>(panels_.size()), threads_, pack_one, checkpoint_);
  }

  // The column of the large image that tap 0 leads to.
  Index column_of(Index w) const { return w * columns_.stride - columns_.pad_before; }

  // The taps of the pass that lead from there into the band.
  Taps taps_into(const Band& band, Index column) const {
    const Taps all = taps_between(columns_, column, band.first, band.end);
    return {std::max(taps_.first, all.first), std::min(taps_.last, all.last)};
  }

  void run_item(Index first, Index image, int worker) {
    Worker& own = workers_[static_cast<std::size_t>(worker)];
    PacedCheckpoint pace(checkpoint_, worker);
    Band band = {first, std::min(columns_.large, first + band_), first, first,
                 image, std::min(images_, from_.batch - image)};
    own.ring.room(window_ * images_ * column_length_);
    const Index at_once = std::max<Index>(1, least_sites / (from_.height * band.images));
    for (Index w = 0, count; w < from_.width; w += count) {
      count = 1;
      Taps taps = taps_into(band, column_of(w));
      if (taps.count() <= 0) continue;
      // Short columns are multiplied together, to fill tiles.
      for (; count < at_once && w + count < from_.width; ++count) {
        const Taps more = taps_into(band, column_of(w + count));
        if (more.count() <= 0) break;
        taps = {std::min(taps.first, more.first), std::max(taps.last, more.last)};
      }
      multiply(band, w, count, taps, own, pace);
    }
    end_columns(band, band.end, own);
  }

  double* in_ring(Index column, Index image, Worker& own) const {
    return own.ring.room(0) + (column % window_ * images_ + image) * column_length_;
  }

  // With the bias, or with what the pass before has added up.
  void begin_columns(Band& band, Index end, Worker& own) const {
    for (; band.begun < end; ++band.begun) {
      double* const ring = in_ring(band.begun, 0, own);
      if (taps_.first > 0) {
        move_column(band, band.begun, [&](double* y, Index count, Index at, Index step) {
          for (Index i = 0; i < count; ++i) ring[at + i * step] = y[i];
        });
      } else {
        for (Index n = 0; n < band.images; ++n) {
          std::copy(first_column_.begin(), first_column_.end(), ring + n * column_length_);
        }
      }
    }
  }

  void end_columns(Band& band, Index end, Worker& own) const {
    const bool is_last = taps_.last == columns_.kernel;
    for (; band.ended < end; ++band.ended) {
      if (band.begun == band.ended) begin_columns(band, band.ended + 1, own);
      const double* const ring = in_ring(band.ended, 0, own);
      move_column(band, band.ended, [&](double* y, Index count, Index at, Index step) {
        if (!is_last || sizeof(T) == sizeof(double)) {
          for (Index i = 0; i < count; ++i) y[i] = ring[at + i * step];
        } else {
          for (Index i = 0; i < count; ++i) {
            y[i] = static_cast<double>(static_cast<T>(ring[at + i * step]));
          }
        }
      });
    }
  }

  // Calls move(y, count, at, step) for the parts of a column that lie side by side in the result,
  // and every `step` from `at` on in the ring: the images of a channel, or the channels of an
  // image.
  template <class Move>
  void move_column(const Band& band, Index column, const Move& move) const {
    double* const y =
        a_.y + band.image + group_ * channels_ * to_.channel_step() + column * to_.column_step();
    if (to_.batch == 1) {
      const Index lines = groups_ == 1 ? 1 : rows_.large, count = column_length_ / lines;
      for (Index h = 0; h < lines; ++h) move(y + h * to_.row_step(), count, h * count, 1);
      return;
    }
    for (Index h = 0; h < rows_.large; ++h) {
      for (Index c = 0; c < channels_; ++c) {
        move(y + h * to_.row_step() + c * to_.channel_step(), band.images, h * channels_ + c,
             column_length_);
      }
    }
  }

  // The column's numbers in the type of the arithmetic: where they lie, or a copy.
  struct Sources {
    const T* x;
    Index column_step, row_step, channel_step;
  };

  Sources sources_of(const Band& band, Index w, Index count, Worker& own) const {
    const double* x =
        a_.x + band.image + group_ * depth_ * from_.channel_step() + w * from_.column_step();
    if constexpr (sizeof(T) == sizeof(double)) {
      return {x, from_.column_step(), from_.row_step(), from_.channel_step()};
    } else {
      const Index cell = depth_ * band.images;
      T* to = own.sources.room(cell * from_.height * count);
      const T* const first = to;
      const Index parts = band.images == from_.batch ? 1 : depth_;
      for (Index i = 0; i < count; ++i, x += from_.column_step()) {
        for (Index h = 0; h < from_.height; ++h, to += cell) {
          for (Index k = 0; k < parts; ++k) {
            table_.copy(x + h * from_.row_step() + k * from_.channel_step(), cell / parts,
                        to + k * band.images);
          }
        }
      }
      return {first, cell * from_.height, cell, band.images};
    }
  }

  // For `count` columns from w on; more than one if all of their sites are one block.
  void multiply(Band& band, Index w, Index count, Taps taps, Worker& own,
                PacedCheckpoint& pace) const {
    const Sources sources = sources_of(band, w, count, own);
    // Only panels with wanted rows.
    const Index first_row = (taps.first - taps_.first) * tap_rows_;
    const Index last_row = (taps.last - taps_.first) * tap_rows_;
    const Index product_rows = tap_rows_ * taps_.count();
    const Index at_once = std::clamp<Index>(
        product_bytes / (product_rows * static_cast<Index>(sizeof(double))), least_sites, 480);
    double* const products = own.products.room(at_once * product_rows);
    const Index column_sites = from_.height * band.images, sites = column_sites * count;
    Tile<T> tile = {};
    const Index link = 0;
    tile.x = sources.x;
    tile.x_step = sources.channel_step;
    tile.depth = depth_;
    tile.links = 1;
    tile.link_x = tile.link_panel = &link;
    tile.start = zeros_.data();
    tile.goes_on = true;
    tile.y_step = 1;
    set_pieces(tile);
    for (Index first = 0; first < sites; first += at_once) {
      const Index some = std::min(at_once, sites - first);
      own.site_x.clear();
      own.site_y.clear();
      for (Index j = first; j < first + some; ++j) {
        own.site_x.push_back(j / column_sites * sources.column_step +
                             j % column_sites / band.images * sources.row_step + j % band.images);
        own.site_y.push_back((j - first) * product_rows);
      }
      for (std::size_t i = 0; i < panels_.size(); ++i) {
        const Panel<T>& panel = panels_[i];
        if (panel.channel + panel.channels <= first_row || panel.channel >= last_row) continue;
        tile.panel = packed_at(i);
        tile.y = products + panel.channel;
        tile.channels = panel.channels;
        for (Index j = 0; j < some; j += tile.sites) {
          tile.site_x = own.site_x.data() + j;
          tile.site_y = own.site_y.data() + j;
          tile.sites = std::min<Index>(panel.kernel.sites, some - j);
          panel.kernel.run(tile);
          pace(1 + depth_ * tile.sites * panel.width / (1 << 12));
        }
      }
      for (Index i = 0; i < count; ++i) {
        add_column(band, w + i, first, count == 1 ? some : column_sites,
                   products + i * column_sites * product_rows, own);
      }
    }
  }

  void add_column(Band& band, Index w, Index first, Index count, const double* products,
                  Worker& own) const {
    const Index column = column_of(w);
    const Taps taps = taps_into(band, column);
    const auto led_to = [&](Index tap) { return column + tap * columns_.dilation; };
    end_columns(band, std::clamp(led_to(taps_.first), band.ended, band.end), own);
    begin_columns(band, led_to(taps.last - 1) + 1, own);
    add(w, taps, first, count, band.images, products, own);
  }

  // Adds the products of sites first .. first + count - 1, which are cells of `images` images, in a
  // column of the small image.
  void add(Index w, Taps taps, Index first, Index count, Index images, const double* products,
           Worker& own) const {
    const Index product_rows = tap_rows_ * taps_.count(), step = rows_.stride * channels_;
    for (Index n = 0; n < images; ++n) {
      const Index begin = divide_up(std::max<Index>(0, first - n), images);
      const Index end = divide_up(std::max<Index>(0, first + count - n), images);
      for (Index h = begin; h < end;) {
        // Cells that lead to as many rows follow each other.
        const Taps inside = inside_[static_cast<std::size_t>(h)];
        Index last = h + 1;
        while (last < end && inside_[static_cast<std::size_t>(last)] == inside) ++last;
        const Index site = h * images + n - first;
        // Taps that follow each other lead to neighbouring rows, unless they are dilated.
        const Index parts =
            rows_.dilation == 1 ? std::min<Index>(1, inside.count()) : inside.count();
        const Index length = rows_.dilation == 1 ? inside.count() * channels_ : channels_;
        const Index row = h * rows_.stride - rows_.pad_before + inside.first * rows_.dilation;
        for (Index v = taps.first; v < taps.last; ++v) {
          const double* from = products + site * product_rows + (v - taps_.first) * tap_rows_ +
                               inside.first * channels_;
          double* to = in_ring(column_of(w) + v * columns_.dilation, n, own) + row * channels_;
          for (Index u = 0; u < parts; ++u) {
            table_.add_lines(from + u * channels_, images * product_rows, last - h, length,
                             to + u * rows_.dilation * channels_, step);
          }
        }
        h = last;
      }
    }
  }

  const T* packed_at(std::size_t i) const {
    return packed_numbers_ + static_cast<Index>(i) * slot_;
  }

  const Arrays& a_;
  const Checkpoint& checkpoint_;
  Axis rows_, columns_;
  ImageView from_, to_;
  WeightView weights_;
  Index groups_, depth_, channels_, tap_rows_, column_length_;
  Index pass_, window_, images_, band_;
  int threads_ = 1;
  const KernelTable<T>& table_ = kernels<T>();
  Index group_ = 0, slot_ = 0;
  Taps taps_ = {0, 0};
  std::vector<Panel<T>> panels_;
  std::vector<Taps> inside_;          // the tap rows that lead from each row into the image
  std::vector<double> first_column_;  // of the bias
  std::vector<T> zeros_;
  Scratch<T> packed_;
  const T* packed_numbers_ = nullptr;
  std::vector<Worker> workers_;
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
