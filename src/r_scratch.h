// Scratch memory that cannot be had is a refusal in R, like any other.
#pragma once

#include <Rcpp.h>

#include <new>

namespace nnconv {

// Runs `body`, which may need scratch memory; where it finds none, R refuses.
template <class Body>
void with_scratch(const Body& body) {
  try {
    return body();
  } catch (const std::bad_alloc&) {
  }
  Rcpp::unwindProtect([] {
    const SEXP name = PROTECT(Rf_mkString("nnconv"));
    const SEXP nnconv = PROTECT(R_FindNamespace(name));
    const SEXP call = PROTECT(Rf_lang1(Rf_install("refuse_scratch")));
    Rf_eval(call, nnconv);
    UNPROTECT(3);
    return R_NilValue;
  });
}

}  // namespace nnconv
