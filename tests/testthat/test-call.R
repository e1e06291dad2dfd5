# The road into the core: what it takes at once, and what R explains first.

takes_at_once <- function(m, x, output_size = NULL) {
  state <- environment(m)
  !is.null(r_layer(state$config, x, state$weight, state$bias, output_size, least_looked_at))
}

test_that("plain doubles are taken at once, with any mode, size or option that is right", {
  x <- random_array(2, 3, 6, 5)
  for (mode in padding_modes) {
    expect_true(takes_at_once(nn_conv2d(3, 2, 3, padding = 1, padding_mode = mode), x))
    up <- nn_conv_transpose2d(3, 2, 3, stride = 2, padding = 1, padding_mode = mode)
    expect_true(takes_at_once(up, x))
    expect_true(takes_at_once(up, x, c(12, 10)))
  }
  expect_true(takes_at_once(nn_conv2d(3, 2, 3), x[1, , , ]))
  expect_true(takes_at_once(nn_conv2d(3, 2, 3), x[0, , , , drop = FALSE]))
  withr::local_options(nnconv.algorithm = "direct")
  expect_true(takes_at_once(nn_conv2d(3, 2, 3), x))
})

test_that("anything else is left to R, which converts it or refuses it", {
  m <- nn_conv2d(3, 2, 3)
  x <- random_array(2, 3, 6, 5)
  whole <- array(seq_along(x), dim(x))
  expect_false(takes_at_once(m, whole))
  expect_identical(m(whole), m(whole + 0))
  expect_false(takes_at_once(m, whole > 5))
  expect_identical(m(whole > 5), m((whole > 5) + 0))
  classed <- structure(x, class = "picture")
  expect_false(takes_at_once(m, classed))
  expect_identical(m(classed), m(x))
  for (wrong in list(NULL, "a", 1, x[, , , 1], x[, 1:2, , ], x[, , 1:2, ], x[, , , 0, drop = FALSE])) {
    expect_false(takes_at_once(m, wrong))
  }
  up <- nn_conv_transpose2d(3, 2, 3, stride = 2)
  for (size in list(c(13L, 11L), c(2, 2, 13, 11), c(15, 11), c(12, 11), c(13.5, 11), c(NA, 11))) {
    expect_false(takes_at_once(up, x, size))
  }
  expect_identical(dim(up(x, c(14L, 12L)))[3:4], c(14L, 12L))
  tight <- nn_conv2d(3, 2, 3, padding = 6, padding_mode = "reflect")
  expect_false(takes_at_once(tight, x))
  expect_refusal(tight(x), "shape", "padding", "at most")
})

test_that("a call that needs much memory waits until R has looked", {
  m <- nn_conv2d(1, 1, 1)
  state <- environment(m)
  x <- random_array(1, 100, 100)
  bytes <- r_call_bytes(state$config, c(1, 1, 100, 100), c(1, 1, 100, 100), 1e4)
  call <- function(most) r_layer(state$config, x, state$weight, state$bias, NULL, most)
  expect_identical(call(bytes), m(x))
  expect_null(call(bytes - 1))
  # 8 for each number of the result, a tenth of it, 2^24, a tap and the runs of two axes
  expect_identical(bytes, 8 * 1.1 * 1e4 + 2^24 + 512 + 2 * 400 * 3)
})

test_that("without a limit there is nothing left to explain", {
  state <- environment(nn_conv2d(1, 1, 1))
  expect_error(r_layer(state$config, 1, state$weight, state$bias, NULL, Inf), "the call of a layer was not explained")
})

test_that("gradients take the same road", {
  m <- nn_conv2d(2, 3, 3)
  x <- random_array(1, 2, 5, 5)
  g <- random_array(1, 3, 3, 3)
  at_once <- function(x, g, wanted = c("input", "weight", "bias")) {
    backward_of(list(input = x, grad_output = g, wanted = wanted), environment(m), least_looked_at)
  }
  expect_identical(at_once(x, g), m$backward(x, g))
  expect_identical(names(at_once(x, g, "bias")), "bias")
  expect_null(at_once(x, g[1, , , ]))
  expect_null(at_once(x, array(1L, dim(g))))
  expect_null(at_once(x, g, "weights"))
  expect_null(at_once(x, g, character()))
  expect_identical(m$backward(x, array(1L, dim(g))), at_once(x, array(1, dim(g))))
  expect_refusal(m$backward(x, g, "weights"), "argument", "wanted", "not")
})

test_that("saved layers find the names that they call", {
  expect_identical(run_conv2d, run_layer)
  expect_identical(run_conv_transpose2d, run_layer)
})

test_that("functional forms remember the configs of recent calls, of each its own", {
  x <- random_array(1, 2, 6, 6)
  w <- random_array(2, 2, 3, 3)
  expected <- lapply(1:40, function(p) nnf_conv2d(nnf_pad(x, rep(p, 4)), w))
  for (again in 1:2) for (p in 1:40) { # more than are remembered
    expect_equal(nnf_conv2d(x, w, padding = p), expected[[p]], tolerance = 1e-12)
  }
  expect_identical(nnf_conv2d(x, w, padding = 1L), nnf_conv2d(x, w, padding = 1))
  expect_false(identical(nnf_conv2d(x, w), nnf_conv_transpose2d(x, w)))
  expect_lte(length(recent$keys), most_recent)
  expect_refusal(nnf_conv2d(x, w, padding = -1), "argument", "padding", "not -1")
  expect_refusal(nnf_conv2d(x, w, padding = -1), "argument", "padding", "not -1")
})
