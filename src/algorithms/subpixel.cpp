// Sub-pixel: the loops.
//
//     group -> item (a block of windows of some images) -> panel of joint channels -> tile
//
// A window is known by its first source on either axis. A joint channel is a pair of phases and a
// channel of the result.
#include "algorithms/subpixel.h"

#include <algorithm>
#include <utility>

#include "kernels/dispatch.h"
#include "packing/pack_sources.h"
#include "packing/pack_weights.h"
#include "packing/packed_panels.h"
#include "packing/pieces.h"
#include "packing/plan.h"
#include "system/list.h"
#include "system/scratch.h"
#include "system/threads.h"

namespace nnconv {
namespace {

constexpr Index most_channels = 4;  // of a group's result
constexpr Index most_joint_channels = 64;
constexpr Index item_windows = 16;            // along a column of the image
constexpr Index item_bytes = Index(1) << 18;  // of the sources of an item, as an aim

// The phases of one axis.
struct Phases {
  const std::vector<Span>& spans;
  Index taps = 0, first = 0, windows = 0;

  explicit Phases(const std::vector<Span>& of) : spans(of) {
    first = of[0].components[0].source;
    Index last = first;
    for (const Span& span : of) {
      const Index source = span.components[0].source;
      taps = std::max(taps, span.components[0].taps.size());
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
    return span.components.size() == 1 && span.pitch == 1 && span.step == spans[0].step;
  });
}

template <class T>
class Subpixel {
 public:
  Subpixel(const Problem& problem, const Arrays& arrays, const std::vector<Span>& rows,
           const std::vector<Span>& columns, const Checkpoint& checkpoint)
      : p_(problem),
        a_(arrays),
        checkpoint_(checkpoint),
        row_(rows),
        column_(columns),
        taps_(row_.taps * column_.taps),
        joint_channels_(row_.count() * column_.count() * p_.channels()),
        plan_(make_few_plan<T>(
            {p_.to.batch, p_.groups, p_.depth(), joint_channels_, static_cast<double>(taps_)})),
        panels_(std::move(plan_.panels)) {
    padded_ = divide_up(p_.depth(), plan_.depth_multiple) * plan_.depth_multiple;
    threads_ = threads_for(static_cast<double>(taps_ * p_.depth() * joint_channels_ * p_.groups) *
                           static_cast<double>(row_.windows * column_.windows * p_.to.batch));
    workers_.resize(threads_);
    list_items();
  }

