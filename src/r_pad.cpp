// R's way to pad.h: unwrap, run, wrap.
#include "pad.h"
#include "pad_index.h"
#include "r_call.h"
#include "r_unwrap.h"

namespace {

// The source of every padded cell of an axis.
std::vector<nnconv::Index> sources(double size, double before, double after, nnconv::PadMode mode,
                                   const nnconv::Checkpoint& checkpoint) {
  nnconv::PacedCheckpoint pace(checkpoint);
  const nnconv::Index n = nnconv::as_index(size), b = nnconv::as_index(before);
  std::vector<nnconv::Index> source(static_cast<std::size_t>(b + n + nnconv::as_index(after)));
  nnconv::Index padded = 0;
  for (nnconv::Index& cell : source) {
    cell = nnconv::pad_source(padded++, b, n, mode);
    pace();
  }
  return source;
}

}  // namespace

// Pads the last two of the three axes of `shape` by `pads` (top, bottom, left, right); the result
// has the dimensions `dim`.
// [[Rcpp::export(rng = false)]]
SEXP r_pad(SEXP input, SEXP shape, SEXP pads, const std::string& mode, double value, SEXP dim) {
  const double *extents = REAL(shape), *p = REAL(pads);
  const nnconv::PadMode pad_mode = nnconv::as_mode(mode);
  const double height = extents[1] + p[0] + p[1], width = extents[2] + p[2] + p[3];
  const Rcpp::Shield<SEXP> result(nnconv::allocate(extents[0] * height * width, dim));
  nnconv::with_scratch([&] {
    const nnconv::Checkpoint checkpoint = nnconv::until_interrupted();
    const auto rows = sources(extents[1], p[0], p[1], pad_mode, checkpoint);
    const auto columns = sources(extents[2], p[2], p[3], pad_mode, checkpoint);
    nnconv::pad(nnconv::numbers_of(input), nnconv::as_index(extents[0]),
                nnconv::as_index(extents[1]), rows, columns, value, REAL(result), checkpoint);
  });
  return result;
}
