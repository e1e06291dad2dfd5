// Gradient sources: what a band of the weight gradient reads of the large image: where it lies or,
// in float, a copy of the columns that the band's links lead to.
#pragma once

#include <algorithm>
#include <numeric>
#include <type_traits>
#include <vector>

#include "arrays/array_layout.h"
#include "geometry/runs.h"
#include "kernels/dispatch.h"
#include "system/list.h"
#include "system/scratch.h"
#include "system/threads.h"

namespace nnconv {

// The runs of cells that some taps reach. Different classes belong to different taps.
using RunClass = std::vector<Run>;

template <class T>
class GradientSources {
 public:
  GradientSources(const Geometry& geometry, const double* large, int threads,
                  const Checkpoint& checkpoint)
      : view_(large_view(geometry)),
        channels_(geometry.large_channels / geometry.groups),
        stride_(geometry.axis[1].stride),
        large_(large),
        threads_(threads),
        checkpoint_(checkpoint) {}

  // Makes those of a group ready that these runs read.
  void take(Index group, const List<RunClass>& rows, const List<RunClass>& columns) {
    const double* first = large_ + group * channels_ * view_.channel_step();
    place_ = repeated<Index>(view_.width, -1);
    if constexpr (std::is_same_v<T, double>) {
      std::iota(place_.begin(), place_.end(), Index(0));
      x = first;
      row_step = view_.row_step();
      column_step_ = view_.column_step();
    } else {
      const List<Index> copied = list_columns(columns);
      Index low = view_.height, high = -1;
      for (const RunClass& runs : rows) {
        for (const Run& run : runs) {
          for (const Link& link : run.links) {
            const Index last = link.source + (run.count - 1) * run.source_step;
            low = std::min({low, link.source, last});
            high = std::max({high, link.source, last});
          }
        }
      }
      const Index cell = channels_ * view_.batch, height = std::max<Index>(0, high - low + 1);
      T* const to = copied_.room(cell * height * copied.size());
      const KernelTable<T>& table = kernels<T>();
      const auto copy = [&](Index i, int) {
        for (Index h = 0; h < height; ++h) {
          table.copy(first + (low + h) * view_.row_step() + copied[i] * view_.column_step(), cell,
                     to + (i * height + h) * cell);
        }
      };
      parallel_for(copied.size(), threads_, copy, checkpoint_);
      x = to;
      first_row_ = low;
      row_step = cell;
      column_step_ = cell * height;
    }
  }

  Index row(Index h) const { return (h - first_row_) * row_step; }
  Index column(Index w) const { return place_[w] * column_step_; }

  const T* x = nullptr;
  Index row_step = 0;

 private:
  // Lists the columns of the large image that the runs read, and sets their places in the list.
  List<Index> list_columns(const List<RunClass>& columns) {
    List<Index> copied;
    // A column that is listed leads to one that may not be, a stride or more further on.
    List<Index> next = repeated<Index>(view_.width, 0);
    std::iota(next.begin(), next.end(), Index(0));
    PacedCheckpoint pace(checkpoint_);
    const auto left = [&](Index w) {
      while (w < view_.width && next[w] != w) {
        Index& after = next[w];
        if (after < view_.width) after = next[after];
        w = after;
        pace();
      }
      return w;
    };
    for (const RunClass& runs : columns) {
      for (const Run& run : runs) {
        for (const Link& link : run.links) {
          for (Index j = 0; j < run.count; ++j) {
            const Index w = link.source + j * run.source_step;
            pace();
            if (place_[w] < 0) {
              place_[w] = copied.size();
              copied.push_back(w);
              next[w] = w + stride_;
            } else if (run.source_step == stride_) {
              j = (left(w) - link.source) / stride_ - 1;
            }
          }
        }
      }
    }
    return copied;
  }

  ImageView view_;
  Index channels_;  // of a group
  Index stride_;
  const double* large_;
  int threads_;
  const Checkpoint& checkpoint_;
  Index first_row_ = 0, column_step_ = 0;
  List<Index> place_;  // of each column of the image
  Scratch<T> copied_;
};

}  // namespace nnconv