  void run() {
    panels_.hold_all(taps_ * padded_);
    for (Index group = 0; group < p_.groups; ++group) {
      pack(group);
      const auto item = [&](Index i, int worker) { run_item(group, items_[i], workers_[worker]); };
      parallel_for(items_.size(), threads_, item, checkpoint_);
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
    const Index images = std::min(p_.to.batch, std::max<Index>(plan_.images, 64));
    const Index height = std::min(row_.windows, item_windows);
    const Index column_bytes =
        (height + row_.taps - 1) * p_.depth() * images * static_cast<Index>(sizeof(T));
    const Index width =
        std::clamp<Index>(item_bytes / column_bytes - column_.taps + 1, 1, item_windows);
    for (Index image = 0; image < p_.to.batch; image += images) {
      for (Index column = 0; column < column_.windows; column += width) {
        for (Index row = 0; row < row_.windows; row += height) {
          items_.push_back({row, std::min(height, row_.windows - row), column,
                            std::min(width, column_.windows - column), image,
                            std::min(images, p_.to.batch - image)});
        }
      }
    }
  }

  // The weights of all joint channels in the order of a layer's: joint channels side by side, then
  // the depth, then taps.
  List<double> joint_weights(Index group) const {
    const Index depth = p_.depth(), channels = p_.channels();
    List<double> joint = repeated(joint_channels_ * depth * taps_, 0.0);
    Index first = 0;
    for (Index j = 0; j < column_.count(); ++j) {
      for (Index i = 0; i < row_.count(); ++i, first += channels) {
        const List<Index>&u = row_[i].components[0].taps, &v = column_[j].components[0].taps;
        for (Index b = 0; b < v.size(); ++b) {
          for (Index a = 0; a < u.size(); ++a) {
            const double* from = a_.weight + group * p_.weights.group_step +
                                 (u[a] + p_.kernel_height * v[b]) * p_.weights.tap_step;
            double* const to = joint.data() + first + joint_channels_ * depth * (a + row_.taps * b);
            for (Index k = 0; k < depth; ++k) {
              for (Index c = 0; c < channels; ++c) {
                to[c + joint_channels_ * k] =
                    from[c * p_.weights.channel_step + k * p_.weights.depth_step];
              }
            }
          }
        }
      }
    }
    return joint;
  }

  void pack(Index group) {
    const Index depth = p_.depth(), channels = p_.channels();
    const List<double> joint = joint_weights(group);
    const WeightView view = {1, joint_channels_, joint_channels_ * depth, 0};
    for (Index i = 0; i < panels_.count(); ++i) {
      const Panel<T>& panel = panels_[i];
      const WeightBlock block = {0, panel.channel, panel.channels, 0, depth, taps_};
      if (plan_.family == Family::dot) {
        pack_dot_panel(joint.data(), view, block, panel.width, padded_, panels_.weights(i));
      } else {
        pack_panel(joint.data(), view, block, panel.width, panels_.weights(i));
      }
      panels_.set_start(i, i, a_.bias, [&](Index c) { return group * channels + c % channels; });
    }
  }

  // Gathers the sources of an item, 0 outside of the image: columns, within them rows, channels,
  // images.
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
        } else {
          copy_cell(x + h * p_.from.row_step() + w * p_.from.column_step(), p_.from, p_.depth(),
                    item.images, *plan_.table, to);
        }
      }
    }
    return sources;
  }

  void run_item(Index group, const Item& item, Worker& worker) {
    const T* const sources = gather(group, item, worker);
    const Index cell = p_.depth() * item.images, height = item.rows + row_.taps - 1;
    const Index windows = item.rows * item.columns;
    TileSites sites(windows, item.images, plan_.images);
    for (Index window = 0; window < windows; ++window) {
      const Index at = window / item.rows * height + window % item.rows;
      for (Index n = 0; n < item.images; n += plan_.images) {
        sites.add(at * cell + n, window * joint_channels_ * item.images + n);
      }
    }
    List<Index> link_x, link_panel;
    for (Index v = 0; v < column_.taps; ++v) {
      for (Index u = 0; u < row_.taps; ++u) {
        link_x.push_back((v * height + u) * cell);
        link_panel.push_back((u + row_.taps * v) * padded_);
      }
    }
    double* const sums = worker.sums.room(joint_channels_ * windows * item.images);
    Tile<T> tile = {};
    tile.x = sources;
    tile.x_step = tile.y_step = item.images;
    tile.depth = p_.depth();
    tile.links = taps_;
    tile.link_x = link_x.data();
    tile.link_panel = link_panel.data();
    set_pieces(tile, plan_.depth_multiple);
    for (Index i = 0; i < panels_.count(); ++i) {
      const Panel<T>& panel = panels_[i];
      tile.panel = panels_.weights(i);
      tile.start = panels_.start(i);
      tile.channels = panel.channels;
      tile.y = sums + panel.channel * item.images;
      run_tiles(plan_, panel, sites, tile);
    }
    put(group, item, sums);
  }

  // Copies the sums of every joint channel to the cells of its phases, where these exist.
  void put(Index group, const Item& item, const double* sums) const {
    const Index channels = p_.channels();
    double* const y = a_.y + item.image + group * channels * p_.to.channel_step();
    const Index length = channels * item.images;
    const bool whole = item.images == p_.to.batch;
    for (Index b = 0; b < item.columns; ++b) {
      for (Index j = 0; j < column_.count(); ++j) {
        const Span& column = column_[j];
        const Index w = column_.first + item.column + b - column.components[0].source;
        if (w < 0 || w >= column.count) continue;
        for (Index i = 0; i < row_.count(); ++i) {
          const Span& row = row_[i];
          const Index before = row_.first + item.row - row.components[0].source;
          const Index phase = (j * row_.count() + i) * length;
          const Index last = std::min(item.rows, row.count - before);
          for (Index a = std::max<Index>(0, -before); a < last; ++a) {
            const double* from = sums + (b * item.rows + a) * joint_channels_ * item.images + phase;
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
  Index taps_, joint_channels_;
  Plan<T> plan_;
  PackedPanels<T> panels_;
  Index padded_;  // the depth, padded
  int threads_;
  List<Worker> workers_;
  List<Item> items_;
};

}  // namespace

bool can_use_subpixel(const Problem& p, const std::vector<Span>& rows,
                      const std::vector<Span>& columns) {
  const Index pairs = static_cast<Index>(rows.size() * columns.size());
  if (p.channels() > most_channels || pairs < 2 || p.depth() < 4 ||
      pairs * p.channels() > most_joint_channels || !are_phases(rows) || !are_phases(columns)) {
    return false;
  }
  const Phases row(rows), column(columns);
  double taps = 0;
  for (const Span& v : columns) {
    for (const Span& u : rows) {
      taps += static_cast<double>(u.components[0].taps.size() * v.components[0].taps.size());
    }
  }
  const Index window = row.taps * column.taps;
  return row.are_alike() && column.are_alike() && window * p.depth() <= most_weights &&
         static_cast<double>(pairs * window) <= 1.5 * taps;
}

template <class T>
void contract_by_subpixel(const Problem& problem, const Arrays& arrays,
                          const std::vector<Span>& rows, const std::vector<Span>& columns,
                          const Checkpoint& checkpoint) {
  Subpixel<T>(problem, arrays, rows, columns, checkpoint).run();
}

template void contract_by_subpixel<float>(const Problem&, const Arrays&, const std::vector<Span>&,
                                          const std::vector<Span>&, const Checkpoint&);
template void contract_by_subpixel<double>(const Problem&, const Arrays&, const std::vector<Span>&,
                                           const std::vector<Span>&, const Checkpoint&);

}  // namespace nnconv
