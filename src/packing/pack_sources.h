// Pack sources: provides the sources that an item reads, in the type of the arithmetic.
//
// In float64 they are read where they lie. In float32 they are converted once for all panels, links
// and sites of the item, and laid side by side in the array's own order: columns, within them rows,
// within them channels, within them images.
#pragma once

#include "arrays/array_layout.h"
#include "geometry/runs.h"
#include "kernels/kernel_table.h"
#include "system/list.h"
#include "system/threads.h"

namespace nnconv {

// Neighbouring cells of a run.
struct RunCells {
  const Run* run;
  Index first, count;
};

// The numbers read of every source cell: some channels of some images.
struct Slab {
  Index channel, channels, image, images;
};

// Converts the numbers of one cell, which begin at `from`, and lays them side by side.
template <class T>
void copy_cell(const double* from, const ImageView& view, Index channels, Index images,
               const KernelTable<T>& table, T* to) {
  if (images == view.batch) return table.copy(from, channels * images, to);
  for (Index c = 0; c < channels; ++c) {
    table.copy(from + c * view.channel_step(), images, to + c * images);
  }
}

// Where one axis reads, as distances: each link for the first cell, and the step to each next cell.
struct Places {
  List<Index> link;
  Index step;
};

template <class T>
class Sources {
 public:
  // Makes the sources of rows x columns ready. They stay so until the next call.
  void take(const double* array, const ImageView& view, const Slab& slab, const RunCells& rows,
            const RunCells& columns, const KernelTable<T>& table, PacedCheckpoint& pace);

  const T* x = nullptr;  // the slab's first image and channel
  Index channel_step = 0;
  Places row, column;

 private:
  List<Index> row_list_, column_list_;  // the sources that are copied, in order
  List<T> copied_;
};

}  // namespace nnconv
