// Column layout: how col2im divides a layer into passes, bands and items.
#pragma once

#include "algorithms/col2im.h"
#include "arrays/array_layout.h"
#include "system/list.h"

namespace nnconv {

// Taps first .. last - 1 of an axis.
struct Taps {
  Index first, last;
  Index count() const { return last - first; }
  bool operator==(const Taps& other) const { return first == other.first && last == other.last; }
};

// Those that lead from `at`, where tap 0 leads to, to the cells first .. end - 1.
Taps taps_between(const Axis& axis, Index at, Index first, Index end);

struct ColumnLayout {
  // The packed weights are numbers of so many bytes.
  ColumnLayout(const Geometry& geometry, Index number_bytes);

  // The column of the large image that tap 0 leads to.
  Index column_of(Index w) const { return w * columns.stride - columns.pad_before; }

  const Axis rows, columns;
  const ImageView from, to;
  const WeightView weights;
  const Index groups, depth, channels;  // summed channels of a group, and of its result
  const Index tap_rows;                 // rows of the product that a column of the kernel has
  const Index column_length;            // numbers of a group's column of the large image
  Index pass;                           // columns of the kernel
  Index window;                         // columns of the large image that a pass leads to
  Index images, band;                   // of an item: images, columns of the large image
  int threads = 1;
  List<Taps> inside;  // the tap rows that lead from each row into the image
};

// Some columns of the kernel in a group, and a column of the large image before anything is added.
struct ColumnPass {
  Index group;
  Taps taps;
  List<double> first_column;
};

}  // namespace nnconv
