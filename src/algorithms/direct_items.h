// Direct items: the parts of a problem that the direct algorithm shares out to threads, and where
// their sites read and write.
#pragma once

#include <vector>

#include "algorithms/problem.h"
#include "system/list.h"

namespace nnconv {

constexpr Index most_sites = 96;  // of an item

// Neighbouring columns of a run of columns, and the source column at which they begin to read.
struct Strip {
  Index column, first, count, source;
};

// How the images of a cell form sites.
struct CellSites {
  Index batch;   // images of the cell
  Index images;  // represented by a site
  Index count;   // of the cell
};

// Sites first .. first + count - 1 of a run of rows and of some neighbouring columns, for some of a
// block's panels.
struct DirectItem {
  const Run *row, *column;
  Index first_column;
  Index first, count;
  Index first_panel, last_panel;
};

class DirectItems {
 public:
  // Those of the pairs that are not `done` (direct.h); an item has at most so many sites.
  DirectItems(const Problem& problem, const std::vector<bool>& done, const CellSites& sites,
              Index item_sites);

  // The share of all work that the largest item has.
  double largest_share() const;

  // Calls f(item) for all of them, still without panels.
  template <class F>
  void for_each(const F& f) const {
    for (const Strip& strip : strips_) {
      for (std::size_t r = 0; r < p_.rows.size(); ++r) {
        if (is_done(strip, r)) continue;
        const Index sites = sites_.count * p_.rows[r].count * strip.count;
        for (Index first = 0; first < sites; first += item_sites_) {
          f(DirectItem{&p_.rows[r], &column_of(strip), strip.first, first,
                       std::min(item_sites_, sites - first), 0, 0});
        }
      }
    }
  }

 private:
  void list_strips();
  const Run& column_of(const Strip& strip) const {
    return p_.columns[static_cast<std::size_t>(strip.column)];
  }
  bool is_done(const Strip& strip, std::size_t row) const {
    return !done_.empty() && done_[row + p_.rows.size() * static_cast<std::size_t>(strip.column)];
  }

  const Problem& p_;
  const std::vector<bool>& done_;
  CellSites sites_;
  Index item_sites_;
  List<Strip> strips_;
};

// The cells that an item covers: if they lie in a single column, only some of its rows; if there
// is a single cell, only some of its images.
struct ItemCells {
  Index row, rows, column, columns, image, images;
};

ItemCells cells_of(const DirectItem& item, const CellSites& sites);

// The distances of an item's neighbouring rows, and of its columns, in x and in y.
struct CellSteps {
  Index row_x, column_x, row_y, column_y;
};

// Where each site of an item reads and writes, and its first image, in the order of memory: images
// fastest, then rows, then columns.
struct ItemSites {
  Index x[most_sites], y[most_sites], image[most_sites];

  void list(const DirectItem& item, const ItemCells& cells, const CellSites& sites,
            const CellSteps& steps);
};

}  // namespace nnconv
