// Kept weights: the arrays that calls have seen.
//
// An array that is seen a second time with the same numbers goes into a list of R's. While it is
// there, R counts one reference more than the others have and copies the array before it changes
// it, and no other one comes to its address. So its numbers stay, and it has an identity. It leaves
// the list once none of its packed weights are kept any more, or if R counts no other reference;
// those of environments that R has collected still count.
// Code in C that changes arrays in place in spite of references is beyond R's rules; a few numbers
// of each array are compared all the same.
#include "r_kept_weights.h"

#include <array>
#include <cstring>

#include "r_call.h"

namespace nnconv {
namespace {

constexpr std::size_t most_known = 64, some = 16;

using SomeNumbers = std::array<double, some>;

SomeNumbers some_of(SEXP weight) {
  const double* const numbers = REAL_RO(weight);
  const R_xlen_t last = Rf_xlength(weight) - 1;
  SomeNumbers picked;
  for (std::size_t i = 0; i < some; ++i) {
    const double place = static_cast<double>(last) * static_cast<double>(i) / (some - 1);
    picked[i] = numbers[static_cast<R_xlen_t>(place)];
  }
  return picked;
}

bool are_same(const SomeNumbers& a, const SomeNumbers& b) {
  return std::memcmp(a.data(), b.data(), sizeof(a)) == 0;
}

// An array that has been seen, and its identity if it is in the list.
struct Known {
  SEXP address = nullptr;
  WeightsId id = 0;
  SomeNumbers numbers = {};
};

std::array<Known, most_known> known;
SEXP held = nullptr;  // the list
std::size_t oldest = 0;
WeightsId last_id = 0;

R_xlen_t place_in_list(const Known& one) {
  return static_cast<R_xlen_t>(&one - known.data());
}

void drop(Known& one) {
  if (one.id != 0) {
    forget_weights(one.id);
    SET_VECTOR_ELT(held, place_in_list(one), R_NilValue);
  }
  one = {};
}

// Finds an array that has been seen. Drops those that only the list refers to.
Known* known_of(SEXP weight) {
  Known* found = nullptr;
  for (Known& one : known) {
    if (one.address == weight) {
      found = &one;
    } else if (one.id != 0 && !MAYBE_SHARED(one.address)) {
      drop(one);
    }
  }
  return found;
}

void identify(Known& one) {
  for (Known& other : known) {
    if (other.id != 0 && !is_any_kept(other.id)) drop(other);
  }
  if (!held) {
    held = Rcpp::unwindProtect([] {
      const SEXP list = Rf_allocVector(VECSXP, most_known);
      R_PreserveObject(list);
      return list;
    });
  }
  SET_VECTOR_ELT(held, place_in_list(one), one.address);
  one.id = ++last_id;
}

// R refuses an option that is not TRUE or FALSE.
bool may_be_kept() {
  static const SEXP option = Rf_install("nnconv.keep_weights");
  const SEXP value = Rf_GetOption1(option);
  if (value == R_NilValue) return true;
  const bool is_flag = TYPEOF(value) == LGLSXP && Rf_xlength(value) == 1 && !Rf_isObject(value) &&
                       LOGICAL_RO(value)[0] != NA_LOGICAL;
  if (!is_flag) refuse_in_r("keeps_weights");
  return LOGICAL_RO(value)[0] != FALSE;
}

}  // namespace

WeightsId id_of_weights(SEXP weight, Sighting sighting) {
  if (!may_be_kept()) {
    forget_known_weights();
    return 0;
  }
  if (ALTREP(weight)) return 0;
  Known* const before = known_of(weight);
  if (!before && sighting == Sighting::looked_for) return 0;
  const SomeNumbers numbers = some_of(weight);
  if (!before) {
    drop(known[oldest]);
    known[oldest] = {weight, 0, numbers};
    oldest = (oldest + 1) % known.size();
    return 0;
  }
  if (!are_same(before->numbers, numbers)) {
    drop(*before);
    *before = {weight, 0, numbers};
  } else if (before->id == 0 && sighting == Sighting::counted) {
    identify(*before);
  }
  return before->id;
}

void forget_known_weights() {
  for (Known& one : known) drop(one);
  if (held) R_ReleaseObject(held);
  held = nullptr;
  forget_weights();
}

}  // namespace nnconv

// The bytes of packed weights that are kept.
// [[Rcpp::export(rng = false)]]
double r_kept_bytes() {
  return static_cast<double>(nnconv::kept_bytes());
}

// [[Rcpp::export(rng = false)]]
void r_forget_weights() {
  nnconv::forget_known_weights();
}
