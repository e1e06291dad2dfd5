// R calls optimizers.h here: unwrap, run, wrap.
//
// The state of an optimizer is a list of its settings and averages, which R/optimizer.R describes;
// `steps` counts the steps before this one.
#include <functional>
#include <vector>

#include "elementwise/optimizers.h"
#include "r_call.h"
#include "r_unwrap.h"

namespace {

using nnconv::ArraysAfter;
using nnconv::ArraysBefore;
using nnconv::Index;

struct Optimizer {
  double steps;                       // with this one
  std::vector<const char*> averages;  // their names in the state
  std::function<void(const ArraysBefore&, Index, Index, const ArraysAfter&)> step;
};

double number_of(const Rcpp::List& state, const char* name) {
  return *nnconv::doubles_of(state[name], name, 1);
}

Optimizer sgd_of(const Rcpp::List& state, double steps, double lr) {
  const nnconv::Sgd step = {lr, number_of(state, "momentum"), number_of(state, "dampening"),
                            number_of(state, "weight_decay"), number_of(state, "nesterov") != 0};
  if (step.momentum == 0) return {steps, {}, step};
  return {steps, {"velocity"}, step};
}

Optimizer adam_of(const Rcpp::List& state, double steps, double lr) {
  const double* const betas = nnconv::doubles_of(state["betas"], "betas", 2);
  nnconv::Adam step = {lr,
                       {betas[0], betas[1]},
                       number_of(state, "eps"),
                       number_of(state, "weight_decay"),
                       number_of(state, "decoupled") != 0,
                       {}};
  for (int i = 0; i < 2; ++i) step.corrected[i] = 1 - std::pow(step.beta[i], steps);
  return {steps, {"mean", "square"}, step};
}

Optimizer optimizer_of(const Rcpp::List& state, double lr) {
  const double steps = number_of(state, "steps") + 1;
  return (state.containsElementNamed("momentum") ? sgd_of : adam_of)(state, steps, lr);
}

// Is this memory that nothing else refers to?
bool is_own(SEXP x) {
  return !ALTREP(x) && !MAYBE_SHARED(x);
}

// Makes an element like `values`. It is no result of unwindProtect(), which R would count as
// something that refers to it.
void allocate_element(SEXP list, R_xlen_t i, SEXP values) {
  Rcpp::unwindProtect([=] {
    SET_VECTOR_ELT(list, i, Rf_allocVector(REALSXP, Rf_xlength(values)));
    DUPLICATE_ATTRIB(VECTOR_ELT(list, i), values);
    return R_NilValue;
  });
}

// The averages of one kind, such as "mean": a list of arrays in the optimizer's environment. They
// are written where they are, unless something else refers to them too.
class Averages {
 public:
  // Before the first step there are none.
  Averages(const Rcpp::Environment& home, const char* name, R_xlen_t count, bool is_first)
      : home_(home), name_(name), fresh_(count) {
    if (!is_first) {
      before_ = home.get(name);
      if (TYPEOF(before_) != VECSXP || Rf_xlength(before_) != count) {
        const Rcpp::CharacterVector argument(name);
        nnconv::refuse_in_r("refuse_changed", {argument, before_, Rcpp::NumericVector(0)});
      }
      if (is_own(before_)) return;
    }
    fresh_list_ = Rcpp::List(count);
  }

  // Null before the first step.
  const double* read(R_xlen_t i, R_xlen_t length) const {
    if (before_ == R_NilValue) return nullptr;
    return nnconv::doubles_of(VECTOR_ELT(before_, i), name_, length);
  }

  double* write(R_xlen_t i, SEXP parameters) {
    if (fresh_list_.size() == 0 && is_own(VECTOR_ELT(before_, i))) {
      return REAL(VECTOR_ELT(before_, i));
    }
    allocate_element(fresh_, i, parameters);
    return REAL(VECTOR_ELT(fresh_, i));
  }

  void keep() {
    const SEXP list = fresh_list_.size() == 0 ? before_ : static_cast<SEXP>(fresh_list_);
    for (R_xlen_t i = 0; i < fresh_.size(); ++i) {
      if (!Rf_isNull(VECTOR_ELT(fresh_, i))) move_element(fresh_, i, list);
    }
    if (list != before_) home_.assign(name_, list);
  }

