# Numbers: values that are not numbers, infinite, huge or tiny, zeros with a sign, and rounding.

test_that("the numbers that end in float32 end there as in the C language", {
  w <- array(1, c(1, 1, 1, 1))
  single <- function(x) as.vector(nnf_conv2d(array(x, c(length(x), 1, 1, 1)), w, dtype = "float32"))
  x <- c(3.4e38, 3.5e38, -3.5e38, 1.2e-38, 1e-39, 1e-45, 1e-46, 16777217, 0.1, NaN)
  expect_identical(single(x), as_single(x))
  double <- c(.Machine$double.xmin, 2^-1074, -2^-1074, .Machine$double.xmax)
  expect_identical(as.vector(nnf_conv2d(array(double, c(4, 1, 1, 1)), w)), double)
  expect_identical(single(double), c(0, 0, 0, Inf))
})

test_that("a sum that is zero is a positive zero, in every way", {
  set.seed(81)
  ternary <- function(shape) array(sample(c(-1, 0, -0, 1), prod(shape), replace = TRUE), shape)
  for (i in 1:40) {
    g <- random_geometry()
    m <- nn_conv_transpose2d(
      g$in_channels, g$out_channels, g$kernel_size, g$stride, g$padding, g$output_padding,
      g$groups, FALSE, g$dilation, g$mode, sample(names(tolerance), 1)
    )
    m$weight <- ternary(dim(m$weight))
    x <- ternary(c(g$batch, g$in_channels, g$size))
    withr::with_options(list(nnconv.algorithm = "direct"), {
      gradients <- m$backward(x, function(y) y, c("output", "input", "weight"))
    })
    for (values in gradients) expect_false(any(1 / values[values == 0] < 0), label = label_of(g))
  }
})

test_that("cells that no tap reaches hold their bias exactly, by fast algorithms too", {
  set.seed(82)
  for (layer in list(
    nn_conv_transpose2d(48, 50, 4, stride = 2, output_padding = 1),
    nn_conv_transpose2d(48, 50, 2, stride = c(1, 2), dilation = c(2, 1), output_padding = 1),
    nn_conv2d(48, 50, 2, padding = 3)
  )) for (dtype in names(tolerance)) {
    layer$to(dtype)
    layer$bias <- seq_len(50) / 8
    x <- random_array(2, 48, 20, 20)
    y <- withr::with_options(list(nnconv.algorithm = "transforms"), layer(x))
    reached <- layer$clone()
    reached$weight <- array(1, dim(layer$weight))
    reached$bias <- rep(0, 50)
    is_reached <- reached(x * 0 + 1) != 0
    expect_true(any(!is_reached))
    bias <- array(rep(layer$bias, each = 2), dim(y))
    expect_identical(y[!is_reached], bias[!is_reached])
  }
})

test_that("gradients of weights over many cells are exact in float32, where all numbers are alike too", {
  skip_on_cran()
  eps <- 2^-23
  gradient <- function(x, g, kernel) {
    m <- nn_conv2d(dim(x)[2L], dim(g)[2L], kernel, bias = FALSE, dtype = "float32")
    m$backward(x, g, "weight")$weight
  }
  # More ones than a float can count.
  side <- 4100
  ones <- array(1, c(1, 1, side, side))
  expect_identical(as.vector(gradient(ones, ones, 1)), side^2)

  set.seed(97)
  single <- function(x) array(round(x * 2^20) / 2^20, dim(x)) # numbers that a float holds
  for (x in list(array(0.7, c(1, 1, 1002, 1002)), array(runif(1002^2), c(1, 1, 1002, 1002)))) {
    x <- single(x)
    g <- single(array(0.3, c(1, 1, 1000, 1000)))
    taps <- expand.grid(row = 0:2, column = 0:2)
    exact <- mapply(function(row, column) {
      sum(x[1, 1, row + 1:1000, column + 1:1000] * g[1, 1, , ])
    }, taps$row, taps$column)
    expect_lte(max(abs(gradient(x, g, 3) / exact - 1)), 128 * eps)
  }

  # n equal images give n times the gradient of one, and parts add up to the whole.
  x <- single(random_array(1, 3, 40, 30))
  g <- single(random_array(1, 5, 38, 28))
  one <- gradient(x, g, 3)
  many <- gradient(x[rep(1, 300), , , , drop = FALSE], g[rep(1, 300), , , , drop = FALSE], 3)
  unit <- gradient(abs(x), abs(g), 3) * eps
  expect_lte(max(abs(many / 300 - one) / unit), 256)
})
