// R calls the folder network/ here: unwraps a chain, runs what the core can, wraps the result.
//
// Both functions return NULL where the core does not run the steps, and R runs them one by one; a
// number where a call needs more bytes than `most_bytes`; and otherwise a list.
#include "network/network.h"
#include "network/way_back.h"
#include "r_call.h"
#include "r_chain.h"

using nnconv::Index;
using nnconv::Network;
using nnconv::WayBack;

namespace {

// Runs `body`; where it finds no memory, R needs less step by step, or refuses by name.
template <class Body>
SEXP or_null(const Body& body) {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return R_NilValue;
  }
}

// The elements of a logical vector, in this order.
struct AskedFor {
  bool output, input, weight, bias;

  explicit AskedFor(SEXP flags)
      : output(LOGICAL(flags)[0] == TRUE),
        input(LOGICAL(flags)[1] == TRUE),
        weight(LOGICAL(flags)[2] == TRUE),
        bias(LOGICAL(flags)[3] == TRUE) {}
};

// The gradients of the parameters that a call asks for, a list for each step.
class ParameterGradients {
 public:
  ParameterGradients(const WayBack& way, const nnconv::Chain& chain, nnconv::Held& held)
      : lists_(Rf_allocVector(VECSXP, chain.count())) {
    for (Index i = 0; i < chain.count(); ++i) {
      const SEXP state = VECTOR_ELT(chain.states, i);
      const auto find = [&](bool is_wanted, const char* name) {
        if (is_wanted) found_.push_back({i, name, nnconv::field_of_state(state, name, held)});
      };
      find(way.wants_weight(i), "weight");
      find(way.wants_bias(i), "bias");
    }
    numbers_.assign(chain.count(), {nullptr, nullptr});
  }

  double count() const {
    double count = 0;
    for (const Found& one : found_) count += static_cast<double>(Rf_xlength(one.value));
    return count;
  }

  // Makes the arrays, of the shapes of the parameters.
  void allocate() {
    for (const Found& one : found_) {
      const SEXP dim = Rf_getAttrib(one.value, R_DimSymbol);
      const Rcpp::Shield<SEXP> gradient(
          nnconv::allocate(static_cast<double>(Rf_xlength(one.value)), dim));
      const SEXP before = VECTOR_ELT(lists_, one.step);
      Rcpp::List list = Rf_isNull(before) ? Rcpp::List() : Rcpp::List(before);
      list.push_back(static_cast<SEXP>(gradient), one.name);
      SET_VECTOR_ELT(lists_, one.step, list);
      auto& to = numbers_[one.step];
      (one.name[0] == 'w' ? to.weight : to.bias) = REAL(gradient);
    }
  }

  SEXP lists() const { return lists_; }
  const nnconv::List<WayBack::OfParameters>& numbers() const { return numbers_; }

 private:
  struct Found {
    Index step;
    const char* name;
    SEXP value;
  };

  Rcpp::Shield<SEXP> lists_;
  nnconv::List<Found> found_;
  nnconv::List<WayBack::OfParameters> numbers_;
};

// The gradient of the result: an array, or what a function makes of the result.
SEXP gradient_of(SEXP gradient, SEXP result) {
  if (TYPEOF(gradient) != CLOSXP) return gradient;
  MARK_NOT_MUTABLE(result);
  return Rcpp::unwindProtect([&] {
    const SEXP call = PROTECT(Rf_lang2(gradient, result));
    const SEXP value = Rf_eval(call, R_BaseEnv);
    UNPROTECT(1);
    return value;
  });
}

}  // namespace

