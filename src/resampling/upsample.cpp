// Upsample: the weights of an axis, and the loop over the result.
#include "resampling/upsample.h"

#include <cmath>

#include "resampling/cells.h"

namespace nnconv {
namespace {

// The cell below a place, and the share of the cell above it.
struct Place {
  Index below;
  double above;
};

// Whole scales are computed in whole numbers, so that their weights repeat exactly.
Place place_of(Upsampling mode, Index size, double scale, Index y) {
  const bool is_whole = scale == std::floor(scale) && scale < 1e9;
  const Index whole = is_whole ? static_cast<Index>(scale) : 1;
  const double position = static_cast<double>(y);
  Place place;
  if (mode == Upsampling::nearest) {
    const Index cell = is_whole ? y / whole : static_cast<Index>(std::floor(position / scale));
    place = {cell, 0};
  } else if (is_whole) {
    const Index doubled = 2 * y + 1 - whole;  // the position times 2 * scale
    if (doubled <= 0) return {0, 0};
    place = {doubled / (2 * whole), static_cast<double>(doubled % (2 * whole)) / (2 * scale)};
  } else {
    const double at = (position + 0.5) / scale - 0.5;
    if (!(at > 0)) return {0, 0};
    place = {static_cast<Index>(std::floor(at)), at - std::floor(at)};
  }
  return place.below >= size - 1 ? Place{size - 1, 0} : place;
}

}  // namespace

Range upsampled_sources(Upsampling mode, Index size, double scale, const Range& results) {
  const Place last = place_of(mode, size, scale, results.last);
  return {place_of(mode, size, scale, results.first).below, last.below + (last.above > 0)};
}

AxisSums upsampled_sums(Upsampling mode, Index size, double scale, const Range& results,
                        Index first_source) {
  AxisSums sums;
  sums.begin.push_back(0);
  for (Index y = results.first; y <= results.last; ++y) {
    const Place place = place_of(mode, size, scale, y);
    const double weights[] = {1 - place.above, place.above};
    for (Index i = 0; i < 2; ++i) {
      if (weights[i] == 0) continue;
      sums.source.push_back(place.below + i - first_source);
      sums.weight.push_back(weights[i]);
    }
    sums.begin.push_back(sums.source.size());
  }
  return sums;
}

AxisSums adjoint_of(const AxisSums& sums, Index sources) {
  AxisSums adjoint;
  adjoint.begin = repeated(sources + 1, Index(0));
  for (const Index source : sums.source) ++adjoint.begin[source + 1];
  for (Index i = 0; i < sources; ++i) adjoint.begin[i + 1] += adjoint.begin[i];
  adjoint.source.resize(sums.source.size());
  adjoint.weight.resize(sums.source.size());
  List<Index> next = adjoint.begin;
  for (Index y = 0; y < sums.results(); ++y) {
    for (Index i = sums.begin[y]; i < sums.begin[y + 1]; ++i) {
      const Index at = next[sums.source[i]]++;
      adjoint.source[at] = y;
      adjoint.weight[at] = sums.weight[i];
    }
  }
  return adjoint;
}

template <class T>
void resample(Index cell, Index height, const AxisSums& rows, const AxisSums& columns, const T* x,
              T* y, const Checkpoint& checkpoint) {
  if (rows.results() == 0 || columns.results() == 0) return;
  const Index work = divide_up(rows.source.size(), rows.results()) *
                     divide_up(columns.source.size(), columns.results());
  for_cells(cell, rows.results(), columns.results(), work, checkpoint,
            [&](Index h, Index w, Index first, Index count) {
              T* const to = y + (h + w * rows.results()) * cell + first;
              bool is_first = true;
              for (Index j = columns.begin[w]; j < columns.begin[w + 1]; ++j) {
                for (Index i = rows.begin[h]; i < rows.begin[h + 1]; ++i) {
                  const T* const from =
                      x + (rows.source[i] + columns.source[j] * height) * cell + first;
                  const T weight = static_cast<T>(rows.weight[i] * columns.weight[j]);
                  if (is_first) {
                    for (Index k = 0; k < count; ++k) to[k] = weight * from[k];
                    is_first = false;
                  } else {
                    for (Index k = 0; k < count; ++k) to[k] += weight * from[k];
                  }
                }
              }
              if (is_first) std::fill_n(to, count, T(0));
            });
}

template void resample(Index, Index, const AxisSums&, const AxisSums&, const float*, float*,
                       const Checkpoint&);
template void resample(Index, Index, const AxisSums&, const AxisSums&, const double*, double*,
                       const Checkpoint&);

}  // namespace nnconv
