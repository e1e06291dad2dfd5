// Contract: the loops around the tiles, the same for correlate and scatter.
//
//     group -> block of channels and of summed channels (packed) -> pair of runs (one per axis)
//           -> block of sites -> panel -> tile
//
// A site is one cell of one image. The sites of a pair of runs share their links, so a tile is
// any `Sites` of them, across images as well as across cells.
#include "contract.h"

#include <algorithm>
#include <vector>

#include "pack.h"
#include "reach.h"
#include "tile.h"
#include "view.h"

namespace nnconv {
namespace {

constexpr Index packed_bytes = Index(4) << 20;     // weights packed at a time
constexpr Index checkpoint_work = Index(1) << 24;  // multiply-adds between two checkpoints
constexpr int tile_sites = 6;
constexpr Index sites_at_once =
    16 * tile_sites;  // keeps their inputs in the second-level cache

struct Problem {
  Index groups, taps, kernel_height;
  ImageView from, to;
  WeightView weights;
  std::vector<Run> rows, columns;
};

struct Arrays {
  const double* x;
  const double* weight;
  const double* bias;
  double* y;
};

// Walks the sites of a pair of runs: images fastest, then rows, then columns.
class SiteWalk {
 public:
  SiteWalk(const Problem& p, const Run& row, const Run& column)
      : batch_(p.from.batch),
        height_(row.count),
        count_(p.from.batch * row.count * column.count),
        x_row_(p.from.row_step() * row.source_step),
        x_column_(p.from.column_step() * column.source_step),
        y_row_(p.to.row_step() * row.step),
        y_column_(p.to.column_step() * column.step) {}

  // Fills in the offsets of the next sites from a common origin; how many there were.
  Index next(Index most, Index* x, Index* y) {
    const Index filled = std::min(most, count_ - done_);
    for (Index j = 0; j < filled; ++j) {
      x[j] = n_ + h_ * x_row_ + w_ * x_column_;
      y[j] = n_ + h_ * y_row_ + w_ * y_column_;
      if (++n_ == batch_) {
        n_ = 0;
        if (++h_ == height_) {
          h_ = 0;
          ++w_;
        }
      }
    }
    done_ += filled;
    return filled;
  }

 private:
  Index batch_, height_, count_;
  Index x_row_, x_column_, y_row_, y_column_;
  Index n_ = 0, h_ = 0, w_ = 0, done_ = 0;
};

// Counts work and calls the checkpoint when enough of it was done.
class Meter {
 public:
  explicit Meter(const Checkpoint& checkpoint) : checkpoint_(checkpoint) {}

  void add(Index work) {
    done_ += work;
    if (done_ < checkpoint_work) return;
    done_ = 0;
    if (checkpoint_) checkpoint_();
  }

 private:
  const Checkpoint& checkpoint_;
  Index done_ = 0;
};

template <class T, int Rows>
class Contraction {
 public:
  Contraction(const Problem& problem, const Arrays& arrays, const Checkpoint& checkpoint)
      : p_(problem),
        a_(arrays),
        meter_(checkpoint),
        channels_out_(problem.to.channels / problem.groups),
        channels_in_(problem.from.channels / problem.groups) {
    const Index fits = packed_bytes / (Rows * p_.taps * static_cast<Index>(sizeof(T)));
    in_step_ = std::min(channels_in_, std::max<Index>(1, fits));
    const Index panels = std::max<Index>(1, fits / in_step_);
    out_step_ = std::min(panels * Rows, (channels_out_ + Rows - 1) / Rows * Rows);
    panel_size_ = Rows * p_.taps * in_step_;
    packed_.resize(static_cast<std::size_t>(out_step_ / Rows * panel_size_));
    start_.resize(static_cast<std::size_t>(out_step_));
  }

  void run() {
    for (Index g = 0; g < p_.groups; ++g) {
      for (Index out = 0; out < channels_out_; out += out_step_) {
        const Index rows = std::min(out_step_, channels_out_ - out);
        set_start(g * channels_out_ + out, rows);
        for (Index in = 0; in < channels_in_; in += in_step_) {
          const Index columns = std::min(in_step_, channels_in_ - in);
          run_block({g, out, rows, in, columns, p_.taps});
        }
      }
    }
  }

 private:
  void set_start(Index channel, Index rows) {
    std::fill(start_.begin(), start_.end(), T(0));
    if (a_.bias == nullptr) return;
    for (Index r = 0; r < rows; ++r) {
      start_[static_cast<std::size_t>(r)] = static_cast<T>(a_.bias[channel + r]);
    }
  }

