// Col2im prices: do columns fit into scratch memory, and what are they expected to take?
#include <algorithm>

#include "algorithms/col2im.h"
#include "algorithms/prices.h"

namespace nnconv {
namespace {

// A product, a sum of products that is added, a weight, a number of the result, and a line that is
// added.
struct Prices {
  double product, added, weight, cell, line;
};
constexpr Prices single_prices = {0.097, 3.1, 1.5, 2.6, 18};
constexpr Prices double_prices = {0.176, 3.3, 0.26, 1.8, 11};

}  // namespace

template <class T>
bool can_add_columns(const Geometry& g) {
  const Index channels = g.large_channels / g.groups, depth = g.small_channels / g.groups;
  const Index column_length = channels * g.axis[0].large;
  return g.axis[0].mode == PadMode::zeros && g.axis[1].mode == PadMode::zeros &&
         channels * g.axis[0].kernel * depth * static_cast<Index>(sizeof(T)) <= packed_bytes &&
         channels * g.axis[0].kernel * least_sites * static_cast<Index>(sizeof(double)) <=
             most_product_bytes &&
         column_length * static_cast<Index>(sizeof(double)) <= ring_bytes;
}

template <class T>
double columns_price(const Geometry& g) {
  const Prices& price = sizeof(T) == sizeof(float) ? single_prices : double_prices;
  double sites = number(g.batch), cells = number(g.batch);
  for (const Axis& axis : g.axis) {
    sites *= number(axis.small);
    cells *= number(axis.large);
  }
  const double rows = number(g.large_channels / g.groups), taps = number(g.taps());
  const double depth = number(g.small_channels / g.groups);
  const double group = sites * taps * rows * (depth * price.product + price.added) +
                       depth * taps * rows * price.weight + cells * rows * price.cell +
                       sites * number(g.axis[1].kernel) * price.line;
  return number(g.groups) * group;
}

template bool can_add_columns<float>(const Geometry&);
template bool can_add_columns<double>(const Geometry&);
template double columns_price<float>(const Geometry&);
template double columns_price<double>(const Geometry&);

}  // namespace nnconv
