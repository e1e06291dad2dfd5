// Call: what every call has at the boundary to R: its inputs, its result, and how R may end it.
#pragma once

#include <Rcpp.h>

#include <chrono>
#include <initializer_list>
#include <new>
#include <stdexcept>

#include "system/memory_advice.h"
#include "system/threads.h"

namespace nnconv {

// A new vector of numbers, not filled, with `dim` if that is not NULL. R's error on too little
// memory becomes an exception, so that nothing leaks.
inline SEXP allocate(double length, SEXP dim = R_NilValue) {
  if (length > static_cast<double>(R_XLEN_T_MAX)) throw std::bad_alloc();  // in R of 32 bits
  SEXP result = Rcpp::unwindProtect([=] {
    SEXP vector = PROTECT(Rf_allocVector(REALSXP, static_cast<R_xlen_t>(length)));
    Rf_setAttrib(vector, R_DimSymbol, dim);
    UNPROTECT(1);
    return vector;
  });
  advise_large_pages(REAL(result), sizeof(double) * static_cast<std::size_t>(length));
  return result;
}

// An array of these extents.
inline SEXP allocate(const double* first, const double* last) {
  double length = 1;
  for (const double* extent = first; extent != last; ++extent) length *= *extent;
  return allocate(length, Rcpp::IntegerVector(first, last));
}

// An array of `shape`, without its first extent when that is no batch.
inline SEXP allocate(const double* shape, bool batched) {
  return allocate(shape + (batched ? 0 : 1), shape + 4);
}

// Numbers as many as `values`, with the same attributes.
inline SEXP allocate_like(SEXP values) {
  const Rcpp::Shield<SEXP> result(allocate(static_cast<double>(Rf_xlength(values))));
  return Rcpp::unwindProtect([&] {
    DUPLICATE_ATTRIB(result, values);
    return static_cast<SEXP>(result);
  });
}

// The memory of x, which R may have to write out first.
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

// Lets R end the call: by an interrupt, or by an error such as that of setTimeLimit(). Either goes
// on as it is once the frames of C++ are gone. R looks at its time limits in one of six calls only.
inline void let_interrupt() {
  Rcpp::unwindProtect([] {
    for (int i = 0; i < 6; ++i) R_CheckUserInterrupt();
    return R_NilValue;
  });
}

// The same every now and then.
inline Checkpoint until_interrupted() {
  using Clock = std::chrono::steady_clock;
  return [last = Clock::now()]() mutable {
    if (Clock::now() - last < std::chrono::milliseconds(20)) return;
    let_interrupt();
    last = Clock::now();
  };
}

// Calls a function of R/conditions.R and its neighbours that refuses, with these arguments, which
// the caller protects.
[[noreturn]] inline void refuse_in_r(const char* function,
                                     std::initializer_list<SEXP> arguments = {}) {
  Rcpp::unwindProtect([&] {
    const SEXP name = PROTECT(Rf_mkString("nnconv"));
    const SEXP nnconv = PROTECT(R_FindNamespace(name));
    SEXP call = PROTECT(Rf_allocVector(LANGSXP, static_cast<R_xlen_t>(arguments.size()) + 1));
    SETCAR(call, Rf_install(function));
    SEXP place = call;
    for (const SEXP argument : arguments) {  // as they are, even if they are calls themselves
      place = CDR(place);
      SETCAR(place, Rf_lang2(R_QuoteSymbol, argument));
    }
    Rf_eval(call, nnconv);
    UNPROTECT(3);
    return R_NilValue;
  });
  throw std::logic_error("it has not refused");
}

// Runs `body`, which may need scratch memory; where it finds none, R refuses.
template <class Body>
void with_scratch(const Body& body) {
  try {
    return body();
  } catch (const std::bad_alloc&) {
  }
  refuse_in_r("refuse_scratch");
}

}  // namespace nnconv
