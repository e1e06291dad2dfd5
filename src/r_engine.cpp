// R chooses instruction set and threads here.
#include <Rcpp.h>

#include "kernels/dispatch.h"
#include "r_call.h"
#include "r_kept_weights.h"
#include "system/eigen.h"
#include "system/thread_pool.h"
#include "system/threads.h"

// [[Rcpp::export(rng = false)]]
Rcpp::CharacterVector r_available_simd() {
  return Rcpp::wrap(nnconv::available_simd());
}

// [[Rcpp::export(rng = false)]]
std::string r_current_simd() {
  return nnconv::current_simd();
}

// [[Rcpp::export(rng = false)]]
bool r_choose_simd(const std::string& name) {
  return nnconv::choose_simd(name);
}

// The instruction set that the last call of a layer ran with, or "".
// [[Rcpp::export(rng = false)]]
std::string r_last_simd() {
  return nnconv::last_simd();
}

// For long work in R's own functions, which call it between two of their steps.
// [[Rcpp::export(rng = false)]]
void r_let_interrupt() {
  nnconv::let_interrupt();
}

// [[Rcpp::export(rng = false)]]
int r_thread_count() {
  return nnconv::thread_count();
}

// [[Rcpp::export(rng = false)]]
void r_set_thread_count(int threads) {
  nnconv::set_thread_count(threads);
}

// [[Rcpp::export(rng = false)]]
void r_end_threads() {
  nnconv::end_threads();
}

// R calls this before it removes the library's code from the process, if it may look for it.
RcppExport void R_unload_nnconv(DllInfo*) {
  nnconv::end_threads();
  nnconv::forget_known_weights();
}

// [[Rcpp::init]]
void let_r_find_unload(DllInfo* library) {
  R_useDynamicSymbols(library, TRUE);
}

// [[Rcpp::export(rng = false)]]
double r_processor_quota(const std::string& root = "") {
  return nnconv::processor_quota(root);
}

// [[Rcpp::export(rng = false)]]
int r_most_threads() {
  return nnconv::most_threads();
}

// [[Rcpp::export(rng = false)]]
Rcpp::List r_build() {
  const std::string eigen = std::to_string(EIGEN_WORLD_VERSION) + "." +
                            std::to_string(EIGEN_MAJOR_VERSION) + "." +
                            std::to_string(EIGEN_MINOR_VERSION);
#ifdef __VERSION__
  const std::string compiler = __VERSION__;
#else
  const std::string compiler = "unknown";
#endif
  return Rcpp::List::create(Rcpp::Named("compiler") = compiler, Rcpp::Named("eigen") = eigen);
}
