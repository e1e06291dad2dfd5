// Direct items: lists strips, cells and sites.
#include "algorithms/direct_items.h"

#include <algorithm>

namespace nnconv {

DirectItems::DirectItems(const Problem& problem, const std::vector<bool>& done,
                         const CellSites& sites, Index item_sites)
    : p_(problem), done_(done), sites_(sites), item_sites_(item_sites) {
  list_strips();
}

// Lists strips wide enough to fill tiles, in the order of their sources, so that the runs of all
// phases find these in the caches.
void DirectItems::list_strips() {
  Index most = 1;
  for (const Run& row : p_.rows) most = std::max(most, sites_.count * row.count);
  const Index width = std::max<Index>(1, item_sites_ / most);
  for (std::size_t c = 0; c < p_.columns.size(); ++c) {
    const Run& column = p_.columns[c];
    const Index source = column.links.empty() ? 0 : column.links[0].source;
    for (Index first = 0; first < column.count; first += width) {
      strips_.push_back({static_cast<Index>(c), first, std::min(width, column.count - first),
                         source + first * column.source_step});
    }
  }
  std::sort(strips_.begin(), strips_.end(),
            [](const Strip& a, const Strip& b) { return a.source < b.source; });
}

double DirectItems::largest_share() const {
  double all = 0, largest = 0;
  for (const Strip& strip : strips_) {
    const Index links = column_of(strip).links.size();
    for (std::size_t r = 0; r < p_.rows.size(); ++r) {
      if (is_done(strip, r)) continue;
      const Index sites = sites_.count * p_.rows[r].count * strip.count;
      const double work = static_cast<double>(links * p_.rows[r].links.size() + 1);
      all += work * static_cast<double>(sites);
      largest = std::max(largest, work * static_cast<double>(std::min(item_sites_, sites)));
    }
  }
  return largest / std::max(all, 1.0);
}

ItemCells cells_of(const DirectItem& item, const CellSites& sites) {
  const Index height = item.row->count;
  const Index first_cell = item.first / sites.count;
  const Index last_cell = (item.first + item.count - 1) / sites.count;
  const Index first_column = first_cell / height, last_column = last_cell / height;
  ItemCells cells = {
      0, height, item.first_column + first_column, last_column - first_column + 1, 0, sites.batch};
  if (cells.columns == 1) {
    cells.row = first_cell % height;
    cells.rows = last_cell - first_cell + 1;
    if (cells.rows == 1) {
      cells.image = item.first % sites.count * sites.images;
      cells.images = std::min(item.count * sites.images, sites.batch - cells.image);
    }
  }
  return cells;
}

void ItemSites::list(const DirectItem& item, const ItemCells& cells, const CellSites& sites,
                     const CellSteps& steps) {
  const Index height = item.row->count;
  Index n = item.first % sites.count;
  Index h = item.first / sites.count % height;
  Index w = item.first_column + item.first / sites.count / height;
  for (Index j = 0; j < item.count; ++j) {
    image[j] = n * sites.images;
    x[j] = image[j] - cells.image + (h - cells.row) * steps.row_x +
           (w - cells.column) * steps.column_x;
    y[j] = image[j] + h * steps.row_y + w * steps.column_y;
    if (++n == sites.count) {
      n = 0;
      if (++h == height) {
        h = 0;
        ++w;
      }
    }
  }
}

}  // namespace nnconv