  // So that the list no longer counts as something that refers to the element.
  static void move_element(SEXP from, R_xlen_t i, SEXP to) {
    SET_VECTOR_ELT(to, i, VECTOR_ELT(from, i));
    SET_VECTOR_ELT(from, i, R_NilValue);
  }

 private:
  Rcpp::Environment home_;
  const char* name_;
  SEXP before_ = R_NilValue;
  Rcpp::List fresh_, fresh_list_;
};

}  // namespace

// A step of one vector. Returns the state after it: a list with `steps`, the averages and the new
// `parameters`, which keep their attributes.
// [[Rcpp::export(rng = false)]]
Rcpp::List r_optimizer_step(SEXP parameters, SEXP gradient, const Rcpp::List& state, double lr) {
  const R_xlen_t count = Rf_xlength(parameters);
  const Optimizer optimizer = optimizer_of(state, lr);
  const Rcpp::Shield<SEXP> next(nnconv::allocate(static_cast<double>(count)));
  ArraysBefore in = {
      nnconv::numbers_of(parameters), nnconv::doubles_of(gradient, "gradient", count), {}};
  ArraysAfter out = {REAL(next), {}};
  Rcpp::List after = Rcpp::List::create(Rcpp::Named("parameters") = static_cast<SEXP>(next),
                                        Rcpp::Named("steps") = optimizer.steps);
  for (std::size_t i = 0; i < optimizer.averages.size(); ++i) {
    const char* const name = optimizer.averages[i];
    if (optimizer.steps > 1) in.averages[i] = nnconv::doubles_of(state[name], name, count);
    const Rcpp::Shield<SEXP> average(nnconv::allocate(static_cast<double>(count)));
    out.averages[i] = REAL(average);
    after.push_back(static_cast<SEXP>(average), name);
  }
  nnconv::for_parts(count, nnconv::until_interrupted(),
                    [&](Index first, Index last) { optimizer.step(in, first, last, out); });
  Rcpp::unwindProtect([&] {
    DUPLICATE_ATTRIB(next, parameters);
    return R_NilValue;
  });
  return after;
}

// A step of a module's arrays: those with these names in the environments `owners`. Each gets a new
// array; averages and `steps` are set in `home`, the optimizer's environment. All of it happens or
// nothing: what can fail comes first. `settings` is the state without averages.
// [[Rcpp::export(rng = false)]]
void r_optimizer_step_module(const Rcpp::List& owners, const Rcpp::CharacterVector& names,
                             const Rcpp::List& gradients, const Rcpp::Environment& home,
                             const Rcpp::List& settings, double lr) {
  const R_xlen_t count = owners.size();
  const Optimizer optimizer = optimizer_of(settings, lr);
  std::vector<Averages> averages;
  for (const char* name : optimizer.averages) {
    averages.emplace_back(home, name, count, optimizer.steps == 1);
  }
  Rcpp::List next(count);
  std::vector<ArraysBefore> in(static_cast<std::size_t>(count));
  std::vector<ArraysAfter> out(in.size());
  for (R_xlen_t i = 0; i < count; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const char* const name = names[i];
    const R_xlen_t length = Rf_xlength(gradients[i]);
    const SEXP parameters = Rcpp::Environment(static_cast<SEXP>(owners[i])).get(name);
    in[at].parameters = nnconv::doubles_of(parameters, name, length);
    in[at].gradient = nnconv::doubles_of(gradients[i], "gradients", length);
    allocate_element(next, i, parameters);
    out[at].parameters = REAL(VECTOR_ELT(next, i));
    for (std::size_t k = 0; k < averages.size(); ++k) {
      in[at].averages[k] = averages[k].read(i, length);
      out[at].averages[k] = averages[k].write(i, parameters);
    }
  }
  const Rcpp::NumericVector steps = Rcpp::NumericVector::create(optimizer.steps);
  // Not to be interrupted: the averages may be written where they are.
  for (R_xlen_t i = 0; i < count; ++i) {
    const auto at = static_cast<std::size_t>(i);
    nnconv::for_parts(Rf_xlength(gradients[i]), {}, [&](Index first, Index last) {
      optimizer.step(in[at], first, last, out[at]);
    });
  }
  for (R_xlen_t i = 0; i < count; ++i) {
    Rcpp::Environment owner(static_cast<SEXP>(owners[i]));
    owner.assign(std::string(names[i]), static_cast<SEXP>(next[i]));
  }
  for (Averages& each : averages) each.keep();
  Rcpp::Environment(home).assign("steps", static_cast<SEXP>(steps));
}
