// R calls losses.h here: unwrap, run, wrap.
#include <numeric>

#include "elementwise/losses.h"
#include "r_call.h"
#include "r_unwrap.h"
#include "system/list.h"

namespace {

using nnconv::Index;

// Adds up part(first, last) over parts of 0 .. length - 1, which several threads compute, in their
// order.
template <class Part>
double sum_by_parts(Index length, const Part& part) {
  nnconv::List<double> sums;
  sums.assign(nnconv::divide_up(length, nnconv::part_length), 0);
  nnconv::for_parts(length, nnconv::until_interrupted(), [&](Index first, Index last) {
    sums[first / nnconv::part_length] = part(first, last);
  });
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

// Calls body(Loss()) for the loss of elements with this name.
template <class Body>
auto with_loss(const std::string& name, const Body& body) {
  if (name == "mse") return body(nnconv::SquaredError());
  if (name == "l1") return body(nnconv::AbsoluteError());
  return body(nnconv::LogisticLoss());
}

// Scores (N, C, ...) as sites: N images times the cells of an image.
struct Sites {
  Index images, channels, count;
  const double *scores, *targets;
  bool by_class;  // else targets are probabilities

  Index place(Index site) const { return site % images + site / images * images * channels; }
  nnconv::Scores scores_at(Index site) const { return {scores + place(site), channels, images}; }
  const double* target_at(Index site) const { return targets + (by_class ? site : place(site)); }
};

Sites sites_of(SEXP output, SEXP target, bool by_class) {
  const int* const dim = INTEGER(Rf_getAttrib(output, R_DimSymbol));
  const Index channels = dim[1];
  const Index count = channels == 0 ? 0 : Rf_xlength(output) / channels;
  return {dim[0],  channels, count, nnconv::numbers_of(output), nnconv::numbers_of(target),
          by_class};
}

// Calls body(Target()) for the kind of targets.
template <class Body>
auto with_target(bool by_class, const Body& body) {
  return by_class ? body(nnconv::ClassTarget()) : body(nnconv::ProbabilityTarget());
}

}  // namespace

// The sum of the loss over all elements; `target` is as long as `output`.
// [[Rcpp::export(rng = false)]]
double r_loss(const std::string& name, SEXP output, SEXP target) {
  const double* const y = nnconv::numbers_of(output);
  const double* const t = nnconv::numbers_of(target);
  return with_loss(name, [&](auto loss) {
    return sum_by_parts(Rf_xlength(output), [&](Index first, Index last) {
      double sum = 0;
      for (Index i = first; i < last; ++i) sum += loss.value(y[i], t[i]);
      return sum;
    });
  });
}

// `scale` times the gradient of this sum.
// [[Rcpp::export(rng = false)]]
SEXP r_loss_gradient(const std::string& name, SEXP output, SEXP target, double scale) {
  const double* const y = nnconv::numbers_of(output);
  const double* const t = nnconv::numbers_of(target);
  const Rcpp::Shield<SEXP> result(nnconv::allocate_like(output));
  double* const to = REAL(result);
  with_loss(name, [&](auto loss) {
    nnconv::for_parts(Rf_xlength(output), nnconv::until_interrupted(),
                      [&](Index first, Index last) {
                        for (Index i = first; i < last; ++i)
                          to[i] = scale * loss.derivative(y[i], t[i]);
                      });
  });
  return result;
}

// Are these whole numbers from 1 to `most`?
// [[Rcpp::export(rng = false)]]
bool r_are_classes(SEXP target, double most) {
  const double* const t = nnconv::numbers_of(target);
  const R_xlen_t length = Rf_xlength(target);
  return std::all_of(t, t + length, [most](double value) {
    return value >= 1 && value <= most && value == std::floor(value);
  });
}

// The sum of the cross entropy over all sites of `output`, an array (N, C, ...). `target` has the
// class of each site or the probabilities of all.
// [[Rcpp::export(rng = false)]]
double r_cross_entropy(SEXP output, SEXP target, bool by_class) {
  const Sites sites = sites_of(output, target, by_class);
  return with_target(by_class, [&](auto kind) {
    return sum_by_parts(sites.count, [&](Index first, Index last) {
      double sum = 0;
      for (Index i = first; i < last; ++i) {
        sum += kind.value(sites.scores_at(i), sites.target_at(i), sites.images);
      }
      return sum;
    });
  });
}

// `scale` times the gradient of this sum.
// [[Rcpp::export(rng = false)]]
SEXP r_cross_entropy_gradient(SEXP output, SEXP target, bool by_class, double scale) {
  const Sites sites = sites_of(output, target, by_class);
  const Rcpp::Shield<SEXP> result(nnconv::allocate_like(output));
  double* const to = REAL(result);
  with_target(by_class, [&](auto kind) {
    nnconv::for_parts(sites.count, nnconv::until_interrupted(), [&](Index first, Index last) {
      for (Index i = first; i < last; ++i) {
        kind.gradient(sites.scores_at(i), sites.target_at(i), sites.images, scale,
                      to + sites.place(i));
      }
    });
  });
  return result;
}
