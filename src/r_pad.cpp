// R calls pad.h here: unwrap, run, wrap.
#include "arrays/pad.h"
#include "r_call.h"
#include "r_unwrap.h"

// Pads the last two of the three axes of `shape` by `pads` (top, bottom, left, right); the result
// has the dimensions `dim`.
// [[Rcpp::export(rng = false)]]
SEXP r_pad(SEXP input, SEXP shape, SEXP pads, const std::string& mode, double value, SEXP dim) {
  const double *extents = REAL(shape), *p = REAL(pads);
  const auto axis = [&](int i) {
    return nnconv::PaddedAxis{nnconv::as_index(extents[i + 1]), nnconv::as_index(p[2 * i]),
                              nnconv::as_index(p[2 * i + 1]), nnconv::as_mode(mode)};
  };
  const nnconv::PaddedAxis rows = axis(0), columns = axis(1);
  const double height = static_cast<double>(rows.length());
  const double width = static_cast<double>(columns.length());
  const Rcpp::Shield<SEXP> result(nnconv::allocate(extents[0] * height * width, dim));
  nnconv::with_scratch([&] {
    nnconv::pad(nnconv::numbers_of(input), nnconv::as_index(extents[0]), rows, columns, value,
                REAL(result), nnconv::until_interrupted());
  });
  return result;
}
