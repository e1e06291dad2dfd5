// Upsample: the weights of an axis, and the loop over the result.
#include "resampling/upsample.h"

#include <algorithm>
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

namespace {

// The sum of the sources of result `at`, each of `count` numbers that begin at multiples of `step`;
// x begins with the source `first`. `fixed` is the count, or 0 for any.
template <int fixed, class T>
void sum_sources(const AxisSums& sums, Index at, Index first, const T* x, Index step, Index count,
                 T* to) {
  const Index numbers = fixed > 0 ? fixed : count;
  Index i = sums.begin[at];
  const Index end = sums.begin[at + 1];
  const auto source = [&](Index place) { return x + (sums.source[place] - first) * step; };
  const auto weight = [&](Index place) { return static_cast<T>(sums.weight[place]); };
  if (i == end) {
    for (Index k = 0; k < numbers; ++k) to[k] = 0;
  } else if (end - i == 1) {
    const T* const from = source(i);
    for (Index k = 0; k < numbers; ++k) to[k] = weight(i) * from[k];
  } else {
    const T *const one = source(i), *const two = source(i + 1);
    const T of_one = weight(i), of_two = weight(i + 1);
    for (Index k = 0; k < numbers; ++k) to[k] = of_one * one[k] + of_two * two[k];
    for (i += 2; i < end; ++i) {
      const T* const from = source(i);
      const T of_from = weight(i);
      for (Index k = 0; k < numbers; ++k) to[k] += of_from * from[k];
    }
  }
}

// The loops of resample(). Columns are summed first, into a piece of one column, and then its rows.
template <class T>
class Resampling {
 public:
  Resampling(Index cell, Index height, const AxisSums& rows, const AxisSums& columns, const T* x,
             T* y)
      : cell_(cell), height_(height), rows_(rows), columns_(columns), x_(x), y_(y) {}

  void run(const Checkpoint& checkpoint) const {
    const Index results = rows_.results(), width = columns_.results();
    if (cell_ == 0 || results == 0 || width == 0) return;
    const Index reads = divide_up(std::max(rows_.source.size(), results), results);
    const Index count = std::min(cell_, most_cell_numbers), parts = divide_up(cell_, count);
    const Index block = std::clamp<Index>(piece_numbers / (count * reads), 1, results);
    const Index blocks = divide_up(results, block);
    const Index work = reads + divide_up(columns_.source.size(), width);
    const Index at_once = std::max<Index>(1, item_work / (block * count * work));
    const Index items = divide_up(width, at_once);
    const auto run_item = [&](Index i, int) {
      const Index column = i % items * at_once, row = i / items % blocks * block;
      const Index first = i / items / blocks * count;
      run_block({row, std::min(row + block, results) - 1},
                {column, std::min(column + at_once, width) - 1}, first,
                std::min(count, cell_ - first));
    };
    const double sums = static_cast<double>(width * results) * static_cast<double>(cell_ * work);
    parallel_for(items * blocks * parts, threads_for(sums), run_item, checkpoint);
  }

 private:
  // Numbers of a piece of a column; sums of an item.
  static constexpr Index piece_numbers = Index(1) << 14, item_work = Index(1) << 17;

  void run_block(const Range& rows, const Range& columns, Index first, Index count) const {
    const Index begin = rows_.begin[rows.first], end = rows_.begin[rows.last + 1];
    const Index top = begin == end ? 0 : rows_.source[begin];
    const Index sources = begin == end ? 0 : rows_.source[end - 1] - top + 1;
    List<T> piece = repeated(sources * count, T(0));
    for (Index column = columns.first; column <= columns.last; ++column) {
      const Index at = columns_.begin[column];
      const bool is_copy = columns_.begin[column + 1] == at + 1 && columns_.weight[at] == 1;
      if (is_copy) {
        const T* const from = x_ + (top + columns_.source[at] * height_) * cell_ + first;
        sum_rows(rows, column, top, from, cell_, first, count);
      } else {
        sum_column(column, top, sources, first, count, piece.data());
        sum_rows(rows, column, top, piece.data(), count, first, count);
      }
    }
  }

  void sum_column(Index column, Index top, Index sources, Index first, Index count, T* to) const {
    const T* const from = x_ + top * cell_ + first;
    const Index step = height_ * cell_;
    if (count == cell_) {
      sum_sources<0>(columns_, column, 0, from, step, sources * count, to);
    } else {
      for (Index i = 0; i < sources; ++i) {
        sum_sources<0>(columns_, column, 0, from + i * cell_, step, count, to + i * count);
      }
    }
  }

  void sum_rows(const Range& rows, Index column, Index top, const T* from, Index step, Index first,
                Index count) const {
    T* const to = y_ + column * rows_.results() * cell_ + first;
    switch (count) {
      case 1:
        return sum_rows<1>(rows, top, from, step, count, to);
      case 2:
        return sum_rows<2>(rows, top, from, step, count, to);
      case 3:
        return sum_rows<3>(rows, top, from, step, count, to);
      case 4:
        return sum_rows<4>(rows, top, from, step, count, to);
      default:
        return sum_rows<0>(rows, top, from, step, count, to);
    }
  }

  template <int fixed>
  void sum_rows(const Range& rows, Index top, const T* from, Index step, Index count, T* to) const {
    for (Index row = rows.first; row <= rows.last; ++row) {
      sum_sources<fixed>(rows_, row, top, from, step, count, to + row * cell_);
    }
  }

  const Index cell_, height_;
  const AxisSums &rows_, &columns_;
  const T* const x_;
  T* const y_;
};

}  // namespace

template <class T>
void resample(Index cell, Index height, const AxisSums& rows, const AxisSums& columns, const T* x,
              T* y, const Checkpoint& checkpoint) {
  Resampling<T>(cell, height, rows, columns, x, y).run(checkpoint);
}

template void resample(Index, Index, const AxisSums&, const AxisSums&, const float*, float*,
                       const Checkpoint&);
template void resample(Index, Index, const AxisSums&, const AxisSums&, const double*, double*,
                       const Checkpoint&);

}  // namespace nnconv
