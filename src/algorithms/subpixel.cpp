// Sub-pixel: the loops.
//
//     group -> item (a block of windows of some images) -> panel of joined rows -> tile
//
// A window is known by its first source on either axis; a row is a pair of phases and a channel.
#include "algorithms/subpixel.h"

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

constexpr Index most_channels = 4;            // of a group that are few
constexpr Index most_rows = 64;               // joined
constexpr Index item_windows = 16;            // along a column of the image
constexpr Index item_bytes = Index(1) << 18;  // of the sources of an item, as an aim

// The phases of one axis.
struct Phases {
  const std::vector<Span>& spans;
  Index taps = 0, first = 0, windows = 0;

  explicit Phases(const std::vector<Span>& of) : spans(of) {
    first = of[0].parts[0].source;
    Index last = first;
    for (const Span& span : of) {
      const Index source = span.parts[0].source;
      taps = std::max(taps, static_cast<Index>(span.parts[0].taps.size()));
      first = std::min(first, source);
      last = std::max(last, source + span.count - 1);
    }
    windows = last - first + 1;
  }
  Index count() const { return static_cast<Index>(spans.size()); }
  // Do all of them use at least half of the windows?
  bool are_alike() const {
    return std::all_of(spans.begin(), spans.end(),
                       [&](const Span& span) { return 2 * span.count >= windows; });
  }
  const Span& operator[](Index i) const { return spans[static_cast<std::size_t>(i)]; }
};

bool are_phases(const std::vector<Span>& spans) {
  return !spans.empty() && std::all_of(spans.begin(), spans.end(), [&](const Span& span) {
    return span.parts.size() == 1 && span.pitch == 1 && span.step == spans[0].step;
  });
}

template <class T>
class Joined {
 public:
  Joined(const Problem& problem, const Arrays& arrays, const std::vector<Span>& rows,
         const std::vector<Span>& columns, const Checkpoint& checkpoint)
      : p_(problem),
        a_(arrays),
        checkpoint_(checkpoint),
        row_(rows),
        column_(columns),
        taps_(row_.taps * column_.taps),
        rows_(row_.count() * column_.count() * p_.result_rows()),
        plan_(make_few_plan<T>(
            {p_.to.batch, p_.groups, p_.depth(), rows_, static_cast<double>(taps_)})) {
    widest_ = widest_panel(plan_.panels);
    padded_ = divide_up(p_.depth(), plan_.depth_multiple) * plan_.depth_multiple;
    slot_ = widest_ * taps_ * padded_;
    const double products = static_cast<double>(taps_ * p_.depth() * rows_ * p_.groups) *
                            static_cast<double>(row_.windows * column_.windows * p_.to.batch);
    threads_ = products > static_cast<double>(parallel_work) ? thread_count() : 1;
    workers_.resize(static_cast<std::size_t>(threads_));
    list_items();
  }

  void run() {
    const Index panels = static_cast<Index>(plan_.panels.size());
    packed_.room(panels * slot_);
    start_.resize(static_cast<std::size_t>(panels * widest_));
    for (Index group = 0; group < p_.groups; ++group) {
      pack(group);
      const auto item = [&](Index i, int worker) {
        run_item(group, items_[static_cast<std::size_t>(i)],
                 workers_[static_cast<std::size_t>(worker)]);
      };
      parallel_for(static_cast<Index>(items_.size()), threads_, item, checkpoint_);
    }
  }

 private:
  // Windows row .. row + rows - 1 of columns column .. column + columns - 1.
  struct Item {
    Index row, rows, column, columns, image, images;
  };

  struct Worker {
    Scratch<T> sources;
    Scratch<double> sums;
  };

  void list_items() {
    images_ = std::min(p_.to.batch, std::max<Index>(plan_.images, 64));
    height_ = std::min(row_.windows, item_windows);
    const Index column_bytes =
        (height_ + row_.taps - 1) * p_.depth() * images_ * static_cast<Index>(sizeof(T));
    width_ = std::clamp<Index>(item_bytes / column_bytes - column_.taps + 1, 1, item_windows);
    for (Index image = 0; image < p_.to.batch; image += images_) {
      for (Index column = 0; column < column_.windows; column += width_) {
        for (Index row = 0; row < row_.windows; row += height_) {
          items_.push_back({row, std::min(height_, row_.windows - row), column,
                            std::min(width_, column_.windows - column), image,
                            std::min(images_, p_.to.batch - image)});
        }
      }
    }
  }

