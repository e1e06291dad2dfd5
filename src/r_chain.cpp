// Chain: the order of the steps, and the shapes of R's arrays.
#include "r_chain.h"

#include <utility>

#include "r_call.h"

namespace nnconv {
namespace {

bool find_shape(SEXP x, Shape& shape) {
  const SEXP dim = Rf_getAttrib(x, R_DimSymbol);
  if (TYPEOF(x) != REALSXP || TYPEOF(dim) != INTSXP) return false;
  const R_xlen_t rank = Rf_xlength(dim);
  if (rank > Shape::most_axes) return false;
  shape.rank = static_cast<int>(rank);
  for (int i = 0; i < shape.rank; ++i) shape.extents[std::size_t(i)] = INTEGER(dim)[i];
  return true;
}

}  // namespace

Index Chain::other(Index i) const {
  const int join = INTEGER(joined)[i], size = INTEGER(sized)[i];
  return join != NA_INTEGER ? join : size != NA_INTEGER ? size : -1;
}

Index Chain::last_whole(Index first, Index end) const {
  for (Index i = count() - 1; i >= end; --i) {
    const Index read = other(i);
    if (read > first && read < end) {
      end = read;
      i = count();
    }
  }
  return end;
}

void Chain::add_to(Network& network, Index first, Held& held) const {
  for (Index i = first; i < count(); ++i) {
    std::unique_ptr<Step> step = read_step(VECTOR_ELT(states, i), axes, held);
    if (!step || !network.add(std::move(step), other(i))) return;
  }
}

void give(Network& network, Index value, SEXP x) {
  Shape shape;
  if (find_shape(x, shape)) network.give(value, shape, numbers_of(x));
}

bool has_shape(SEXP x, const Shape& shape) {
  Shape own;
  return find_shape(x, own) && own == shape;
}

SEXP moments_of(const Network& network, Index first) {
  Rcpp::List all;
  for (Index i = 0; i < network.count(); ++i) {
    const std::optional<BatchMoments> found = network.step(i).moments();
    if (!found) continue;
    using Rcpp::Named;
    const Rcpp::NumericVector mean(found->mean, found->mean + found->channels);
    const Rcpp::NumericVector squares(found->squares, found->squares + found->channels);
    all.push_back(Rcpp::List::create(Named("step") = static_cast<double>(first + i + 1),
                                     Named("mean") = mean, Named("squares") = squares,
                                     Named("count") = static_cast<double>(found->count)));
  }
  if (all.size() == 0) return R_NilValue;
  return all;
}

SEXP allocate(const Shape& shape) {
  return allocate(shape.extents.data(), shape.extents.data() + shape.rank);
}

}  // namespace nnconv
