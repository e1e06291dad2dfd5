// Plane copy: copies what an item reads from an array into planes.
#pragma once

#include "algorithms/plane_item.h"
#include "algorithms/plane_layout.h"
#include "system/scratch.h"
#include "system/threads.h"

namespace nnconv {

template <class T>
class PlaneCopy {
 public:
  PlaneCopy(const double* x, const ImageView& from, Index depth, const PlaneLayout& layout)
      : x_(x), from_(from), depth_(depth), layout_(layout) {}

  T* copy(const PlaneItem& item, PacedCheckpoint& pace) {
    layout_.list_copied(layout_.lane(), item.lane, along_);
    layout_.list_copied(layout_.other(), item.other, across_);
    const Index channels = item.groups * depth_;
    T* const planes = planes_.room(channels * item.images * layout_.plane);
    const double* const x = x_ + item.image + item.group * depth_ * from_.channel_step();
    const Index step = layout_.is_by_columns() ? from_.column_step() : from_.row_step();
    for (const CopiedCell& b : across_) {
      for_lines(item, from_, channels, [&](Index number, Index from, Index count) {
        T* const to = planes + number * layout_.plane + b.place;
        if (b.source == no_source) {
          put_zeros(count, to);
        } else {
          copy_line(x + from + b.source * step, count, to);
        }
      });
      pace.products(channels * item.images * along_.size());
    }
    return planes;
  }

 private:
  void put_zeros(Index count, T* to) const {
    for (const CopiedCell& a : along_) {
      for (Index k = 0; k < count; ++k) to[k * layout_.plane + a.place] = T(0);
    }
  }

  void copy_line(const double* from, Index count, T* to) const {
    const Index step = layout_.is_by_columns() ? from_.row_step() : from_.column_step();
    for (const CopiedCell& a : along_) {
      if (a.source == no_source) {
        for (Index k = 0; k < count; ++k) to[k * layout_.plane + a.place] = T(0);
        continue;
      }
      const double* const cell = from + a.source * step;
      for (Index k = 0; k < count; ++k) {
        to[k * layout_.plane + a.place] = static_cast<T>(cell[k]);
      }
    }
  }

  const double* x_;
  ImageView from_;
  Index depth_;
  const PlaneLayout& layout_;
  Scratch<T> planes_;
  List<CopiedCell> along_, across_;
};

}  // namespace nnconv