  // The weights of all rows, as one layer's: rows side by side, then summed channels, then taps.
  void pack(Index group) {
    const Index depth = p_.depth(), channels = p_.result_rows();
    std::vector<double> joined(static_cast<std::size_t>(rows_ * depth * taps_), 0.0);
    Index row = 0;
    for (Index j = 0; j < column_.count(); ++j) {
      for (Index i = 0; i < row_.count(); ++i, row += channels) {
        const std::vector<Index>&u = row_[i].parts[0].taps, &v = column_[j].parts[0].taps;
        for (std::size_t b = 0; b < v.size(); ++b) {
          for (std::size_t a = 0; a < u.size(); ++a) {
            const double* from = a_.weight + group * p_.weights.group_step +
                                 (u[a] + p_.kernel_height * v[b]) * p_.weights.tap_step;
            const Index tap = static_cast<Index>(a) + row_.taps * static_cast<Index>(b);
            for (Index k = 0; k < depth; ++k) {
              for (Index c = 0; c < channels; ++c) {
                joined[static_cast<std::size_t>(row + c + rows_ * (k + depth * tap))] =
                    from[c * p_.weights.row_step + k * p_.weights.column_step];
              }
            }
          }
        }
      }
    }
    const WeightView view = {1, rows_, rows_ * depth, 0};
    for (std::size_t i = 0; i < plan_.panels.size(); ++i) {
      const Panel<T>& panel = plan_.panels[i];
      const WeightBlock block = {0, panel.row, panel.rows, 0, depth, taps_};
      T* to = packed_.room(0) + static_cast<Index>(i) * slot_;
      if (plan_.family == Family::dot) {
        pack_rows(joined.data(), view, block, panel.width, padded_, to);
      } else {
        pack_panel(joined.data(), view, block, panel.width, to);
      }
      for (Index r = 0; r < panel.width; ++r) {
        const bool present = a_.bias != nullptr && r < panel.rows;
        start_[i * static_cast<std::size_t>(widest_) + static_cast<std::size_t>(r)] =
            present ? static_cast<T>(a_.bias[group * channels + (panel.row + r) % channels]) : T(0);
      }
    }
  }

  // The sources of an item, 0 outside of the image: columns, in them rows, channels, images.
  const T* gather(Index group, const Item& item, Worker& worker) {
    const Index cell = p_.depth() * item.images, height = item.rows + row_.taps - 1;
    const Index width = item.columns + column_.taps - 1;
    T* const sources = worker.sources.room(cell * height * width);
    const double* x = a_.x + item.image + group * p_.depth() * p_.from.channel_step();
    for (Index b = 0; b < width; ++b) {
      for (Index a = 0; a < height; ++a) {
        const Index h = row_.first + item.row + a, w = column_.first + item.column + b;
        T* const to = sources + (b * height + a) * cell;
        if (h < 0 || h >= p_.from.height || w < 0 || w >= p_.from.width) {
          std::fill(to, to + cell, T(0));
          continue;
        }
        const double* from = x + h * p_.from.row_step() + w * p_.from.column_step();
        if (item.images == p_.from.batch) {
          plan_.table->copy(from, cell, to);
        } else {
          for (Index k = 0; k < p_.depth(); ++k) {
            plan_.table->copy(from + k * p_.from.channel_step(), item.images, to + k * item.images);
          }
        }
      }
    }
    return sources;
  }

  void run_item(Index group, const Item& item, Worker& worker) {
    const T* const sources = gather(group, item, worker);
    const Index cell = p_.depth() * item.images, height = item.rows + row_.taps - 1;
    const Index per_window =
        plan_.family == Family::image ? divide_up(item.images, plan_.images) : item.images;
    const Index sites = item.rows * item.columns * per_window;
    std::vector<Index> site_x, site_y, link_x, link_panel;
    for (Index window = 0; window < item.rows * item.columns; ++window) {
      const Index at = window / item.rows * height + window % item.rows;
      for (Index n = 0; n < item.images; n += plan_.images) {
        site_x.push_back(at * cell + n);
        site_y.push_back(window * rows_ * item.images + n);
      }
    }
    for (Index v = 0; v < column_.taps; ++v) {
      for (Index u = 0; u < row_.taps; ++u) {
        link_x.push_back((v * height + u) * cell);
        link_panel.push_back((u + row_.taps * v) * padded_);
      }
    }
    double* const sums = worker.sums.room(rows_ * item.rows * item.columns * item.images);
    Tile<T> tile = {};
    tile.x = sources;
    tile.channel_step = tile.row_step = item.images;
    tile.channels = p_.depth();
    tile.links = taps_;
    tile.link_x = link_x.data();
    tile.link_panel = link_panel.data();
    set_pieces(tile, plan_.depth_multiple);
    for (std::size_t i = 0; i < plan_.panels.size(); ++i) {
      const Panel<T>& panel = plan_.panels[i];
      tile.panel = packed_.room(0) + static_cast<Index>(i) * slot_;
      tile.start = start_.data() + i * static_cast<std::size_t>(widest_);
      tile.rows = panel.rows;
      tile.y = sums + panel.row * item.images;
      for (Index j = 0; j < sites;) {
        tile.site_x = site_x.data() + j;
        tile.site_y = site_y.data() + j;
        j += run_tile(plan_, panel, tile, sites - j, item.images - j % per_window * plan_.images);
      }
    }
    put(group, item, sums);
  }

