# Max pooling: each window by a plain loop, and the way back.

# The result, and the place in x of the number that each result is, or NA.
reference_pool <- function(x, m) {
  d <- dim(x)
  size <- m$output_shape(d)[3:4]
  y <- array(-Inf, c(d[1:2], size))
  taken <- array(NA_integer_, dim(y))
  places <- array(seq_along(x), d)
  for (n in seq_len(d[1])) for (c in seq_len(d[2])) for (h in seq_len(size[1])) for (w in seq_len(size[2])) {
    for (u in seq_len(m$kernel_size[1])) for (v in seq_len(m$kernel_size[2])) {
      at <- (c(h, w) - 1) * m$stride + (c(u, v) - 1) * m$dilation - m$padding + 1
      if (any(at < 1 | at > d[3:4])) next
      value <- x[n, c, at[1], at[2]]
      best <- y[n, c, h, w]
      if (is.na(taken[n, c, h, w]) || is.nan(value) || !is.nan(best) && value > best) {
        y[n, c, h, w] <- value
        taken[n, c, h, w] <- places[n, c, at[1], at[2]]
      }
    }
  }
  list(y = y, taken = taken)
}

random_pool <- function() {
  kernel <- sample(4, 2, replace = TRUE)
  nn_max_pool2d(kernel, sample(3, 2, replace = TRUE), sapply(kernel %/% 2, function(most) sample(0:most, 1)),
                sample(2, 2, replace = TRUE), sample(c(TRUE, FALSE), 1))
}

test_that("each window gives its largest number, which gets the gradient", {
  set.seed(41)
  times <- if (is_extended()) 2000 else 80
  for (i in seq_len(times)) {
    m <- random_pool()
    d <- c(sample(3, 1), sample(c(1, 2, 3, 700), 1, prob = c(3, 3, 3, 0.2)), sample(3:9, 2, replace = TRUE))
    if (inherits(try(m$output_shape(d), silent = TRUE), "try-error")) next
    values <- list(1:4, c(1:5, NaN, -Inf, Inf), rnorm(50))[[sample(3, 1)]]
    x <- array(sample(values, prod(d), replace = TRUE), d)
    expected <- reference_pool(x, m)
    expect_identical(m(x), expected$y)
    g <- array(rnorm(length(expected$y)), dim(expected$y))
    gradient <- array(0, d)
    for (k in which(!is.na(expected$taken))) {
      gradient[expected$taken[k]] <- gradient[expected$taken[k]] + g[k]
    }
    expect_equal(m$backward(x, g)$input, gradient, tolerance = 1e-14)
    one <- array(x[1, , , ], d[-1])
    expect_identical(array(m(one)), array(m(x)[1, , , ]))
    expect_identical(dim(m(one)), dim(m(x))[-1])
  }
})

test_that("windows of padding alone, huge windows and no images are harmless", {
  m <- nn_max_pool2d(3, stride = 10, padding = 1, dilation = 5, ceil_mode = TRUE)
  x <- array(1:9, c(1, 3, 3))
  expect_identical(m(x), array(-Inf, c(1, 1, 1)))
  expect_identical(m$backward(x, array(1, c(1, 1, 1)))$input, array(0, c(1, 3, 3)))
  huge <- nn_max_pool2d(2e9, stride = 1, padding = 1e9)
  expect_identical(huge$output_shape(c(1, 1, 1)), c(1, 2, 2))
  expect_identical(huge(array(5, c(1, 1, 1))), array(5, c(1, 2, 2)))
  expect_identical(huge$backward(array(5, c(1, 1, 1)), array(1:4, c(1, 2, 2)))$input, array(10, c(1, 1, 1)))
  expect_identical(dim(nn_max_pool2d(2)(array(0, c(0, 2, 4, 4)))), c(0L, 2L, 2L, 2L))
  expect_identical(nn_max_pool2d(2, ceil_mode = TRUE)(array(7, c(1, 1, 1))), array(7, c(1, 1, 1)))
})

test_that("threads and tiles give the same bits", {
  set.seed(42)
  x <- random_array(1, 3, 150, 200)
  m <- nn_max_pool2d(5, stride = 2, padding = 2)
  before <- nn_threads()
  withr::defer(nn_threads(before))
  results <- lapply(1:2, function(threads) {
    nn_threads(threads)
    list(m(x), m$backward(x, m(x)))
  })
  expect_identical(results[[1]], results[[2]])
  for (i in 1:20) {
    m <- random_pool()
    x <- random_array(2, 2, 17, 14)
    net <- nn_sequential(m, nn_relu())
    expect_identical(predict(net, x, tile = sample(8, 2)), net(x))
  }
})

test_that("max pooling checks its arguments and input", {
  expect_refusal(nn_max_pool2d(0), "argument", "kernel_size", "one or two whole numbers")
  expect_refusal(nn_max_pool2d(2, stride = 0), "argument", "stride", "one or two whole numbers")
  expect_refusal(nn_max_pool2d(3, padding = 2), "argument", "padding", "at most half of `kernel_size`")
  expect_refusal(nn_max_pool2d(3, dilation = "a"), "type", "dilation", "one or two whole numbers")
  expect_refusal(nn_max_pool2d(3, ceil_mode = NA), "argument", "ceil_mode", "TRUE or FALSE, not NA.")
  m <- nn_max_pool2d(c(3, 2), stride = 2)
  expect_refusal(m(array(0, c(1, 2, 2))), "shape", "input", "at least 3 in height and at least 2 in width")
  expect_refusal(m(1:3), "shape", "input", "an array (N, C, H, W) or (C, H, W), not 1:3.")
  expect_refusal(m$output_shape(c(1, 2, 2)), "shape", "dim", "at least 3 in height")
  expect_refusal(m$backward(array(0, c(1, 4, 4)), 1), "shape", "grad_output", "shape, [1, 1, 2]")
  expect_identical(format(m), "nn_max_pool2d(kernel_size = c(3, 2), stride = 2)")
  expect_identical(format(eval(parse(text = format(m)))), format(m))
  expect_identical(nn_max_pool2d(2:3)$stride, c(2, 3))
  environment(m)$config$stride <- "a"
  expect_refusal(m(array(0, c(1, 4, 4))), "state", "stride", "was made with")
})
