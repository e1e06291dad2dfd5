// R's way to what the system has of memory.
#include <Rcpp.h>

#include "system/available_memory.h"

// [[Rcpp::export(rng = false)]]
double r_available_memory(const std::string& root = "") {
  return nnconv::available_memory(root);
}