  // Puts every row's sums to the cells of its phases, where these exist.
  void put(Index group, const Item& item, const double* sums) const {
    const Index channels = p_.result_rows();
    double* const y = a_.y + item.image + group * channels * p_.to.channel_step();
    const Index length = channels * item.images;
    const bool whole = item.images == p_.to.batch;
    for (Index b = 0; b < item.columns; ++b) {
      for (Index j = 0; j < column_.count(); ++j) {
        const Span& column = column_[j];
        const Index w = column_.first + item.column + b - column.parts[0].source;
        if (w < 0 || w >= column.count) continue;
        for (Index i = 0; i < row_.count(); ++i) {
          const Span& row = row_[i];
          const Index before = row_.first + item.row - row.parts[0].source;
          const Index phase = (j * row_.count() + i) * length;
          const Index last = std::min(item.rows, row.count - before);
          for (Index a = std::max<Index>(0, -before); a < last; ++a) {
            const double* from = sums + (b * item.rows + a) * rows_ * item.images + phase;
            double* to = y + (row.first + (before + a) * row.step) * p_.to.row_step() +
                         (column.first + w * column.step) * p_.to.column_step();
            for (Index k = 0; k < (whole ? 1 : channels); ++k) {
              const Index n = whole ? length : item.images;
              std::copy(from + k * n, from + (k + 1) * n, to + k * p_.to.channel_step());
            }
          }
        }
      }
    }
  }

  const Problem& p_;
  const Arrays& a_;
  const Checkpoint& checkpoint_;
  Phases row_, column_;
  Index taps_, rows_;
  Plan<T> plan_;
  Index widest_ = 0, padded_, slot_, images_ = 0, height_ = 0, width_ = 0;
  int threads_;
  Scratch<T> packed_;
  std::vector<T> start_;
  std::vector<Worker> workers_;
  std::vector<Item> items_;
};

}  // namespace

bool can_be_joined(const Problem& p, const std::vector<Span>& rows,
                   const std::vector<Span>& columns) {
  const std::size_t pairs = rows.size() * columns.size();
  if (p.result_rows() > most_channels || pairs < 2 || p.depth() < 4 ||
      pairs * static_cast<std::size_t>(p.result_rows()) > static_cast<std::size_t>(most_rows) ||
      !are_phases(rows) || !are_phases(columns)) {
    return false;
  }
  const Phases row(rows), column(columns);
  double taps = 0;
  for (const Span& v : columns) {
    for (const Span& u : rows) {
      taps += static_cast<double>(u.parts[0].taps.size() * v.parts[0].taps.size());
    }
  }
  const Index window = row.taps * column.taps;
  return row.are_alike() && column.are_alike() && window * p.depth() <= most_weights &&
         static_cast<double>(static_cast<Index>(pairs) * window) <= 1.5 * taps;
}

template <class T>
void contract_joined(const Problem& problem, const Arrays& arrays, const std::vector<Span>& rows,
                     const std::vector<Span>& columns, const Checkpoint& checkpoint) {
  Joined<T>(problem, arrays, rows, columns, checkpoint).run();
}

template void contract_joined<float>(const Problem&, const Arrays&, const std::vector<Span>&,
                                     const std::vector<Span>&, const Checkpoint&);
template void contract_joined<double>(const Problem&, const Arrays&, const std::vector<Span>&,
                                      const std::vector<Span>&, const Checkpoint&);

}  // namespace nnconv
