// Planes prices: are planes possible, and what are they expected to take?
#include <algorithm>
#include <limits>

#include "algorithms/joint_phases.h"
#include "algorithms/plane_layout.h"
#include "algorithms/planes.h"
#include "algorithms/prices.h"

namespace nnconv {
namespace {

constexpr Index most_item_bytes = Index(1) << 21;  // of the planes of an item

// A product, a link of a tile, a number that is copied, a number of the result, a weight, an item
// and a call.
struct Prices {
  double product, link, copied, written, weight, item, call;
};
constexpr Prices single_prices = {0.073, 0.6, 1.8, 3.3, 4.7, 960, 12e3};
constexpr Prices double_prices = {0.128, 2, 2.1, 4, 4.4, 1400, 12e3};

// Panels of channels: an odd one takes as long as two.
double filled(Index channels) {
  return number(divide_up(channels, 2) * 2);
}

template <class T>
PlaneLayout layout_of(const Problem& p, const PaddedSource& source) {
  return {p, source, {priced_lanes<T>, Index{sizeof(T)}, 1}};
}

// Do the links allow planes, and do the planes of an item fit into scratch memory?
template <class T>
bool are_possible(const Problem& p, const PlaneLayout& layout) {
  constexpr Index bytes = sizeof(T);
  const PlaneAxis &rows = layout.rows, &columns = layout.columns;
  return p.weights_count() * bytes <= packed_bytes / 2 && rows.is_even && columns.is_even &&
         rows.most_links > 0 && columns.most_links > 0 &&
         layout.images * layout.groups * p.depth() * layout.plane * bytes <= most_item_bytes;
}

// The price of a layer, joint or not; `written` numbers are those of its result.
template <class T>
PlanesPrice price_of(const Problem& p, const PlaneLayout& layout, Index written) {
  constexpr Prices price = sizeof(T) == sizeof(float) ? single_prices : double_prices;
  const double images = number(p.groups * p.to.batch);
  const double rows = average_links(p.rows), columns = average_links(p.columns);
  const double sums = images * layout.vectors() * filled(p.channels());
  const double links = rows * columns / (p.depth() == 1 ? std::max(rows, columns) : 1);
  const double items = number(layout.items());
  const double copied = price.copied * items * number(layout.plane) * number(p.depth()) * images;
  const double put = price.written * number(written);
  const double all =
      price.product * sums * number(priced_lanes<T>) * rows * columns * number(p.depth()) +
      price.link * sums / 12 * links + copied + put + price.weight * number(p.weights_count()) +
      price.call + price.item * items * images / number(layout.groups * layout.images);
  return {all, copied, put};
}

Problem joint_of(const Problem& p) {
  return joint_problem(p, windows_of(p.rows), windows_of(p.columns));
}

}  // namespace

bool is_joint_cheaper(const Problem& p) {
  if (!can_be_joint(p)) return false;
  const double apart = count_links(p.rows) * count_links(p.columns);
  const Windows row = windows_of(p.rows), column = windows_of(p.columns);
  const Index joint = p.channels() * static_cast<Index>(p.rows.size() * p.columns.size());
  const double together = number(row.size * column.size) * number(row.count * column.count);
  return together * filled(joint) < 1.2 * apart * filled(p.channels());
}

std::optional<PlaneImage> planes_to_read(const Problem& padded, const PaddedSource& source) {
  const bool is_joint = is_joint_cheaper(padded) && are_full(padded);
  const Problem p = is_joint ? joint_of(padded) : padded;
  // Vectors of either type lie along the same axis.
  const PlaneLayout layout = layout_of<float>(p, source);
  const auto side = [](const PlaneAxis& axis) {
    const Index size = axis.padded.size;
    return PaddedAxis{size, std::max<Index>(0, -axis.begin()), std::max(size, axis.end()) - size,
                      axis.padded.mode};
  };
  for (const PlaneAxis* axis : {&layout.rows, &layout.columns}) {
    if (!axis->is_even || axis->most_links == 0 || axis->step() != 1) return std::nullopt;
  }
  return PlaneImage{p.from.batch,        p.from.channels,      layout.is_by_columns(),
                    side(layout.lane()), side(layout.other()), 0};
}

template <class T>
PlanesPrice planes_price(const Problem& p, const PaddedSource& source) {
  const PlaneLayout layout = layout_of<T>(p, source);
  if (!are_possible<T>(p, layout)) {
    constexpr double infinite = std::numeric_limits<double>::infinity();
    return {infinite, infinite, infinite};
  }
  const Index written = p.to.count();
  if (!is_joint_cheaper(p)) return price_of<T>(p, layout, written);
  const Problem joint = joint_of(p);
  return price_of<T>(joint, layout_of<T>(joint, source), written);
}

template PlanesPrice planes_price<float>(const Problem&, const PaddedSource&);
template PlanesPrice planes_price<double>(const Problem&, const PaddedSource&);

}  // namespace nnconv
