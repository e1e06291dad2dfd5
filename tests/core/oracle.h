// Oracle: the three derivatives of <small, correlate(large, weight)>, as the plainest loops, with
// what a comparison needs: how many terms every element sums, and the sum of their magnitudes.
#pragma once

#include <limits>
#include <vector>

#include "cases.h"

namespace core {

struct Expected {
  std::vector<double> value, magnitude, terms;
};

// The cell of an axis that a padded cell shows, or -1.
Index shown_cell(Index padded, const nnconv::Axis& axis);

Expected expected_correlate(const Case& c, bool with_bias);  // -> small
Expected expected_scatter(const Case& c, bool with_bias);    // -> large
Expected expected_weight_gradient(const Case& c);
Expected expected_bias_gradient(const Case& c);  // of the large side

// Where results are whole numbers, or by the rounding of a sum in an arithmetic of this epsilon, of
// which so many terms are added up before the sums go on in double, or by a share of the largest
// magnitude.
struct Tolerance {
  enum { exact, of_sums, of_largest } kind;
  double size;
  double most_terms = std::numeric_limits<double>::infinity();
};

// The largest error, in units of what is allowed; infinite where one value is not finite and the
// other is not the same.
double worst_error(const std::vector<double>& found, const Expected& expected, Tolerance allowed);

}  // namespace core