  void run_block(const WeightBlock& block) {
    pack_panels<T, Rows>(a_.weight, p_.weights, block, packed_.data());
    for (const Run& column : p_.columns) {
      for (const Run& row : p_.rows) run_cells(block, row, column);
    }
  }

  void run_cells(const WeightBlock& block, const Run& row, const Run& column) {
    link_x_.clear();
    link_panel_.clear();
    for (const Link& v : column.links) {
      for (const Link& u : row.links) {
        link_x_.push_back(u.source * p_.from.row_step() + v.source * p_.from.column_step());
        link_panel_.push_back((u.tap + p_.kernel_height * v.tap) * block.columns * Rows);
      }
    }
    const Index links = static_cast<Index>(link_x_.size());
    const double* x =
        a_.x + (block.group * channels_in_ + block.column) * p_.from.channel_step();
    double* y = a_.y + (block.group * channels_out_ + block.row) * p_.to.channel_step() +
                row.first * p_.to.row_step() + column.first * p_.to.column_step();
    const TileSource<T> from = {x,     p_.from.channel_step(), block.columns,
                                links, link_x_.data(),         link_panel_.data()};
    const Index panel_size = Rows * p_.taps * block.columns;

    SiteWalk walk(p_, row, column);
    Index site_x[sites_at_once], site_y[sites_at_once];
    while (const Index sites = walk.next(sites_at_once, site_x, site_y)) {
      for (Index r = 0; r < block.rows; r += Rows) {
        const T* panel = packed_.data() + r / Rows * panel_size;
        const T* start = block.column == 0 ? start_.data() + r : nullptr;
        for (Index j = 0; j < sites; j += tile_sites) {
          run_tile<T, Rows, tile_sites>(
              from, panel, start,
              {y + r * p_.to.channel_step(), p_.to.channel_step(),
               std::min<Index>(Rows, block.rows - r), std::min<Index>(tile_sites, sites - j),
               site_x + j, site_y + j});
        }
      }
      meter_.add(sites * block.rows * (links * block.columns + 1));
    }
  }

  const Problem& p_;
  const Arrays& a_;
  Meter meter_;
  Index channels_out_, channels_in_;  // per group
  Index out_step_, in_step_, panel_size_;
  std::vector<T> packed_, start_;
  std::vector<Index> link_x_, link_panel_;
};

// Panels as wide as two of the baseline's vectors, narrower where a group has fewer channels.
template <class T>
void contract(const Problem& problem, const Arrays& arrays, const Checkpoint& checkpoint) {
  if (problem.to.batch == 0) return;
  constexpr int widest = static_cast<int>(32 / sizeof(T));
  const Index channels = problem.to.channels / problem.groups;
  if (channels == 1) {
    Contraction<T, 1>(problem, arrays, checkpoint).run();
  } else if (channels <= widest / 2) {
    Contraction<T, widest / 2>(problem, arrays, checkpoint).run();
  } else {
    Contraction<T, widest>(problem, arrays, checkpoint).run();
  }
}

}  // namespace

template <class T>
void correlate(const Geometry& g, const double* large, const double* weight, const double* bias,
               double* small, const Checkpoint& checkpoint) {
  contract<T>({g.groups, g.taps(), g.axis[0].kernel, large_view(g), small_view(g),
               correlate_weights(g), correlate_reach(g.axis[0]), correlate_reach(g.axis[1])},
              {large, weight, bias, small}, checkpoint);
}

template <class T>
void scatter(const Geometry& g, const double* small, const double* weight, const double* bias,
             double* large, const Checkpoint& checkpoint) {
  contract<T>({g.groups, g.taps(), g.axis[0].kernel, small_view(g), large_view(g),
               scatter_weights(g), scatter_reach(g.axis[0]), scatter_reach(g.axis[1])},
              {small, weight, bias, large}, checkpoint);
}

template void correlate<float>(const Geometry&, const double*, const double*, const double*,
                               double*, const Checkpoint&);
template void correlate<double>(const Geometry&, const double*, const double*, const double*,
                                double*, const Checkpoint&);
template void scatter<float>(const Geometry&, const double*, const double*, const double*,
                             double*, const Checkpoint&);
template void scatter<double>(const Geometry&, const double*, const double*, const double*,
                              double*, const Checkpoint&);

}  // namespace nnconv
