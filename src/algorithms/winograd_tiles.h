// Winograd tiles: the blocks of cells that Winograd's algorithm computes a span in, and whether it
// is worth using.
#pragma once

#include "algorithms/problem.h"
#include "geometry/polyphase.h"
#include "kernels/kernel_table.h"

namespace nnconv {

constexpr Index weight_bytes = Index(6) << 20;  // of transformed weights held at a time

// One component of a span, and the blocks of cells that it is computed in.
struct AxisTiles {
  const Span* span;
  const Component* component;
  int taps, outputs, points;
  Index tiles;
};

AxisTiles tiles_of(const Span& span, const Component& component);

// Divides the depth into equal blocks of at most most_weights per channel of the result. It fixes
// the order of summation and therefore must not depend on anything else.
Index winograd_depth_at_once(Index depth, Index points);

// Does every component have at most most_taps taps on each axis, and more than one in all?
bool can_use_winograd(const Span& row, const Span& column);

// What all cells of a span of rows in a span of columns cost by Winograd's algorithm and by the
// direct one, in multiply-adds of the latter.
struct WinogradCosts {
  double winograd, direct;
};
template <class T>
WinogradCosts winograd_costs(const Problem& problem, const Span& row, const Span& column);

// The price (prices.h) of a unit of these costs.
template <class T>
constexpr double winograd_unit = sizeof(T) == sizeof(float) ? 0.055 : 0.1;

}  // namespace nnconv
