// Planes prices: are planes possible, and what are they expected to take?
#include <algorithm>

#include "algorithms/joint_phases.h"
#include "algorithms/plane_layout.h"
#include "algorithms/planes.h"

namespace nnconv {
namespace {

constexpr Index most_item_bytes = Index(1) << 21;  // of the planes of an item

// What things take, in nanoseconds: a product, a link of a tile, a number that is copied, a number
// of the result, a weight, an item and a call. Fitted to random layers on a processor with AVX2.
struct Prices {
  double product, link, copied, written, weight, item, call;
};
constexpr Prices single_prices = {0.073, 0.6, 1.8, 3.3, 4.7, 960, 12e3};
constexpr Prices double_prices = {0.128, 2, 2.1, 4, 4.4, 1400, 12e3};

double number(Index n) {
  return static_cast<double>(n);
}

// Panels of channels: an odd one takes as long as two.
double filled(Index channels) {
  return number(divide_up(channels, 2) * 2);
}

template <class T>
PlaneNumbers numbers() {
  constexpr Index bytes = static_cast<Index>(sizeof(T));
  return {32 / bytes, bytes, 1};
}

double links_of(const std::vector<Run>& runs) {
  double links = 0, cells = 0;
  for (const Run& run : runs) {
    links += number(run.links.size()) * number(run.count);
    cells += number(run.count);
  }
  return links / cells;
}

// The price of a layer, joint or not; `written` numbers are those of its result.
template <class T>
double price_of(const Problem& p, const PaddedSource& source, Index written) {
  constexpr Prices price = sizeof(T) == sizeof(float) ? single_prices : double_prices;
  const PlaneLayout layout(p, source, numbers<T>());
  const double images = number(p.groups * p.to.batch);
  const double rows = links_of(p.rows), columns = links_of(p.columns);
  const double sums = images * layout.vectors() * filled(p.channels());
  const double links = rows * columns / (p.depth() == 1 ? std::max(rows, columns) : 1);
  const double items = number(layout.items());
  const double copied = items * number(layout.plane) * number(p.depth()) * images;
  const double weights = number(p.weights_count());
  return price.product * sums * number(numbers<T>().lanes) * rows * columns * number(p.depth()) +
         price.link * sums / 12 * links + price.copied * copied + price.written * number(written) +
         price.weight * weights + price.call +
         price.item * items * images / number(layout.groups * layout.images);
}

}  // namespace

bool is_joint_cheaper(const Problem& p) {
  if (!can_be_joint(p)) return false;
  double apart = 0;
  for (const Run& column : p.columns) {
    for (const Run& row : p.rows) {
      apart += number(row.links.size() * column.links.size()) * number(row.count * column.count);
    }
  }
  const Windows row = windows_of(p.rows), column = windows_of(p.columns);
  const Index joint = p.channels() * static_cast<Index>(p.rows.size() * p.columns.size());
  const double together = number(row.size * column.size) * number(row.count * column.count);
  return together * filled(joint) < 1.2 * apart * filled(p.channels());
}

template <class T>
bool can_use_planes(const Problem& p, const PaddedSource& source) {
  constexpr Index bytes = static_cast<Index>(sizeof(T));
  if (p.weights_count() * bytes > packed_bytes / 2) return false;
  const PlaneAxis rows(p.rows, source.axis[0]), columns(p.columns, source.axis[1]);
  if (!rows.is_even || !columns.is_even || rows.most_links == 0 || columns.most_links == 0) {
    return false;
  }
  const PlaneLayout layout(p, source, numbers<T>());
  return layout.images * layout.groups * p.depth() * layout.plane * bytes <= most_item_bytes;
}

template <class T>
double planes_price(const Problem& p, const PaddedSource& source) {
  const Index written = p.to.count();
  if (!is_joint_cheaper(p)) return price_of<T>(p, source, written);
  const Windows row = windows_of(p.rows), column = windows_of(p.columns);
  return price_of<T>(joint_problem(p, row, column), source, written);
}

template bool can_use_planes<float>(const Problem&, const PaddedSource&);
template bool can_use_planes<double>(const Problem&, const PaddedSource&);
template double planes_price<float>(const Problem&, const PaddedSource&);
template double planes_price<double>(const Problem&, const PaddedSource&);

}  // namespace nnconv
