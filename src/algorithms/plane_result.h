// Plane result: takes sums to their cells, in an array or in planes.
#pragma once

#include <algorithm>
#include <memory>

#include "algorithms/joint_phases.h"
#include "algorithms/plane_item.h"
#include "algorithms/plane_layout.h"
#include "arrays/plane_image.h"
#include "kernels/dispatch.h"

namespace nnconv {

// The sums of cells that lie on a line, `step` apart from (along, across) on. The rows of `sums`
// are the channels of some groups, and for each of these the item's images.
struct PlaneCells {
  const double* sums;
  Index sums_step, count, along, step, across;
};

// Writes cells, whose rows are the channels from `channel` on.
class CellWriter {
 public:
  virtual ~CellWriter() = default;
  virtual void write(const PlaneItem& item, Index channel, Index channels,
                     const PlaneCells& cells) const = 0;
};

class ArrayWriter : public CellWriter {
 public:
  ArrayWriter(double* y, const ImageView& view, bool is_by_columns)
      : y_(y),
        view_(view),
        along_(is_by_columns ? view.row_step() : view.column_step()),
        across_(is_by_columns ? view.column_step() : view.row_step()) {}

  void write(const PlaneItem& item, Index channel, Index channels,
             const PlaneCells& cells) const override {
    const Index step = cells.step * along_;
    double* const first = y_ + item.image + channel * view_.channel_step() + cells.along * along_ +
                          cells.across * across_;
    for_lines(item, view_, channels, [&](Index number, Index at, Index some) {
      const double* const line = cells.sums + number * cells.sums_step;
      for (Index j = 0; j < cells.count; ++j) {
        for (Index k = 0; k < some; ++k) first[j * step + at + k] = line[k * cells.sums_step + j];
      }
    });
  }

 private:
  double* y_;
  ImageView view_;
  Index along_, across_;
};

template <class T>
class PlaneWriter : public CellWriter {
 public:
  PlaneWriter(T* y, const PlaneImage& image, bool is_by_columns)
      : y_(y), image_(image), is_turned_(is_by_columns != image.is_by_columns) {}

  void write(const PlaneItem& item, Index channel, Index channels,
             const PlaneCells& cells) const override {
    const Index step = cells.step * (is_turned_ ? image_.line_step() : 1);
    const Index along = is_turned_ ? cells.across : cells.along;
    const Index across = is_turned_ ? cells.along : cells.across;
    const double* from = cells.sums;
    for (Index c = channel; c < channel + channels; ++c) {
      for (Index n = 0; n < item.images; ++n, from += cells.sums_step) {
        T* const to = y_ + image_.place(item.image + n, c, along, across);
        if (step == 1) {
          table_.copy(from, cells.count, to);
        } else {
          for (Index j = 0; j < cells.count; ++j) to[j * step] = static_cast<T>(from[j]);
        }
      }
    }
  }

 private:
  T* y_;
  PlaneImage image_;
  bool is_turned_;  // do lines of the image run across those of the sums?
  const KernelTable<T>& table_ = kernels<T>();
};

// Finds the cells of sums, whose order may be that of joint phases; sites between lines have no
// cell.
class PlaneResult {
 public:
  // Of each group, the result has so many channels.
  PlaneResult(std::unique_ptr<CellWriter> writer, Index channels, const PlaneLayout& layout,
              const List<Phase>& joint)
      : writer_(std::move(writer)), channels_(channels), layout_(layout), joint_(joint) {}

  Index channels() const { return channels_; }

  void put(const PlaneItem& item, const PlaneBlock& block) const {
    for (const Phase& phase : joint_) put_phase(item, block, phase);
    if (joint_.empty()) put_phase(item, block, {block.row, block.column, 0, 0, 0});
  }

 private:
  // A run, and the windows before its first cell.
  struct Cells {
    const Run& run;
    Index before;
    Index at(Index t) const { return run.first + (t - before) * run.step; }
    bool has(Index t) const { return t >= before && t < before + run.count; }
  };

  void put_phase(const PlaneItem& item, const PlaneBlock& block, const Phase& phase) const {
    const Cells row = {*phase.row, phase.rows_before},
                column = {*phase.column, phase.columns_before};
    const bool by_columns = layout_.is_by_columns();
    const Cells &along = by_columns ? row : column, &across = by_columns ? column : row;
    const Index begin = std::max<Index>(0, along.before - item.lane);
    const Index end = std::min(layout_.lane_cells, along.before + along.run.count - item.lane);
    const double* const sums = block.sums + phase.channel * item.images * block.sums_step;
    for (Index at = 0; at < block.count;) {
      const Index t = (block.site + at) % layout_.site_step;
      const Index s = item.other + (block.site + at) / layout_.site_step;
      if (t >= end || !across.has(s)) {
        at += layout_.site_step - t;
      } else if (t < begin) {
        at += begin - t;
      } else {
        const Index count = std::min(block.count - at, end - t);
        put_cells(item, {sums + at, block.sums_step, count, along.at(item.lane + t), along.run.step,
                         across.at(s)});
        at += count;
      }
    }
  }

  // Groups without joint phases lie side by side, in the sums as in the result.
  void put_cells(const PlaneItem& item, PlaneCells cells) const {
    const Index spans = joint_.empty() ? 1 : item.groups;
    for (Index span = 0; span < spans; ++span) {
      writer_->write(item, (item.group + span) * channels_, channels_ * item.groups / spans, cells);
      cells.sums += joint_.size() * channels_ * item.images * cells.sums_step;
    }
  }

  std::unique_ptr<CellWriter> writer_;
  Index channels_;
  const PlaneLayout& layout_;
  const List<Phase>& joint_;
};

}  // namespace nnconv
