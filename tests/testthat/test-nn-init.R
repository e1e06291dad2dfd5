# Bilinear weights.

test_that("the weights are a pyramid on the diagonal of the channels", {
  w <- nn_init_bilinear(3, 3, c(4, 3))
  expect_identical(dim(w), c(3L, 3L, 4L, 3L))
  expect_equal(w[2, 2, , ], outer(c(1, 3, 3, 1) / 4, c(1, 2, 1) / 2))
  expect_true(all(w[1, 2, , ] == 0))
  grouped <- nn_init_bilinear(6, 6, 4, groups = 3)
  expect_identical(dim(grouped), c(6L, 2L, 4L, 4L))
  whole <- nn_init_bilinear(6, 6, 4)
  expect_identical(grouped[3:4, , , ], whole[3:4, 3:4, , ])
  expect_equal(nn_init_bilinear(4, 4, 2, groups = 4)[, 1, 1, 1], rep(0.25, 4))
  expect_equal(nn_init_bilinear(1, 1, 1), array(1, c(1, 1, 1, 1)))
})

test_that("a layer with these weights reproduces linear functions, at every factor", {
  # Linear interpolation is exact on a plane, at the centers of the finer cells.
  for (s in 1:5) {
    k <- 2 * s - s %% 2
    p <- ceiling((s - 1) / 2)
    up <- nn_conv_transpose2d(1, 1, k, stride = s, padding = p, bias = FALSE)
    up$weight <- nn_init_bilinear(1, 1, k)
    plane <- outer(1:6, 1:7, function(i, j) 2 * i - 3 * j)
    y <- up(array(plane, c(1, 6, 7)))[1, , ]
    center <- function(n) (seq_len(n) - 0.5) / s + 0.5
    fine <- outer(center(nrow(y)), center(ncol(y)), function(i, j) 2 * i - 3 * j)
    inner <- function(z) z[(s + 1):(nrow(z) - s), (s + 1):(ncol(z) - s)]
    expect_equal(inner(y), inner(fine), tolerance = 1e-12)
  }
})
