// R takes the links of runs.h from here, for pictures and matrices of layers.
#include "geometry/runs.h"
#include "r_unwrap.h"

using nnconv::Index;

namespace {

// The links of one axis as three columns, all counted from 1.
Rcpp::List as_columns(const std::vector<nnconv::Run>& runs) {
  R_xlen_t count = 0;
  for (const nnconv::Run& run : runs) {
    count += static_cast<R_xlen_t>(run.count * run.links.size());
  }
  Rcpp::IntegerVector input(count), tap(count), output(count);
  R_xlen_t at = 0;
  for (const nnconv::Run& run : runs) {
    for (Index t = 0; t < run.count; ++t) {
      for (const nnconv::Link& link : run.links) {
        input[at] = static_cast<int>(link.source + t * run.source_step + 1);
        tap[at] = static_cast<int>(link.tap + 1);
        output[at] = static_cast<int>(run.first + t * run.step + 1);
        ++at;
      }
    }
  }
  return Rcpp::List::create(Rcpp::Named("input") = input, Rcpp::Named("tap") = tap,
                            Rcpp::Named("output") = output);
}

}  // namespace

// The links that a layer's kernels sum over, for sizes (H, W) that R has found to be small.
// [[Rcpp::export(rng = false)]]
Rcpp::List r_links(SEXP config, SEXP large, SEXP small) {
  nnconv::Layer layer = nnconv::as_layer(config);
  Rcpp::List links(2);
  for (R_xlen_t i = 0; i < 2; ++i) {
    nnconv::Axis& axis = layer.axes[static_cast<std::size_t>(i)];
    axis.large = nnconv::as_index(REAL(large)[i]);
    axis.small = nnconv::as_index(REAL(small)[i]);
    links[i] = as_columns(layer.is_correlate ? nnconv::correlate_reach(axis, 1)
                                             : nnconv::scatter_reach(axis));
  }
  return links;
}
