// Plane layout: along which axis lanes run, how large a part of the image an item takes, and where
// its planes have what the links read.
#pragma once

#include "algorithms/padded.h"
#include "algorithms/plane_axis.h"
#include "algorithms/problem.h"
#include "arrays/plane_image.h"

namespace nnconv {

// Lines of sites that are computed one after the other.
struct Lines {
  Index count, length;
};

// Numbers of `number_bytes` bytes, `lanes` of them in a vector; work for some threads.
struct PlaneNumbers {
  Index lanes, number_bytes;
  int threads;
};

class PlaneLayout {
 public:
  // The source may lie in planes already.
  PlaneLayout(const Problem& problem, const PaddedSource& source, const PlaneNumbers& numbers,
              const PlaneImage* in_place = nullptr);

  // Do lanes run along columns, from row to row?
  bool is_by_columns() const { return is_by_columns_; }
  const PlaneAxis& lane() const { return is_by_columns_ ? rows : columns; }
  const PlaneAxis& other() const { return is_by_columns_ ? columns : rows; }

  // Cells of both axes as lines of sites: each line alone or, if that takes fewer vectors, all as
  // one that includes the sites between them.
  Lines lines(Index lane_cells, Index other_cells) const;

  // The vectors that the whole result of a channel takes.
  double vectors() const;

  // Where a plane has a source of an axis.
  Index place(const PlaneAxis& axis, Index source) const {
    return &axis == &lane() ? axis.place(source, lane_phase(), 1)
                            : axis.place(source, other_phase(), site_step);
  }
  void list_copied(const PlaneAxis& axis, Index first, List<CopiedCell>& copied) const;

  Index items() const { return items_of(lane(), lane_cells) * items_of(other(), other_cells); }
  static Index items_of(const PlaneAxis& axis, Index cells) { return divide_up(axis.cells, cells); }

  const PlaneAxis rows, columns;
  Index images, groups;           // of an item
  Index lane_cells, other_cells;  // of an item
  Index site_step;                // from a site to its neighbour on the other axis
  Index plane;                    // the numbers of a channel of an image that are copied
  Index image_step;

  // From one channel to the next, where an item has so many images.
  Index channel_step(Index item_images) const { return line_ > 0 ? line_ : plane * item_images; }

 private:
  double vectors_by(const PlaneAxis& lane, const PlaneAxis& other) const;
  void set_extents(Index channels, const PlaneNumbers& numbers, Index others);
  Index plane_size() const { return lane_phase() * lane().phases() * other().phases(); }
  Index lane_phase() const { return lane().length(lane_cells) * other().length(other_cells); }
  Index other_phase() const { return lane_phase() * lane().phases(); }

  Index lanes_;
  Index line_ = 0;  // from one channel to the next of a source that lies in planes
  bool is_by_columns_ = true;
};

}  // namespace nnconv
