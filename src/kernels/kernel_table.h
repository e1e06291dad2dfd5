// Kernel table: the innermost loops of one instruction set, as a plan chooses among them.
//
// A tile is a block of the result whose sums stay in registers for a piece of their products
// (pieces.h), and then are added in double to what the pieces before gave. The order of summation
// is that of the links, and within a link that of the channels; it does not depend on the kernel or
// on where a tile lies. So neither do the results, within one instruction set: they are the same
// bit for bit for any batch, block and number of threads. The dot kernels are the exception: they
// sum lane by lane.
#pragma once

#include "kernels/cook_toom.h"
#include "system/index.h"

namespace nnconv {

// One call of a kernel.
template <class T>
struct Tile {
  const T* x;               // first element of the first summed channel
  Index channel_step;       // from one summed channel to the next
  Index channels;           // how many are summed
  Index links;              // per cell
  Index links_at_once;      // of a piece; if more than one, with all their channels
  Index channels_at_once;   // of a piece
  const Index* link_x;      // where each link reads x, before a site's own offset
  const Index* link_panel;  // how many weights of a row stand before each link's in the panel
  const T* panel;           // packed weights: for each tap and summed channel, one value per row
  const T* start;           // one value per row to start from, or null: added to what y holds
  bool goes_on;             // do later tiles add to y, which is not rounded to T then?
  double* y;                // first element of the first row
  Index row_step;           // from one row of the result to the next
  Index rows;               // rows to write, at most the kernel's
  Index sites;              // sites to write, at most the kernel's; images for image kernels
  const Index* site_x;
  const Index* site_y;
};

template <class T>
struct Kernel {
  void (*run)(const Tile<T>&);
  int rows, sites;
};

// Multiplies n vectors by a matrix of cook_toom.h: in[j] holds element j of all of them, out[i]
// gets element i. x, and what the tiles have written, are double.
template <class T>
struct Transforms {
  void (*data_first)(const double* const* in, T* const* out, Index n);
  void (*data_second)(const T* const* in, T* const* out, Index n);
  void (*weights)(const T* const* in, T* const* out, Index n);
  void (*result_first)(const double* const* in, T* const* out, Index n);
  void (*result_second)(const T* const* in, double* const* out, Index n);
  void (*result_added)(const T* const* in, double* const* out, Index n);  // to what is there
};

constexpr int most_widths = 4;
constexpr int most_vectors = 4;  // of images

// Each list goes from wide to narrow; what a set does not have is null, at the end of the list
// or, for images, from some number of vectors on.
template <class T>
struct KernelTable {
  int lanes;
  // Converts numbers of an array.
  void (*copy)(const double* from, Index count, T* to);
  // Adds lines of numbers to others, one after the other.
  void (*add_lines)(const double* from, Index from_step, Index lines, Index count, double* to,
                    Index to_step);
  // Rows are channels and vectors; an input value is spread over the lanes.
  Kernel<T> channel[most_widths];
  // Rows are channels, lanes are images: a weight is spread over the lanes. By rows, by vectors
  // of images from 1 on, and for a last vector that is full or partly used.
  Kernel<T> image[most_widths][most_vectors][2];
  // Rows are channels (or channels of images), each with an input of its own.
  Kernel<T> depthwise[most_widths];
  // Rows are few channels, lanes are summed channels.
  Kernel<T> dot[most_widths];
  // For an axis of 1, 2 and 3 taps.
  Transforms<T> transforms[most_taps];
};

}  // namespace nnconv
