// R's way to rectify.h: unwrap, run, wrap.
#include <Rcpp.h>

#include "memory.h"
#include "rectify.h"

// The result has the attributes of `values`, which is as long as x; both are plain doubles. Where
// there is no memory for it, R's error leaves nothing behind.
// [[Rcpp::export(rng = false)]]
SEXP r_rectify(SEXP x, double slope, SEXP values) {
  return Rcpp::unwindProtect([=] {
    const double *const from = REAL(x), *const times = REAL(values);
    const R_xlen_t length = Rf_xlength(values);
    const SEXP result = PROTECT(Rf_allocVector(REALSXP, length));
    nnconv::advise_large_pages(REAL(result), sizeof(double) * static_cast<std::size_t>(length));
    nnconv::rectify(from, slope, times, length, REAL(result));
    DUPLICATE_ATTRIB(result, values);
    UNPROTECT(1);
    return result;
  });
}
