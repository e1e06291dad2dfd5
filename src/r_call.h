// Call: what every call has at the boundary to R: its inputs, its result, and how R may end it.
#pragma once

#include <Rcpp.h>

#include <chrono>

#include "memory.h"
#include "parallel.h"

namespace nnconv {

// A new vector of numbers, not filled, with `dim` if that is not NULL. R's error on too little
// memory becomes an exception, so that nothing leaks.
inline SEXP allocate(double length, SEXP dim = R_NilValue) {
  SEXP result = Rcpp::unwindProtect([=] {
    SEXP vector = PROTECT(Rf_allocVector(REALSXP, static_cast<R_xlen_t>(length)));
    Rf_setAttrib(vector, R_DimSymbol, dim);
    UNPROTECT(1);
    return vector;
  });
  advise_large_pages(REAL(result), sizeof(double) * static_cast<std::size_t>(length));
  return result;
}

// An array of `shape`, without its first extent when that is no batch.
inline SEXP allocate(const double* shape, bool batched) {
  const Rcpp::IntegerVector dim(shape + (batched ? 0 : 1), shape + 4);
  return allocate(shape[0] * shape[1] * shape[2] * shape[3], dim);
}

// The numbers of x, which R may have to write out first.
inline const double* numbers_of(SEXP x) {
  if (ALTREP(x)) {
    Rcpp::unwindProtect([x] {
      REAL(x);
      return R_NilValue;
    });
  }
  return REAL(x);
}

// Lets R end the call every now and then: by an interrupt, or by an error such as that of
// setTimeLimit(). Either goes on as it is once the frames of C++ are gone. R looks at its time
// limits in one of six calls only.
inline Checkpoint until_interrupted() {
  using Clock = std::chrono::steady_clock;
  return [last = Clock::now()]() mutable {
    if (Clock::now() - last < std::chrono::milliseconds(20)) return;
    Rcpp::unwindProtect([] {
      for (int i = 0; i < 6; ++i) R_CheckUserInterrupt();
      return R_NilValue;
    });
    last = Clock::now();
  };
}

}  // namespace nnconv
