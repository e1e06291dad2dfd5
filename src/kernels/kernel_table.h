// Kernel table: the innermost loops of one instruction set, from which a plan chooses.
//
// A tile is a block of the result. Its sums stay in registers for one piece of their products
// (pieces.h) and are then added, in double, to the sums of the pieces before. The order of
// summation follows the links and, within a link, the summed channels; it depends neither on the
// kernel nor on where a tile lies. Within one instruction set, results are therefore the same bit
// for bit for any batch, block and number of threads. The dot kernels are the exception: they sum
// lane by lane.
#pragma once

#include "kernels/cook_toom.h"
#include "system/index.h"

namespace nnconv {

// One call of a kernel.
template <class T>
struct Tile {
  const T* x;               // the first element of the first summed channel
  Index x_step;             // from one summed channel to the next
  Index depth;              // number of summed channels
  Index links;              // per cell
  Index links_at_once;      // of a piece; if more than one, with their whole depth
  Index depth_at_once;      // of a piece
  const Index* link_x;      // where each link reads x, before a site's own offset
  const Index* link_panel;  // weights of a channel that precede each link's in the panel
  const T* panel;           // packed weights: for each tap and depth, one value per channel
  const T* start;           // one value per channel to start from; if null, y is added to
  bool goes_on;             // later tiles add to y, which is therefore not yet rounded to T
  double* y;                // the first element of the first channel
  Index y_step;             // from one channel of the result to the next
  Index channels;           // to write, at most the kernel's
  Index sites;              // to write, at most the kernel's; in image kernels, images
  const Index* site_x;
  const Index* site_y;
};

template <class T>
struct Kernel {
  void (*run)(const Tile<T>&);
  int channels, sites;
};

// Multiplies n vectors by a matrix of cook_toom.h: in[j] holds element j of all of them, out[i]
// receives element i. x and the results of the tiles are double.
template <class T>
struct Transforms {
  void (*data_first)(const double* const* in, T* const* out, Index n);
  void (*data_second)(const T* const* in, T* const* out, Index n);
  void (*weights)(const T* const* in, T* const* out, Index n);
  void (*result_first)(const double* const* in, T* const* out, Index n);
  void (*result_second)(const T* const* in, double* const* out, Index n);
  void (*result_added)(const T* const* in, double* const* out, Index n);  // adds to `out`
};

constexpr int most_widths = 5;
constexpr int most_vectors = 4;  // of images or cells

// Each list goes from wide to narrow. Kernels that a set lacks are null; they stand at the end of a
// list or, for images, from some number of vectors on.
template <class T>
struct KernelTable {
  int lanes;
  // Converts numbers of an array.
  void (*copy)(const double* from, Index count, T* to);
  // Adds lines of numbers to others, one after the other.
  void (*add_lines)(const double* from, Index from_step, Index lines, Index count, double* to,
                    Index to_step);
  // Lanes are channels; an input value is spread over the lanes.
  Kernel<T> channel[most_widths];
  // Lanes are images, or cells of a plane; a weight is spread over the lanes. Indexed by width, by
  // vectors of images less one, and by whether the last vector is partly used.
  Kernel<T> image[most_widths][most_vectors][2];
  // Lanes are channels of images, each with an input of its own.
  Kernel<T> depthwise[most_widths];
  // Lanes are summed channels; for few channels of the result.
  Kernel<T> dot[most_widths];
  // For an axis of 1, 2 and 3 taps.
  Transforms<T> transforms[most_taps];
};

}  // namespace nnconv
