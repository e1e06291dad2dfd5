// R's way to rectify.h: unwrap, run, wrap.
#include <Rcpp.h>

#include "memory.h"
#include "rectify.h"

// The result has the attributes of `values`, which is as long as x.
// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector r_rectify(const Rcpp::NumericVector& x, double slope,
                              const Rcpp::NumericVector& values) {
  Rcpp::NumericVector result(Rcpp::no_init(values.size()));
  nnconv::advise_large_pages(result.begin(),
                             sizeof(double) * static_cast<std::size_t>(result.size()));
  nnconv::rectify(x.begin(), slope, values.begin(), values.size(), result.begin());
  DUPLICATE_ATTRIB(result, values);
  return result;
}
