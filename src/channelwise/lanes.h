// Lanes: an image as rows of numbers in which each place belongs to one channel.
//
// The images and channels of a cell lie side by side (arrays/array_layout.h). A row holds as many
// whole cells as make it long enough for vectors. Loops run along the rows, with one value for each
// lane. A piece is some neighbouring lanes of one channel; a block is some pieces of some rows,
// small enough for the values of its lanes to stay in cache. Blocks depend on the extents of the
// image alone; so do the orders of all sums.
#pragma once

#include <algorithm>

#include "arrays/array_layout.h"
#include "system/list.h"
#include "system/threads.h"

namespace nnconv {

struct LaneBlock {
  Index begin;         // of its first number
  Index rows;          // the last of them may be shorter
  Index lanes;         // of a row
  Index first, count;  // pieces
  Index part;          // of the rows, from 0
};

class Lanes {
 public:
  static constexpr Index most_lanes = 256;  // of a block

  explicit Lanes(const ImageView& image)
      : length_(image.count()),
        run_(image.batch),
        channels_(image.channels),
        piece_(std::min(run_, most_lanes)) {
    if (length_ == 0) return;
    const Index cell = run_ * channels_;
    width_ = cell * std::min(divide_up(most_lanes / 2, cell), image.height * image.width);
    rows_ = divide_up(length_, width_);
    parts_ = std::clamp<Index>(rows_ / least_rows, 1, most_parts);
    pieces_per_run_ = divide_up(run_, piece_);
    pieces_at_once_ = pieces_per_run_ > 1 ? 1 : most_lanes / piece_;
  }

  Index channels() const { return channels_; }
  Index parts() const { return parts_; }
  Index pieces() const { return length_ == 0 ? 0 : width_ / run_ * pieces_per_run_; }  // of a row

  // Calls body(block) for all blocks, on several threads.
  template <class Body>
  void for_blocks(const Checkpoint& checkpoint, const Body& body) const {
    if (length_ == 0) return;
    const Index columns = divide_up(pieces(), pieces_at_once_);
    const auto run = [&](Index i, int) { body(block(i % columns, i / columns)); };
    parallel_for(columns * parts_, length_ > 8 * part_length ? thread_count() : 1, run, checkpoint);
  }

  // Calls body(begin, lanes) for the rows of a block, and of which the last may be shorter.
  template <class Body>
  void for_rows(const LaneBlock& block, const Body& body) const {
    for (Index row = 0, at = block.begin; row < block.rows && at < length_; ++row, at += width_) {
      body(at, std::min(block.lanes, length_ - at));
    }
  }

  // The number of rows that a lane of the block has.
  Index rows_of(const LaneBlock& block, Index lane) const {
    return block.rows - (block.begin + (block.rows - 1) * width_ + lane >= length_);
  }
  Index width() const { return width_; }

  // Calls body(piece, channel, first lane, lanes) for the pieces of a block; lanes from its first.
  template <class Body>
  void for_pieces(const LaneBlock& block, const Body& body) const {
    Index channel = block.first / pieces_per_run_ % channels_, lane = 0;
    for (Index i = block.first; i < block.first + block.count; ++i) {
      const Index within = i % pieces_per_run_;
      const Index lanes = std::min(piece_, run_ - within * piece_);
      body(i, channel, lane, lanes);
      lane += lanes;
      if (within == pieces_per_run_ - 1 && ++channel == channels_) channel = 0;
    }
  }

  // Writes to each lane of a block its channel's value.
  template <class T>
  void spread(const LaneBlock& block, const double* values, T* to) const {
    for_pieces(block, [&](Index, Index channel, Index lane, Index lanes) {
      std::fill_n(to + lane, lanes, static_cast<T>(values[channel]));
    });
  }

  // Calls body(piece) for the pieces of a row that belong to a channel.
  template <class Body>
  void for_pieces_of(Index channel, const Body& body) const {
    const Index step = channels_ * pieces_per_run_;
    for (Index i = channel * pieces_per_run_; i < pieces(); i += step) {
      for (Index k = 0; k < pieces_per_run_; ++k) body(i + k);
    }
  }

 private:
  static constexpr Index least_rows = 256, most_parts = 64;  // of a part; parts

  LaneBlock block(Index column, Index part) const {
    const Index begin = rows_ * part / parts_, end = rows_ * (part + 1) / parts_;
    const Index first = column * pieces_at_once_;
    const Index count = std::min(pieces_at_once_, pieces() - first);
    const Index lane = first / pieces_per_run_ * run_ + first % pieces_per_run_ * piece_;
    const Index lanes = pieces_per_run_ == 1
                            ? count * run_
                            : std::min(piece_, run_ - first % pieces_per_run_ * piece_);
    return {begin * width_ + lane, end - begin, lanes, first, count, part};
  }

  Index length_, run_, channels_, piece_;  // a run is a cell's lanes of one channel
  Index width_ = 0, rows_ = 0, parts_ = 0, pieces_per_run_ = 1, pieces_at_once_ = 1;
};

// Sums of a channel's numbers, `Sums` of them. add(begin, lanes, sums) adds a row's numbers to the
// sums of their lanes; sums[s] begins with the block's first lane. start(block) is called before.
template <int Sums, class Start>
void channel_sums(const Lanes& lanes, const Start& start, double* const* totals,
                  const Checkpoint& checkpoint) {
  const Index pieces = lanes.pieces();
  List<double> partial = repeated(Sums * pieces * lanes.parts(), 0.0);
  lanes.for_blocks(checkpoint, [&](const LaneBlock& block) {
    double sums[Sums][Lanes::most_lanes] = {};
    const auto add = start(block);
    lanes.for_rows(block, [&](Index begin, Index count) { add(begin, count, sums); });
    lanes.for_pieces(block, [&](Index piece, Index, Index lane, Index count) {
      for (int s = 0; s < Sums; ++s) {
        double& total = partial[(block.part * pieces + piece) * Sums + s];
        for (Index k = lane; k < lane + count; ++k) total += sums[s][k];
      }
    });
  });
  for (Index channel = 0; channel < lanes.channels(); ++channel) {
    for (int s = 0; s < Sums; ++s) totals[s][channel] = 0;
    for (Index part = 0; part < lanes.parts(); ++part) {
      lanes.for_pieces_of(channel, [&](Index piece) {
        for (int s = 0; s < Sums; ++s) {
          totals[s][channel] += partial[(part * pieces + piece) * Sums + s];
        }
      });
    }
  }
}

}  // namespace nnconv
