// Oracle: the loops.
#include "oracle.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace core {
namespace {

using nnconv::Axis;
using nnconv::PadMode;

// Calls visit(large, small, weight) with the places of the factors of every product.
template <class Visit>
void for_each_product(const Geometry& g, Visit visit) {
  const Axis &y = g.axis[0], &x = g.axis[1];
  const Index small_per_group = g.small_channels / g.groups;
  const Index large_per_group = g.large_channels / g.groups;
  for (Index v = 0; v < x.kernel; ++v) {
    for (Index u = 0; u < y.kernel; ++u) {
      for (Index j = 0; j < x.small; ++j) {
        for (Index i = 0; i < y.small; ++i) {
          const Index h = shown_cell(i * y.stride + u * y.dilation, y);
          const Index w = shown_cell(j * x.stride + v * x.dilation, x);
          if (h < 0 || w < 0) continue;
          for (Index l = 0; l < large_per_group; ++l) {
            for (Index s = 0; s < g.small_channels; ++s) {
              const Index channel = s / small_per_group * large_per_group + l;
              for (Index n = 0; n < g.batch; ++n) {
                visit(n + g.batch * (channel + g.large_channels * (h + y.large * w)),
                      n + g.batch * (s + g.small_channels * (i + y.small * j)),
                      s + g.small_channels * (l + large_per_group * (u + y.kernel * v)));
              }
            }
          }
        }
      }
    }
  }
}

// `bias` begins the sums of its channel, unless it is null.
Expected begin(std::size_t count, const std::vector<double>* bias, Index batch) {
  Expected e = {std::vector<double>(count, 0.0), std::vector<double>(count, 0.0),
                std::vector<double>(count, 0.0)};
  for (std::size_t k = 0; bias != nullptr && k < count; ++k) {
    e.value[k] = (*bias)[k / static_cast<std::size_t>(batch) % bias->size()];
    e.magnitude[k] = std::fabs(e.value[k]);
  }
  return e;
}

void add(Expected& e, Index place, double term) {
  const std::size_t k = static_cast<std::size_t>(place);
  e.value[k] += term;
  e.magnitude[k] += std::fabs(term);
  e.terms[k] += 1;
}

double at(const std::vector<double>& numbers, Index place) {
  return numbers[static_cast<std::size_t>(place)];
}

}  // namespace

Index shown_cell(Index padded, const Axis& axis) {
  const Index n = axis.large;
  Index cell = padded - axis.pad_before;
  if (cell >= 0 && cell < n) return cell;
  switch (axis.mode) {
    case PadMode::zeros:
      return -1;
    case PadMode::replicate:
      return std::clamp<Index>(cell, 0, n - 1);
    case PadMode::reflect:
      return cell < 0 ? -cell : n - 1 - (cell - (n - 1));
    case PadMode::circular:
      return (cell % n + n) % n;
  }
  return -1;
}

Expected expected_correlate(const Case& c, bool with_bias) {
  Expected e = begin(c.small.size(), with_bias ? &c.small_bias : nullptr, c.geometry.batch);
  for_each_product(c.geometry, [&](Index large, Index small, Index weight) {
    add(e, small, at(c.large, large) * at(c.weight, weight));
  });
  return e;
}

Expected expected_scatter(const Case& c, bool with_bias) {
  Expected e = begin(c.large.size(), with_bias ? &c.large_bias : nullptr, c.geometry.batch);
  for_each_product(c.geometry, [&](Index large, Index small, Index weight) {
    add(e, large, at(c.small, small) * at(c.weight, weight));
  });
  return e;
}

Expected expected_weight_gradient(const Case& c) {
  Expected e = begin(c.weight.size(), nullptr, 1);
  for_each_product(c.geometry, [&](Index large, Index small, Index weight) {
    add(e, weight, at(c.small, small) * at(c.large, large));
  });
  return e;
}

Expected expected_bias_gradient(const Case& c) {
  Expected e = begin(c.large_bias.size(), nullptr, 1);
  for (Index k = 0; k < static_cast<Index>(c.large.size()); ++k) {
    add(e, k / c.geometry.batch % c.geometry.large_channels, at(c.large, k));
  }
  return e;
}

double worst_error(const std::vector<double>& found, const Expected& expected, Tolerance allowed) {
  const double infinite = std::numeric_limits<double>::infinity();
  double worst = 0, largest = 0;
  for (const double m : expected.magnitude) largest = std::max(largest, m);
  for (std::size_t k = 0; k < found.size(); ++k) {
    const double wanted = expected.value[k], error = std::fabs(found[k] - wanted);
    if (found[k] == wanted || (std::isnan(found[k]) && std::isnan(wanted))) continue;
    if (!std::isfinite(error) || allowed.kind == Tolerance::exact) return infinite;
    const double room = allowed.kind == Tolerance::of_largest
                            ? allowed.size * largest
                            : allowed.size * (std::min(expected.terms[k], allowed.most_terms) + 2) *
                                  expected.magnitude[k];
    worst = std::max(worst, room > 0 ? error / room : infinite);
  }
  return worst;
}

}  // namespace core
