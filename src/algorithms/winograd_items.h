// Winograd items: the parts of a span that threads share out.
#pragma once

#include "algorithms/winograd_tiles.h"
#include "arrays/array_layout.h"
#include "system/list.h"

namespace nnconv {

// Consecutive panels whose transformed weights are held at once, for some of the depth.
struct WinogradBlock {
  Index group, first_panel, panels, first_depth, depth;
};

// Some tiles of some images.
struct WinogradItem {
  Index tile, tiles, image, images;
  Index before;  // tiles of images before it
};

// The tiles of a span of rows in a span of columns, rows fastest.
struct SpanTiles {
  const AxisTiles &row, &column;

  Index points() const { return row.points * column.points; }
  Index count() const { return row.tiles * column.tiles; }
  // The first cell of a tile, counted in the span.
  Index first_row(Index tile) const { return tile % row.tiles * row.outputs; }
  Index first_column(Index tile) const { return tile / row.tiles * column.outputs; }
};

// Lines of numbers that lie side by side in an array and in an item.
struct NumberLines {
  Index count, length, distance;

  NumberLines(Index channels, Index images, const ImageView& view)
      : count(images == view.batch ? 1 : channels),
        length(images == view.batch ? channels * images : images),
        distance(images == view.batch ? 0 : view.channel_step()) {}
};

// What a list of items depends on.
struct WinogradExtent {
  Index cell_bytes;     // of a tile's transformed data
  Index batch, images;  // those represented by a site
  bool is_read_again;   // by several blocks of panels
  int threads;
};

class WinogradItems {
 public:
  WinogradItems(const SpanTiles& tiles, const WinogradExtent& extent);

  List<WinogradItem> list;
  Index tiles, images;  // of an item, at most
  Index parts;          // that the panels of a block are divided into
  bool are_data_kept;   // from one block of panels to the next
};

}  // namespace nnconv
