// R calls the folder network/ here: unwraps the states of a chain, runs what the core can, wraps
// the result.
#include "network/network.h"
#include "r_call.h"
#include "r_steps.h"

using nnconv::Index;
using nnconv::Network;
using nnconv::Shape;

namespace {

// The shape of an array of doubles; false if it is none, or has more axes than steps know.
bool find_shape(SEXP x, Shape& shape) {
  const SEXP dim = Rf_getAttrib(x, R_DimSymbol);
  if (TYPEOF(x) != REALSXP || TYPEOF(dim) != INTSXP) return false;
  const R_xlen_t rank = Rf_xlength(dim);
  if (rank > Shape::most_axes) return false;
  shape.rank = static_cast<int>(rank);
  for (int i = 0; i < shape.rank; ++i) shape.extents[std::size_t(i)] = INTEGER(dim)[i];
  return true;
}

SEXP dim_of(const Shape& shape) {
  return Rcpp::IntegerVector(shape.extents.begin(), shape.extents.begin() + shape.rank);
}

void give(Network& network, Index value, SEXP x) {
  Shape shape;
  if (find_shape(x, shape)) network.give(value, shape, nnconv::numbers_of(x));
}

// The number of a value that step i reads besides the one before, or a negative number.
Index other_of(SEXP joined, SEXP sized, Index i) {
  const int join = INTEGER(joined)[i], size = INTEGER(sized)[i];
  return join != NA_INTEGER ? join : size != NA_INTEGER ? size : -1;
}

// The last value up to which no later step reads what the network makes and does not return.
Index last_whole(SEXP joined, SEXP sized, Index first, Index end) {
  for (Index i = Rf_xlength(joined) - 1; i >= end; --i) {
    const Index other = other_of(joined, sized, i);
    if (other > first && other < end) {
      end = other;
      i = Rf_xlength(joined);
    }
  }
  return end;
}

}  // namespace

// Runs as many steps after the first `first` ones as the core can. Returns NULL if there are none,
// the number of bytes if they need more than `most_bytes`, or a list of the number of the value
// that is then made, and this value. `input` is the value before these steps; `earlier` are other
// values, named by their numbers. All are plain arrays.
// [[Rcpp::export(rng = false)]]
SEXP r_network(SEXP states, SEXP joined, SEXP sized, int axes, int first, SEXP input,
               const Rcpp::List& earlier, double most_bytes) {
  const Index last = Rf_xlength(states);
  nnconv::Held held;
  Network network(first, last);
  give(network, first, input);
  if (earlier.size() > 0) {
    const Rcpp::CharacterVector numbers = earlier.names();
    for (R_xlen_t i = 0; i < earlier.size(); ++i) {
      give(network, std::atoi(numbers[i]), earlier[i]);
    }
  }
  for (Index i = first; i < last; ++i) {
    std::unique_ptr<nnconv::Step> step = nnconv::read_step(VECTOR_ELT(states, i), axes, held);
    if (!step || !network.add(std::move(step), other_of(joined, sized, i))) break;
  }
  network.cut(last_whole(joined, sized, first, network.end()));
  if (network.end() == first) return R_NilValue;
  try {
    network.plan();
    const double count = network.result_shape().count();
    const double bytes = network.bytes() + sizeof(double) * count;
    if (bytes > most_bytes) return Rf_ScalarReal(bytes);
    const double end = static_cast<double>(network.end());
    if (network.given_result()) return Rcpp::List::create(end, input);
    const Rcpp::Shield<SEXP> dim(dim_of(network.result_shape()));
    const Rcpp::Shield<SEXP> result(nnconv::allocate(count, dim));
    network.run(REAL(result), nnconv::until_interrupted());
    return Rcpp::List::create(end, static_cast<SEXP>(result));
  } catch (const std::bad_alloc&) {
    return R_NilValue;  // step by step, R needs less, or refuses by name
  }
}
