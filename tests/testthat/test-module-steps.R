# Steps: the order in which a module's leaves and joins come, and what they join.

test_that("a skip ends in a step that joins the value before its first module", {
  net <- nn_sequential(
    nn_relu(), nn_skip(nn_skip(nn_tanh()), nn_sequential(nn_relu(), nn_skip(nn_relu(), join = "add")))
  )
  steps <- module_steps(net)
  expect_named(steps$states, c("0", "1.0.0", "1.0", "1.1.0", "1.1.1.0", "1.1.1", "1"))
  expect_identical(steps$joined, c(NA, NA, 1L, NA, NA, 4L, 1L))
  own <- module_steps(net[[2]])
  expect_named(own$states, c("0.0", "0", "1.0", "1.1.0", "1.1", ""))
  expect_identical(own$joined, c(NA, 0L, NA, NA, 3L, 0L))
  expect_identical(module_steps(nn_relu())$joined, NA_integer_)
  expect_null(names(module_steps(nn_relu())$states))
})

test_that("the last layer of a branch that changes the size is asked for it, if it is transposed", {
  sized <- function(...) module_steps(nn_skip(...))$sized
  up <- function() nn_conv_transpose2d(1, 1, 2, stride = 2)
  down <- function() nn_conv2d(1, 1, 2, stride = 2)
  same <- function() nn_conv2d(1, 1, 3, padding = 1)
  expect_identical(sized(down(), up()), c(NA, 0L, NA))
  expect_identical(sized(down(), up(), nn_relu(), same()), c(NA, 0L, NA, NA, NA))
  expect_identical(sized(down(), up(), nn_skip(same(), join = "add")), c(NA, 0L, NA, NA, NA))
  expect_identical(sized(up(), down()), rep(NA_integer_, 3))
  expect_identical(sized(down(), up(), nn_function(sin)), rep(NA_integer_, 4))
  expect_identical(sized(same(), nn_relu()), rep(NA_integer_, 3))
  # The inner skip's layer is asked by the inner skip, the outer skip's by the outer one.
  expect_identical(sized(down(), nn_skip(down(), up(), join = "add"), up()), c(NA, NA, 1L, NA, 0L, NA))
})

test_that("what keeps the size is told by the size laws", {
  keeps <- function(m) keeps_size(environment(m))
  expect_true(keeps(nn_conv2d(1, 1, 5, padding = 2)) && keeps(nn_conv2d(1, 1, 4, padding = "same")))
  expect_true(keeps(nn_conv_transpose2d(1, 1, 3, padding = 1)) && keeps(nn_relu()) && keeps(nn_identity()))
  expect_true(keeps(nn_conv1d(1, 1, 3, padding = 1)))
  expect_false(keeps(nn_conv2d(1, 1, 3)) || keeps(nn_conv2d(1, 1, 3, stride = 2, padding = 1)))
  expect_false(keeps(nn_conv_transpose2d(1, 1, 1, output_size = 4)) || keeps(nn_function(sin)))
})
