// R's memory, and R's wish to end a call. What R does by a jump becomes an exception, so that
// nothing leaks.
#pragma once

#include <Rcpp.h>

#include "memory.h"

namespace nnconv {

// An array of these extents, not filled. Too little memory is R's error.
inline SEXP allocate(const double* first, const double* last) {
  const Rcpp::IntegerVector dim(first, last);
  double length = 1;
  for (const int extent : dim) length *= extent;
  const SEXP result = Rcpp::unwindProtect([&] {
    SEXP array = PROTECT(Rf_allocVector(REALSXP, static_cast<R_xlen_t>(length)));
    Rf_setAttrib(array, R_DimSymbol, dim);
    UNPROTECT(1);
    return array;
  });
  advise_large_pages(REAL(result), sizeof(double) * static_cast<std::size_t>(length));
  return result;
}

// Lets R end the call: by an interrupt, or by an error such as that of setTimeLimit(). Either goes
// on as it is once the frames of C++ are gone.
inline void checkpoint() {
  Rcpp::unwindProtect([] {
    R_CheckUserInterrupt();
    return R_NilValue;
  });
}

// The numbers of x, which R may have to write out first.
inline const void* memory_of(SEXP x) {
  if (ALTREP(x)) {
    Rcpp::unwindProtect([x] {
      DATAPTR_RO(x);
      return R_NilValue;
    });
  }
  return DATAPTR_RO(x);
}

inline const double* numbers_of(SEXP x) {
  return static_cast<const double*>(memory_of(x));
}

}  // namespace nnconv
