// Transforms: multiplies by the matrices of cook_toom.h. Compiled once per instruction set, like
// tiles_generic.h.

#pragma once

namespace nnconv {
namespace NNCONV_NAMESPACE {

struct DataMatrix {
  static constexpr Matrix of(int taps) { return data_matrix(taps); }
};
struct WeightMatrix {
  static constexpr Matrix of(int taps) { return weight_matrix(taps); }
};
struct ResultMatrix {
  static constexpr Matrix of(int taps) { return result_matrix(taps); }
};

// Adds row `Row` of the matrix times the values, from column `Column` on; zeros are left out.
template <class T, class Kind, int Taps, int Row, int Column>
inline Vec<T> row_times(const Vec<T>* value, Vec<T> sum) {
  constexpr Matrix matrix = Kind::of(Taps);
  if constexpr (Column == matrix.columns) {
    return sum;
  } else {
    constexpr T factor = static_cast<T>(matrix.value[Row][Column]);
    if constexpr (factor != 0) sum = sum.add_product(value[Column], Vec<T>::splat(&factor));
    return row_times<T, Kind, Taps, Row, Column + 1>(value, sum);
  }
}

template <class T, class Kind, int Taps, bool Added, bool Whole, int Row, class Out>
inline void write_rows(const Vec<T>* value, Out* const* out, Index at, Index left) {
  constexpr Matrix matrix = Kind::of(Taps);
  if constexpr (Row < matrix.rows) {
    Vec<T> begin = Vec<T>::zero();
    if constexpr (Added) begin = read<T, Whole>(out[Row] + at, left);
    write<T, Whole>(row_times<T, Kind, Taps, Row, 0>(value, begin), out[Row] + at, left);
    write_rows<T, Kind, Taps, Added, Whole, Row + 1>(value, out, at, left);
  }
}

template <class T, class Kind, int Taps, bool Added, bool Whole, class In, class Out>
inline void transform_lanes(const In* const* in, Out* const* out, Index at, Index left) {
  constexpr int columns = Kind::of(Taps).columns;
  Vec<T> value[columns];
  NNCONV_UNROLL
  for (int j = 0; j < columns; ++j) value[j] = read<T, Whole>(in[j] + at, left);
  write_rows<T, Kind, Taps, Added, Whole, 0>(value, out, at, left);
}

template <class T, class Kind, int Taps, bool Added, class In, class Out>
void transform(const In* const* in, Out* const* out, Index n) {
  constexpr int lanes = Vec<T>::lanes;
  Index at = 0;
  for (; at + lanes <= n; at += lanes) {
    transform_lanes<T, Kind, Taps, Added, true>(in, out, at, lanes);
  }
  if (at < n) transform_lanes<T, Kind, Taps, Added, false>(in, out, at, n - at);
}

template <class T, int Taps>
Transforms<T> transforms() {
  return {transform<T, DataMatrix, Taps, false, double, T>,
          transform<T, DataMatrix, Taps, false, T, T>,
          transform<T, WeightMatrix, Taps, false, T, T>,
          transform<T, ResultMatrix, Taps, false, double, T>,
          transform<T, ResultMatrix, Taps, false, T, double>,
          transform<T, ResultMatrix, Taps, true, T, double>};
}

template <class T>
void add_transforms(KernelTable<T>& table) {
  table.transforms[0] = transforms<T, 1>();
  table.transforms[1] = transforms<T, 2>();
  table.transforms[2] = transforms<T, 3>();
}

}  // namespace NNCONV_NAMESPACE
}  // namespace nnconv
