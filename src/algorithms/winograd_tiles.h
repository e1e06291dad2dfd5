// Winograd tiles: the blocks of cells that a span is computed in when it is transformed, and
// whether that is worth it.
#pragma once

#include "algorithms/problem.h"
#include "geometry/polyphase.h"
#include "kernels/kernel_table.h"

namespace nnconv {

constexpr Index weight_bytes = Index(6) << 20;  // of transformed weights at a time

// A part of a span, and the blocks of cells that it is computed in.
struct AxisTiles {
  const Span* span;
  const Dense* part;
  int taps, outputs, points;
  Index tiles;
};

AxisTiles tiles_of(const Span& span, const Dense& part);

// Equal parts of the summed channels, at most most_weights of a row; see direct.cpp on why this
// must not depend on anything else.
Index summed_at_once(Index depth, Index points);

// Has every part at most most_taps taps on each axis, and more than one in all?
bool can_be_transformed(const Span& row, const Span& column);

// Does the transformed way take less time than the direct one for all cells of a span of rows in
// the columns of another, by the cost model?
template <class T>
bool is_worth_transforming(const Problem& problem, const Span& row, const Span& column);

}  // namespace nnconv
