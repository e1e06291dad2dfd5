// Strided copy: copies block by block. A block is some cache lines long in both orders, so that
// each line is fetched once. It goes through a buffer, so that it is read in one go and written in
// one go, even where the steps of the array are powers of 2, which compete for the same places of a
// cache. Where neighbours stay neighbours, as in cropping and pasting, rows are copied as they are.
#include "arrays/strided_copy.h"

#include <algorithm>
#include <numeric>

#include "system/scratch.h"
#include "system/threads.h"

namespace nnconv {
namespace {

constexpr Index line_cells = 64;     // of a block, in either order
constexpr Index block_cells = 4096;  // of a block at least, where the array has them
constexpr Index cells_worth_threads = Index(1) << 16;

using Axes = std::vector<BoxAxis>;
using Order = std::vector<std::size_t>;

// Returns the axes in the order of y, without axes of one cell, and with neighbours merged that are
// neighbours in both arrays.
Axes merged(Axes axes) {
  std::sort(axes.begin(), axes.end(),
            [](const BoxAxis& a, const BoxAxis& b) { return a.to < b.to; });
  Axes all;
  for (const BoxAxis& axis : axes) {
    if (axis.count == 1) continue;
    if (!all.empty() && all.back().from * all.back().count == axis.from &&
        all.back().to * all.back().count == axis.to) {
      all.back().count *= axis.count;
    } else {
      all.push_back(axis);
    }
  }
  if (all.empty()) all.push_back({1, 1, 1});
  return all;
}

// The sums of steps for all cells of the axes order[first] .. order[last - 1].
std::vector<Index> offsets(const std::vector<Index>& counts, const std::vector<Index>& steps,
                           const Order& order, std::size_t first, std::size_t last) {
  std::vector<Index> sums = {0};
  for (std::size_t k = first; k < last; ++k) {
    const std::size_t a = order[k], inner = sums.size();
    sums.resize(inner * static_cast<std::size_t>(counts[a]));
    for (std::size_t i = inner; i < sums.size(); ++i) sums[i] = sums[i - inner] + steps[a];
  }
  return sums;
}

Offsets as_offsets(std::vector<Index> at) {
  bool is_contiguous = true;
  for (std::size_t i = 0; i < at.size(); ++i) is_contiguous &= at[i] == static_cast<Index>(i);
  return {std::move(at), is_contiguous};
}

class Copy {
 public:
  Copy(const Axes& axes, const Reader& read, double* y)
      : axes_(merged(axes)), read_(read), y_(y), by_y_(axes_.size()), in_rows_(false) {
    std::iota(by_y_.begin(), by_y_.end(), std::size_t(0));
    by_x_ = by_y_;
    std::stable_sort(by_x_.begin(), by_x_.end(), [this](std::size_t a, std::size_t b) {
      return axes_[a].from < axes_[b].from;
    });
    in_rows_ = by_x_ == by_y_ && axes_[0].from == 1 && axes_[0].to == 1;
    block_.assign(axes_.size(), 1);
    widen(by_y_, line_cells);
    widen(by_x_, line_cells);
    fill(block_cells);
    for (const BoxAxis& axis : axes_) {
      from_.push_back(axis.from);
      to_.push_back(axis.to);
    }
  }

  void run(const Checkpoint& checkpoint) {
    Index blocks = 1, cells = 1;
    for (std::size_t a = 0; a < axes_.size(); ++a) {
      blocks *= divide_up(axes_[a].count, block_[a]);
      cells *= axes_[a].count;
    }
    const int threads = cells > cells_worth_threads ? thread_count() : 1;
    std::vector<Room> rooms(static_cast<std::size_t>(threads));
    const auto copy = [&](Index i, int worker) {
      copy_block(i, rooms[static_cast<std::size_t>(worker)]);
    };
    parallel_for(blocks, threads, copy, checkpoint);
  }

 private:
  // The state of a worker: the buffer, in the order of x, and the offsets for blocks of these
  // counts: those of neighbours, and those at which neighbours begin.
  struct Room {
    std::vector<Index> counts;
    Scratch<double> buffer;
    Offsets read, write;
    std::vector<Index> reads, gather, gathers, writes;
  };

