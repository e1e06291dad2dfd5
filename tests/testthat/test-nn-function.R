# Modules of two R functions: what they are given, and what they may return.

# Halves the size by means of 2 x 2 cells.
mean_pool <- function() {
  nn_function(
    function(x) {
      h <- seq(1, dim(x)[3], 2)
      w <- seq(1, dim(x)[4], 2)
      (x[, , h, w, drop = FALSE] + x[, , h + 1, w, drop = FALSE] + x[, , h, w + 1, drop = FALSE] +
         x[, , h + 1, w + 1, drop = FALSE]) / 4
    },
    function(x, y, grad_output) {
      h <- rep(seq_len(dim(y)[3]), each = 2)
      w <- rep(seq_len(dim(y)[4]), each = 2)
      grad_output[, , h, w, drop = FALSE] / 4
    }
  )
}

test_that("the functions get the input, the result and its gradient, and are what the module does", {
  seen <- NULL
  m <- nn_function(function(x) x^2, function(x, y, grad_output) {
    seen <<- list(x, y, grad_output)
    2 * x * grad_output
  })
  expect_identical(m(1:3), c(1, 4, 9))
  expect_identical(m$backward(1:3, c(1L, 0L, 2L)), list(input = c(2, 0, 12)))
  expect_identical(seen, list(c(1, 2, 3), c(1, 4, 9), c(1, 0, 2)))
  expect_identical(m$backward(1:3, function(y) y, c("output", "input"))$output, c(1, 4, 9))
})

test_that("a pooling by hand has its place in chains and skips, with its gradient", {
  set.seed(310)
  net <- nn_sequential(
    nn_conv2d(1, 2, 3, padding = 1),
    nn_skip(mean_pool(), nn_tanh(), nn_conv_transpose2d(2, 3, 2, stride = 2)), nn_conv2d(5, 1, 3)
  )
  x <- random_array(2, 1, 6, 8)
  y <- random_array(dim(net(x)))
  expect_equal(net$output_shape(dim(x)), dim(y))
  expect_equal(summary(net, dim(x))$output_shape, dim(y))
  got <- net$backward(x, y)
  h <- 1e-5
  for (i in 1:5) {
    step <- random_array(dim(x))
    expect_equal(sum((net(x + h * step) - net(x - h * step)) * y) / (2 * h), sum(got$input * step),
                 tolerance = 1e-6)
  }
  expect_equal(predict(net, x, batch_size = 1), net(x), tolerance = 1e-12)
  flat <- nn_function(function(x) array(x, c(dim(x)[1], length(x) / dim(x)[1])))
  expect_refusal(predict(flat, x, batch_size = 1), "shape", "object",
                 "makes one image of each image, to predict in parts, not one that makes [2, 48] of [2, 1, 6, 8].")
  odd <- nn_function(function(x) if (any(x != 0)) x[, , 1, 1, drop = FALSE] else x)
  expect_refusal(predict(odd, x, batch_size = 1), "shape", "object", "one that makes [1, 1, 1, 1]")
  expect_refusal(predict(net, x, tile = 4), "argument", "tile", "NULL for a module of `nn_function()`")
})

test_that("a module of functions is written, copied and compared like any other", {
  m <- nn_function(function(x) x + 1, function(x, y, grad_output) grad_output)
  made <- eval(parse(text = format(m)))
  expect_identical(made(1:3), c(2, 3, 4))
  expect_true(all.equal(made, m))
  expect_identical(unserialize(serialize(m, NULL))(1), 2)
  expect_identical(format(nn_function(base::sum)), "nn_function(forward = sum)")
  expect_output(print(m), "* backward: function (x, y, grad_output)", fixed = TRUE)
  expect_refusal(as.matrix(m, 3), "type", "x", "without activations")
})

test_that("what the functions return is checked", {
  expect_refusal(nn_function(1), "type", "forward", "a function of one argument, not 1.")
  expect_refusal(nn_function(sin, cos), "type", "backward", "a function of three arguments, not one of 1.")
  expect_refusal(nn_function(sin, "a"), "type", "backward", "not \"a\".")
  for (bad in list("a", NULL, list(1), 1i)) {
    m <- nn_function(function(x) bad)
    expect_refusal(m(1), "type", "forward", "returns a numeric or logical array, not one that returns")
    expect_refusal(m$output_shape(1), "type", "forward", "a numeric or logical array")
  }
  expect_refusal(nn_function(sin)$backward(1, 1), "type", "backward", "a function, to compute gradients, not NULL.")
  m <- nn_function(sin, function(x, y, grad_output) grad_output[1])
  expect_refusal(m$backward(1:3, 1:3), "shape", "backward", "of its argument's shape, [3], not one that returns 1.")
  expect_refusal(m$backward(1:3, 1:2), "shape", "grad_output", "of the result's shape, [3]")
  expect_refusal(m("a"), "type", "input", "a numeric or logical array")
  expect_error(nn_sequential(nn_function(function(x) stop("own words")))(1), "own words")
})