// Runs as many steps after the first `first` ones as the core can, and returns the number of the
// value that is then made, this value, and the moments of batches. `input` is the value before
// these steps; `earlier` are other values, named by their numbers. All are plain arrays.
// [[Rcpp::export(rng = false)]]
SEXP r_network(SEXP states, SEXP joined, SEXP sized, int axes, int first, SEXP input,
               const Rcpp::List& earlier, double most_bytes) {
  const nnconv::Chain chain = {states, joined, sized, axes};
  nnconv::Held held;
  Network network(first, chain.count());
  give(network, first, input);
  if (earlier.size() > 0) {
    const Rcpp::CharacterVector numbers = earlier.names();
    for (R_xlen_t i = 0; i < earlier.size(); ++i) {
      give(network, std::atoi(numbers[i]), earlier[i]);
    }
  }
  chain.add_to(network, first, held);
  network.cut(chain.last_whole(first, network.end()));
  if (network.end() == first) return R_NilValue;
  return or_null([&]() -> SEXP {
    network.plan();
    const double bytes = network.bytes() + sizeof(double) * network.result_shape().count();
    if (bytes > most_bytes) return Rf_ScalarReal(bytes);
    const auto end = static_cast<double>(network.end());
    if (network.given_result()) return Rcpp::List::create(end, input, R_NilValue);
    const Rcpp::Shield<SEXP> result(nnconv::allocate(network.result_shape()));
    network.run(REAL(result), nnconv::until_interrupted());
    const Rcpp::Shield<SEXP> moments(nnconv::moments_of(network, first));
    return Rcpp::List::create(end, static_cast<SEXP>(result), static_cast<SEXP>(moments));
  });
}

// Computes the gradients of a whole chain: a list of the result, the gradient of the input, a list
// of the gradients of each step's parameters, and the moments of batches, as far as the flags ask
// for them (the result, the input's, weights', biases'). `gradient` is an array, or a closure that
// makes one of the result or returns NULL, after which this returns NULL.
// [[Rcpp::export(rng = false)]]
SEXP r_network_backward(SEXP states, SEXP joined, SEXP sized, int axes, SEXP input, SEXP gradient,
                        SEXP flags, double most_bytes) {
  const nnconv::Chain chain = {states, joined, sized, axes};
  const AskedFor asked(flags);
  nnconv::Held held;
  Network network(0, chain.count());
  give(network, 0, input);
  chain.add_to(network, 0, held);
  const bool is_function = TYPEOF(gradient) == CLOSXP;
  if (network.end() != chain.count() ||
      !(is_function || has_shape(gradient, network.result_shape()))) {
    return R_NilValue;
  }
  return or_null([&]() -> SEXP {
    const bool returns = asked.output || is_function;
    WayBack way(network, {asked.input, asked.weight, asked.bias}, returns);
    ParameterGradients of_parameters(way, chain, held);
    const double elements = of_parameters.count() + (asked.input ? network.shape(0).count() : 0) +
                            (returns ? network.result_shape().count() : 0);
    const double bytes = way.bytes() + sizeof(double) * elements;
    if (bytes > most_bytes) return Rf_ScalarReal(bytes);
    Rcpp::List made(4);
    double* result = nullptr;
    if (returns && !network.given_result()) {
      made[0] = nnconv::allocate(network.result_shape());
      result = REAL(VECTOR_ELT(made, 0));
    } else if (returns) {
      made[0] = input;
    }
    const nnconv::Checkpoint checkpoint = nnconv::until_interrupted();
    way.run_forth(result, checkpoint);
    const Rcpp::Shield<SEXP> of_result(gradient_of(gradient, VECTOR_ELT(made, 0)));
    if (!has_shape(of_result, network.result_shape())) return R_NilValue;
    if (asked.input) made[1] = nnconv::allocate(network.shape(0));
    of_parameters.allocate();
    made[2] = of_parameters.lists();
    way.run_back(nnconv::numbers_of(of_result), asked.input ? REAL(VECTOR_ELT(made, 1)) : nullptr,
                 of_parameters.numbers(), checkpoint);
    made[3] = nnconv::moments_of(network, 0);
    if (!asked.output) made[0] = R_NilValue;
    return made;
  });
}
