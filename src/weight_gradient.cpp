// Weight gradient: the loop over pairs of linked cells. Products are of type T, sums are doubles.
#include "weight_gradient.h"

#include <algorithm>

#include "reach.h"
#include "view.h"

namespace nnconv {
namespace {

// Adds to one tap's weights what one pair of linked cells contributes, over all images.
template <class T>
void add_pair(const Geometry& g, const double* large, const double* small, double* weight) {
  const Index rows = g.small_channels / g.groups, columns = g.large_channels / g.groups;
  for (Index s = 0; s < g.small_channels; ++s) {
    for (Index l = 0; l < columns; ++l) {
      const double* x = large + g.batch * (s / rows * columns + l);
      const double* y = small + g.batch * s;
      double sum = 0;
      for (Index n = 0; n < g.batch; ++n) sum += static_cast<T>(x[n]) * static_cast<T>(y[n]);
      weight[s + g.small_channels * l] += sum;
    }
  }
}

}  // namespace

template <class T>
void weight_gradient(const Geometry& g, const double* large, const double* small, double* weight,
                     const Checkpoint& checkpoint) {
  const ImageView from = large_view(g), to = small_view(g);
  const Index tap_step = correlate_weights(g).tap_step;
  std::fill(weight, weight + tap_step * g.taps(), 0.0);
  const std::vector<Run> rows = correlate_reach(g.axis[0]), columns = correlate_reach(g.axis[1]);
  for (const Run& column : columns) {
    for (Index j = 0; j < column.count; ++j) {
      for (const Run& row : rows) {
        for (Index i = 0; i < row.count; ++i) {
          const double* y = small + (row.first + i * row.step) * to.row_step() +
                            (column.first + j * column.step) * to.column_step();
          for (const Link& v : column.links) {
            for (const Link& u : row.links) {
              const double* x = large + (u.source + i * row.source_step) * from.row_step() +
                                (v.source + j * column.source_step) * from.column_step();
              add_pair<T>(g, x, y, weight + (u.tap + g.axis[0].kernel * v.tap) * tap_step);
            }
          }
        }
      }
      if (checkpoint) checkpoint();
    }
  }
}

template void weight_gradient<float>(const Geometry&, const double*, const double*, double*,
                                     const Checkpoint&);
template void weight_gradient<double>(const Geometry&, const double*, const double*, double*,
                                      const Checkpoint&);

}  // namespace nnconv
