# Activations: their formulas, their gradients and their arguments.

test_that("activations compute their formulas and keep the shape", {
  x <- array(c(-3, -0.5, 0, 0.5, 3, 40, -40, 1000, -1000, NaN, Inf, -Inf), c(1, 2, 3, 2))
  plain <- list(
    list(nn_relu(), ifelse(x > 0, x, 0)),
    list(nn_leaky_relu(), ifelse(x > 0, x, 0.01 * x)),
    list(nn_leaky_relu(3), ifelse(x > 0, x, 3 * x)),
    list(nn_sigmoid(), ifelse(x > 0, 1 / (1 + exp(-x)), exp(pmin(x, 0)) / (1 + exp(pmin(x, 0))))),
    list(nn_tanh(), tanh(x)),
    list(nn_activation(function(x) x^2, function(x) 2 * x), x * x)
  )
  for (case in plain) {
    expect_equal(case[[1]](x), case[[2]], tolerance = 1e-15)
    expect_identical(dim(case[[1]](x)), dim(x))
    expect_identical(case[[1]](c(TRUE, FALSE)), as.double(case[[1]](c(1, 0))))
    expect_identical(dim(case[[1]](array(0, c(0, 2, 3, 3)))), c(0L, 2L, 3L, 3L))
  }
})

test_that("activations have the gradient of finite differences", {
  set.seed(80)
  x <- random_array(2, 3, 4, 5)
  y <- random_array(2, 3, 4, 5)
  for (m in list(
    nn_relu(), nn_leaky_relu(0.3), nn_sigmoid(), nn_tanh(), nn_activation(sin, cos),
    nn_activation(abs, sign), nn_activation(function(x) pmax(x, 0), function(x) x > 0)
  )) {
    got <- m$backward(x, y)
    expect_named(got, "input")
    expect_identical(dim(got$input), dim(x))
    slope <- (m(x + 1e-6) - m(x - 1e-6)) / 2e-6
    expect_lte(max(abs(got$input - slope * y)), 1e-8)
    expect_length(m$backward(x, y, c("weight", "bias")), 0)
    expect_identical(m$backward(x, y, "output"), list(output = m(x)))
    empty <- array(0, c(0, 3, 4, 5))
    expect_identical(m$backward(empty, empty)$input, empty)
  }
})

test_that("rectifiers pass NaN on, and take infinite gradients of dead cells for none", {
  x <- c(-1, 0, NaN, 2, -Inf)
  g <- c(Inf, NaN, 5, 7, -Inf)
  expect_identical(nn_relu()(x), c(0, 0, NaN, 2, 0))
  expect_identical(nn_relu()$backward(x, g)$input, c(0, 0, 5, 7, 0))
  expect_identical(nn_leaky_relu(0.5)$backward(x, g)$input, c(Inf, NaN, 5, 7, -Inf))
})

test_that("activations check their arguments", {
  expect_refusal(nn_leaky_relu("a"), "type", "negative_slope", "one finite number, not \"a\".")
  for (bad in list(1:2, NA_real_, Inf, numeric())) {
    expect_refusal(nn_leaky_relu(bad), "argument", "negative_slope", "one finite number, not ")
  }
  expect_refusal(nn_activation(1, cos), "type", "f", "a function of one argument, not 1.")
  expect_refusal(nn_activation(sin, "cos"), "type", "derivative", "one argument, not \"cos\".")
  expect_refusal(nn_activation(function() 1, cos), "type", "f", "not one without arguments.")
  expect_refusal(nn_relu()$backward(1, function() 1), "type", "grad_output", "without arguments.")
  expect_refusal(nn_activation(sum, cos)(1:3), "shape", "f",
                 "a function that returns numbers of its argument's shape, [3], not one that returns 6.")
  expect_refusal(nn_activation(sin, as.character)$backward(1, 1), "shape", "derivative", "[1], not")
  for (m in list(nn_relu(), nn_sigmoid(), nn_activation(sin, cos))) {
    expect_refusal(m("a"), "type", "input", "a numeric or logical array, not \"a\".")
    expect_refusal(m$backward("a", 1), "type", "input", "a numeric or logical array, not \"a\".")
    expect_refusal(m$backward(1, "a"), "type", "grad_output", "a numeric or logical array")
    expect_refusal(m$backward(1:3, 1:2), "shape", "grad_output", "the result's shape, [3], not 1:2.")
    expect_refusal(m$weight, "member", "name", "module, not \"weight\".")
    expect_refusal(m$output_shape("a"), "type", "dim", "the dimensions of an array, not \"a\".")
  }
})
