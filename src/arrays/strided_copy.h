// Strided copy: copies some cells of an array to another place, or into another order of the axes.
//
//     y[sum of i_a * to_a] = x[sum of i_a * from_a]    for all 0 <= i_a < count_a, over the axes a
//
// Cropping, pasting and permuting differ in their steps only.
#pragma once

#include <functional>
#include <vector>

#include "system/index.h"
#include "system/threads.h"

namespace nnconv {

struct BoxAxis {
  Index count, from, to;
};

// The places read at once: x[base + offset] for all offsets. They are contiguous if 0, 1, 2, ....
struct Offsets {
  std::vector<Index> at;
  bool is_contiguous;
};

// Reads numbers of any type as doubles.
using Reader = std::function<void(Index base, const Offsets& offsets, double* numbers)>;

void copy_box(const std::vector<BoxAxis>& axes, const Reader& read, double* y,
              const Checkpoint& checkpoint);

}  // namespace nnconv
