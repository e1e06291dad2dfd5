// R calls strided_copy.h here, to permute axes and to take and put parts of arrays.
#include <cmath>

#include "arrays/strided_copy.h"
#include "r_call.h"
#include "r_unwrap.h"

using nnconv::BoxAxis;
using nnconv::Index;

namespace {

// Maps the values of black and white in `from` to those in `to`; in arrays they are 0 and 1.
struct ValueRange {
  double from_black, from_span, to_black, to_span;

  bool is_plain() const {
    return from_black == 0 && from_span == 1 && to_black == 0 && to_span == 1;
  }
  double operator()(double x) const { return (x - from_black) / from_span * to_span + to_black; }
};

double as_number(double x) {
  return x;
}

double as_number(int x) {
  return x == NA_INTEGER ? NA_REAL : x;
}

double as_number(Rbyte x) {
  return x;
}

template <class T, class Map>
void read(const T* x, const nnconv::Offsets& offsets, Map map, double* numbers) {
  const std::size_t count = offsets.at.size();
  if (offsets.is_contiguous) {
    for (std::size_t i = 0; i < count; ++i) numbers[i] = map(as_number(x[i]));
  } else {
    for (std::size_t i = 0; i < count; ++i) numbers[i] = map(as_number(x[offsets.at[i]]));
  }
}

template <class T>
nnconv::Reader reader(SEXP array, ValueRange range) {
  const T* x = static_cast<const T*>(nnconv::memory_of(array));
  if (range.is_plain()) {
    return [x](Index base, const nnconv::Offsets& offsets, double* numbers) {
      read(
          x + base, offsets, [](double v) { return v; }, numbers);
    };
  }
  return [x, range](Index base, const nnconv::Offsets& offsets, double* numbers) {
    read(x + base, offsets, range, numbers);
  };
}

nnconv::Reader reader_of(SEXP x, ValueRange range) {
  switch (TYPEOF(x)) {
    case RAWSXP:
      return reader<Rbyte>(x, range);
    case REALSXP:
      return reader<double>(x, range);
    default:  // integer, logical
      return reader<int>(x, range);
  }
}

}  // namespace

// Returns an array of these extents, whose axes are those of x with these steps.
// [[Rcpp::export(rng = false)]]
SEXP r_permute(SEXP x, const Rcpp::NumericVector& extents, const Rcpp::NumericVector& steps,
               const Rcpp::NumericVector& from_range, const Rcpp::NumericVector& to_range) {
  const Rcpp::Shield<SEXP> result(nnconv::allocate(extents.begin(), extents.end()));
  std::vector<BoxAxis> axes;
  Index to = 1;
  for (R_xlen_t a = 0; a < extents.size(); ++a) {
    const Index count = nnconv::as_index(extents[a]);
    axes.push_back({count, nnconv::as_index(steps[a]), to});
    to *= count;
  }
  const ValueRange range = {from_range[0], from_range[1] - from_range[0], to_range[0],
                            to_range[1] - to_range[0]};
  nnconv::copy_box(axes, reader_of(x, range), REAL(result), nnconv::until_interrupted());
  return result;
}

// Returns an array of these extents, whose numbers are not set.
// [[Rcpp::export(rng = false)]]
SEXP r_allocate(const Rcpp::NumericVector& extents) {
  return nnconv::allocate(extents.begin(), extents.end());
}

namespace {

// The place of a part in an array of these extents, by its first cell (from 0).
struct Part {
  Index first = 0;
  std::vector<BoxAxis> axes;  // `from` in the array, `to` in the part

  Part(const Rcpp::NumericVector& extents, const Rcpp::NumericVector& start,
       const Rcpp::NumericVector& counts) {
    Index from = 1, to = 1;
    for (R_xlen_t a = 0; a < extents.size(); ++a) {
      const Index count = nnconv::as_index(counts[a]);
      axes.push_back({count, from, to});
      first += nnconv::as_index(start[a]) * from;
      from *= nnconv::as_index(extents[a]);
      to *= count;
    }
  }
};

constexpr ValueRange plain = {0, 1, 0, 1};

}  // namespace

// Returns the part of x with these counts of cells from `start`, where x is an array of `extents`.
// [[Rcpp::export(rng = false)]]
SEXP r_take(SEXP x, const Rcpp::NumericVector& extents, const Rcpp::NumericVector& start,
            const Rcpp::NumericVector& counts) {
  const Rcpp::Shield<SEXP> result(nnconv::allocate(counts.begin(), counts.end()));
  const Part part(extents, start, counts);
  const nnconv::Reader read = reader_of(x, plain);
  nnconv::copy_box(
      part.axes,
      [&](Index base, const nnconv::Offsets& offsets, double* numbers) {
        read(part.first + base, offsets, numbers);
      },
      REAL(result), nnconv::until_interrupted());
  return result;
}

// Writes a part into x itself: an array of r_allocate(), which nothing else may refer to yet.
// [[Rcpp::export(rng = false)]]
void r_put(SEXP x, const Rcpp::NumericVector& extents, const Rcpp::NumericVector& start,
           const Rcpp::NumericVector& counts, SEXP values) {
  Part part(extents, start, counts);
  for (BoxAxis& axis : part.axes) std::swap(axis.from, axis.to);
  nnconv::copy_box(part.axes, reader_of(values, plain), REAL(x) + part.first,
                   nnconv::until_interrupted());
}
