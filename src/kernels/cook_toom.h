// Cook-Toom: the matrices of dense correlations on one axis with fewer products (in two dimensions,
// Winograd's algorithm).
//
// `outputs` cells y[i] = sum over the taps u of w[u] * x[i + u] need outputs * taps products. The
// same polynomial product, computed from its values at points = outputs + taps - 1 points, needs
// one product for each:
//
//     y = A ((G w) * (B x)),   * element by element.
//
// With p[j] the finite points, the last point infinity, and N[j] the product of p[j] - p[l] over
// l != j:
//
//     A[i][j] = p[j]^i           at infinity 1 in the last row, else 0
//     G[j][u] = p[j]^u / N[j]    at infinity 1 for the last tap, else 0
//     B[j][.] = the coefficients of the product of (x - p[l]) over l != j, at infinity over all l
//
// (Toom 1963, Cook 1966, Winograd 1980; for convolutional networks Lavin and Gray 2016,
// arXiv:1509.09308.) Points 1/2 and -2 instead of 2 and -2 halve the rounding error (Barabasz et
// al. 2020, doi:10.1145/3412380). Point 1 is among the points. Its product enters all outputs with
// factor 1, so that a constant added to it is added to all of them.
#pragma once

namespace nnconv {

constexpr int most_taps = 3;
constexpr int most_points = 6;

struct Matrix {
  int rows, columns;
  double value[most_points][most_points];
};

// For 1, 2 or 3 taps. A single tap saves nothing, and its matrices are 1.
constexpr int outputs_of(int taps) {
  return taps == 1 ? 1 : 4;
}
constexpr int points_of(int taps) {
  return outputs_of(taps) + taps - 1;
}

// The index of point 1. The only point of a single tap counts as point 1.
constexpr int point_one(int taps) {
  return taps == 1 ? 0 : 1;
}

constexpr double finite_point(int taps, int j) {
  constexpr double of_two[] = {0, 1, -1, -0.5};
  constexpr double of_three[] = {0, 1, -1, 0.5, -2};
  return taps == 2 ? of_two[j] : of_three[j];
}

constexpr double power(double x, int n) {
  return n == 0 ? 1 : x * power(x, n - 1);
}

// A
constexpr Matrix result_matrix(int taps) {
  const int finite = points_of(taps) - 1;
  Matrix a = {outputs_of(taps), points_of(taps), {}};
  for (int i = 0; i < a.rows; ++i) {
    for (int j = 0; j < finite; ++j) a.value[i][j] = power(finite_point(taps, j), i);
  }
  a.value[a.rows - 1][finite] = 1;
  return a;
}

// G
constexpr Matrix weight_matrix(int taps) {
  const int finite = points_of(taps) - 1;
  Matrix g = {points_of(taps), taps, {}};
  for (int j = 0; j < finite; ++j) {
    double n = 1;
    for (int l = 0; l < finite; ++l) {
      if (l != j) n *= finite_point(taps, j) - finite_point(taps, l);
    }
    for (int u = 0; u < taps; ++u) g.value[j][u] = power(finite_point(taps, j), u) / n;
  }
  g.value[finite][taps - 1] = 1;
  return g;
}

// B
constexpr Matrix data_matrix(int taps) {
  const int points = points_of(taps);
  Matrix b = {points, points, {}};
  for (int j = 0; j < points; ++j) {
    b.value[j][0] = 1;
    int degree = 0;
    for (int l = 0; l < points - 1; ++l) {
      if (l == j) continue;
      ++degree;  // times x - point
      for (int k = degree; k >= 0; --k) {
        b.value[j][k] = (k > 0 ? b.value[j][k - 1] : 0) - finite_point(taps, l) * b.value[j][k];
      }
    }
  }
  return b;
}

}  // namespace nnconv
