# Initial values: uniform ones, and weights that interpolate.

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

test_that("nn_init_bilinear() checks its arguments", {
  expect_refusal(
    nn_init_bilinear(3, 4, 2), "argument", "out_channels", "equal to `in_channels` = 3, not 4. Int"
  )
  expect_refusal(nn_init_bilinear(3, 3, 0), "argument", "kernel_size", pair_range)
  expect_refusal(nn_init_bilinear(3, 3, 2, groups = 2), "argument", "in_channels", "divisible")
})

test_that("bicubic weights are products of Keys' kernel, for each channel", {
  keys <- function(t) { # a third way to write it: the conditions that define its two pieces
    t <- abs(t)
    inner <- (1 - t) * (1 + t - 1.5 * t^2)
    outer <- -0.5 * (t - 1) * (t - 2)^2
    if (t <= 1) inner else if (t < 2) outer else 0
  }
  for (s in 1:4) {
    k <- 4 * s - s %% 2
    taps <- vapply(seq_len(k), function(u) keys((u - (k + 1) / 2) / s), 0)
    expect_equal(nn_init_bicubic(1, 1, k)[1, 1, , ], outer(taps, taps), tolerance = 1e-14)
  }
  w <- nn_init_bicubic(6, 6, c(8, 3), groups = 3)
  expect_identical(dim(w), c(6L, 2L, 8L, 3L))
  expect_true(all(w[1, 2, , ] == 0))
  expect_identical(w[3, 1, , ], w[4, 2, , ])
  expect_identical(w[1, 1, , 2], nn_init_bicubic(1, 1, c(8, 1))[1, 1, , 1])
  expect_refusal(nn_init_bicubic(2, 3, 8), "argument", "out_channels", "equal to `in_channels` = 2")
})

test_that("a layer with bicubic weights reproduces quadratic functions, at every factor", {
  f <- function(i, j) i^2 - 2 * i * j + 3 * j^2 - j
  for (s in 1:4) {
    k <- 4 * s - s %% 2
    up <- nn_conv_transpose2d(1, 1, k, stride = s, padding = (3 * s - s %% 2) / 2, bias = FALSE)
    up$weight <- nn_init_bicubic(1, 1, k)
    y <- up(array(outer(1:8, 1:9, f), c(1, 8, 9)))[1, , ]
    expect_identical(dim(y), c(8L, 9L) * as.integer(s))
    center <- function(n) (seq_len(n) - 0.5) / s + 0.5
    fine <- outer(center(nrow(y)), center(ncol(y)), f)
    inner <- function(z) z[(2 * s + 1):(nrow(z) - 2 * s), (2 * s + 1):(ncol(z) - 2 * s)]
    expect_equal(inner(y), inner(fine), tolerance = 1e-12)
  }
})

test_that("initial values are uniform, bounded by the fan in, and set by the seed", {
  set.seed(1)
  m <- nn_conv_transpose2d(8, 6, 3, groups = 2)
  bound <- sqrt(2 / (6 * 9))
  expect_lte(max(abs(m$weight), abs(m$bias)), bound)
  expect_gt(max(abs(m$weight)), 0.95 * bound)
  expect_gt(stats::ks.test(as.vector(m$weight), "punif", -bound, bound)$p.value, 0.001)
  set.seed(1)
  expect_identical(m$weight, array(stats::runif(8 * 3 * 9, -bound, bound), c(8, 3, 3, 3)))
  expect_identical(m$bias, stats::runif(6, -bound, bound))

  set.seed(1)
  down <- nn_conv2d(8, 6, c(3, 1), groups = 2)
  bound <- 1 / sqrt(4 * 3)
  set.seed(1)
  expect_identical(down$weight, array(stats::runif(6 * 4 * 3, -bound, bound), c(6, 4, 3, 1)))

  before <- m$weight
  set.seed(2)
  expect_identical(m$reset_parameters(), m)
  expect_false(identical(m$weight, before))
  set.seed(2)
  expect_identical(nn_conv_transpose2d(8, 6, 3, groups = 2)$weight, m$weight)
  plain <- some_layers()[[2]]
  plain$reset_parameters()
  expect_null(plain$bias)
})
