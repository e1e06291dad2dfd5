// Pack sources: the sources that an item reads, in the type of the arithmetic.
//
// float64 reads them where they lie. float32 converts them once for all panels, links and sites of
// the item and lays them side by side, in the array's own order: columns, in them rows, in them
// channels, in them images.
#pragma once

#include <vector>

#include "arrays/array_layout.h"
#include "geometry/runs.h"
#include "kernels/kernel_table.h"
#include "system/threads.h"

namespace nnconv {

// Neighbouring cells of a run.
struct Part {
  const Run* run;
  Index first, count;
};

// What is read of every source: some channels of some images.
struct Slab {
  Index channel, channels, image, images;
};

// Where one axis reads, as distances: every link for the first cell of the part, and from there
// on for each next cell.
struct Places {
  std::vector<Index> link;
  Index step;
};

template <class T>
class Sources {
 public:
  // Makes the sources of rows x columns ready; they stay so until the next call.
  void take(const double* array, const ImageView& view, const Slab& slab, const Part& rows,
            const Part& columns, const KernelTable<T>& table, PacedCheckpoint& pace);

  const T* x = nullptr;  // the slab's first image and channel
  Index channel_step = 0;
  Places row, column;

 private:
  std::vector<Index> row_list_, column_list_;  // the sources that are copied, in order
  std::vector<T> copied_;
};

}  // namespace nnconv