  // Lengthens the block along the axes in `order`, until together they have `cells` cells.
  void widen(const Order& order, Index cells) {
    Index have = 1;
    for (const std::size_t a : order) {
      block_[a] = std::max(block_[a], std::min(axes_[a].count, divide_up(cells, have)));
      have *= block_[a];
    }
  }

  // Lengthens the block until it has `cells` cells in all.
  void fill(Index cells) {
    Index have = 1;
    for (const Index count : block_) have *= count;
    for (const std::size_t a : by_y_) {
      const Index before = block_[a];
      block_[a] = std::min(axes_[a].count, before * divide_up(cells, have));
      have = have / before * block_[a];
    }
  }

  // The number of axes in `order` that make a run of neighbours.
  std::size_t axes_of_run(const Order& order, const std::vector<Index>& counts) const {
    std::size_t used = 0;
    for (Index cells = 1; used < order.size() && cells < line_cells; ++used) {
      cells *= counts[order[used]];
    }
    return used;
  }

  void list_offsets(const std::vector<Index>& counts, Room& room) const {
    room.counts = counts;
    std::vector<Index> places(counts.size());  // steps of the buffer
    Index step = 1;
    for (const std::size_t a : by_x_) {
      places[a] = step;
      step *= counts[a];
    }
    const std::size_t all = axes_.size();
    const std::size_t x = in_rows_ ? 1 : axes_of_run(by_x_, counts);
    const std::size_t y = in_rows_ ? 1 : axes_of_run(by_y_, counts);
    room.read = as_offsets(offsets(counts, from_, by_x_, 0, x));
    room.reads = offsets(counts, from_, by_x_, x, all);
    room.gather = offsets(counts, places, by_y_, 0, y);
    room.gathers = offsets(counts, places, by_y_, y, all);
    room.write = as_offsets(offsets(counts, to_, by_y_, 0, y));
    room.writes = offsets(counts, to_, by_y_, y, all);
    room.buffer.room(step);
  }

  void copy_block(Index block, Room& room) const {
    std::vector<Index> counts(axes_.size());
    Index x = 0, y = 0;
    for (const std::size_t a :
         by_x_) {  // in the order of x, whose pages may be small: few are then in use
      const Index blocks = divide_up(axes_[a].count, block_[a]);
      const Index first = block % blocks * block_[a];
      block /= blocks;
      counts[a] = std::min(block_[a], axes_[a].count - first);
      x += first * from_[a];
      y += first * to_[a];
    }
    if (counts != room.counts) list_offsets(counts, room);
    if (in_rows_) {
      for (std::size_t r = 0; r < room.reads.size(); ++r) {
        read_(x + room.reads[r], room.read, y_ + y + room.writes[r]);
      }
      return;
    }
    double* buffer = room.buffer.room(0);
    const std::size_t read = room.read.at.size();
    for (std::size_t r = 0; r < room.reads.size(); ++r) {
      read_(x + room.reads[r], room.read, buffer + r * read);
    }
    for (std::size_t r = 0; r < room.writes.size(); ++r) {
      write(buffer + room.gathers[r], room.gather, y_ + y + room.writes[r], room.write);
    }
  }

  static void write(const double* buffer, const std::vector<Index>& gather, double* y,
                    const Offsets& to) {
    const std::size_t count = gather.size();
    if (to.is_contiguous) {
      for (std::size_t i = 0; i < count; ++i) y[i] = buffer[gather[i]];
    } else {
      for (std::size_t i = 0; i < count; ++i) y[to.at[i]] = buffer[gather[i]];
    }
  }

  Axes axes_;
  const Reader& read_;
  double* y_;
  Order by_y_, by_x_;
  bool in_rows_;
  std::vector<Index> block_, from_, to_;
};

}  // namespace

void copy_box(const std::vector<BoxAxis>& axes, const Reader& read, double* y,
              const Checkpoint& checkpoint) {
  for (const BoxAxis& axis : axes) {
    if (axis.count == 0) return;
  }
  Copy(axes, read, y).run(checkpoint);
}

}  // namespace nnconv
