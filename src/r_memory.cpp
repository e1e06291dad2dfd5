// R asks for the available memory here.
#include <Rcpp.h>

#include "system/available_memory.h"

// [[Rcpp::export(rng = false)]]
double r_available_memory(const std::string& root = "") {
  return nnconv::available_memory(root);
}
