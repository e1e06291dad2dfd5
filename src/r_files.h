// Files: what readers and writers of all formats have at the boundary to R. A problem with a file
// is returned as a list with `problem` and, if it has a place, the byte `at`; R turns it into an
// error.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "files/file.h"
#include "files/number_types.h"
#include "r_call.h"

namespace nnconv {

// The path in the system's bytes, into which R has translated it.
inline std::string path_of(SEXP path) {
  return CHAR(STRING_ELT(path, 0));
}

inline std::unique_ptr<ByteSource> open_source(SEXP file) {
  if (TYPEOF(file) != RAWSXP) return std::make_unique<InputFile>(path_of(file));
  return std::make_unique<MemorySource>(static_cast<const Byte*>(memory_of(file)),
                                        static_cast<std::size_t>(Rf_xlength(file)));
}

inline Rcpp::String as_text(const std::string& text) {
  return Rcpp::String(text, CE_UTF8);
}

// Runs f(), and turns its FileErrors into lists.
template <class F>
SEXP or_problem(F f) {
  try {
    return f();
  } catch (const FormatError& error) {
    return Rcpp::List::create(Rcpp::Named("problem") = as_text(error.what()),
                              Rcpp::Named("at") = static_cast<double>(error.at));
  } catch (const KindError& error) {
    return Rcpp::List::create(Rcpp::Named("problem") = as_text(error.what()));
  } catch (const FileError& error) {  // with the system's words
    return Rcpp::List::create(Rcpp::Named("problem") = Rcpp::String(error.what(), CE_NATIVE));
  }
}

template <class Extent>
std::vector<Extent> extents_of(const Rcpp::NumericVector& shape) {
  std::vector<Extent> extents;
  for (const double extent : shape) extents.push_back(static_cast<Extent>(extent));
  return extents;
}

// A new array that read(its numbers) fills, which returns whether they are exact; NULL if they are
// not, unless `lossy`.
template <class T, class Read>
SEXP new_array(unsigned r_type, T* (*numbers_in)(SEXP), const Rcpp::NumericVector& shape,
               bool lossy, Read read) {
  double count = 1;
  for (const double extent : shape) count *= extent;
  Rcpp::Shield<SEXP> result(
      Rcpp::unwindProtect([=] { return Rf_allocVector(r_type, static_cast<R_xlen_t>(count)); }));
  if (shape.size() > 0) {
    Rf_setAttrib(result, R_DimSymbol, Rcpp::Shield<SEXP>(Rcpp::IntegerVector(shape)));
  }
  T* values = numbers_in(result);
  advise_large_pages(values, sizeof(T) * static_cast<std::size_t>(count));
  return read(values) || lossy ? static_cast<SEXP>(result) : R_NilValue;
}

// The same, of the type that R has for such numbers.
template <class Read>
SEXP new_array(Numbers numbers, const Rcpp::NumericVector& shape, bool lossy, Read read) {
  if (numbers == Numbers::boolean) return new_array<int>(LGLSXP, LOGICAL, shape, false, read);
  return new_array<double>(REALSXP, REAL, shape, lossy, read);
}

}  // namespace nnconv
