# Chains and activations: what they compute, their gradients, and what modules can do.

small_chain <- function() {
  nn_sequential(
    nn_conv2d(2, 4, 3, stride = 2, padding = 1, padding_mode = "reflect"),
    act = nn_leaky_relu(0.2),
    nn_conv_transpose2d(4, 3, 4, stride = 2, padding = 1, bias = FALSE),
    nn_tanh()
  )
}

image <- function(...) random_array(..., 2, 8, 6)

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

test_that("a chain is its modules one after the other", {
  set.seed(81)
  net <- small_chain()
  for (x in list(image(3), image(), image(0))) {
    by_hand <- tanh(net[[3]](net$act(net[[1]](x))))
    expect_identical(net(x), by_hand)
    expect_identical(net$forward(x), by_hand)
    expect_identical(predict(net, x), by_hand)
    expect_equal(net$output_shape(dim(x)), dim(by_hand))
  }
})

test_that("the gradients of a chain are those composed by hand", {
  set.seed(82)
  net <- small_chain()
  x <- image(2)
  parts <- list(net[[1]](x))
  parts[[2]] <- net$act(parts[[1]])
  parts[[3]] <- net[[3]](parts[[2]])
  y <- random_array(dim(parts[[3]]))
  last <- y * (1 - tanh(parts[[3]])^2)
  up <- net[[3]]$backward(parts[[2]], last)
  down <- net[[1]]$backward(x, up$input * ifelse(parts[[1]] > 0, 1, 0.2))
  got <- net$backward(x, y)
  expect_equal(got, list(
    input = down$input, "0.weight" = down$weight, "0.bias" = down$bias, "2.weight" = up$weight
  ), tolerance = 1e-14)

  expect_identical(net$backward(x, y, "input"), got["input"])
  expect_identical(net$backward(x, y, c("weight", "bias")), got[-1])
  expect_identical(net$backward(x, y, "bias"), got["0.bias"])
  expect_identical(net$backward(x, function(result) {
    expect_identical(result, net(x))
    y
  }, c("bias", "output")), c(list(output = net(x)), got["0.bias"]))
  expect_identical(
    net$backward(x[1, , , ], y[1, , , ], "input")$input,
    net$backward(x[1, , , , drop = FALSE], y[1, , , , drop = FALSE])$input[1, , , ]
  )
})

test_that("the gradients of a chain are those of finite differences", {
  set.seed(83)
  net <- nn_sequential(
    nn_conv2d(2, 3, 3, padding = "same", padding_mode = "circular"), nn_sigmoid(),
    nn_sequential(nn_conv_transpose2d(3, 4, 3, stride = 2, groups = 1), nn_activation(sin, cos)),
    last = nn_conv2d(4, 1, c(2, 3), dilation = 2)
  )
  x <- image(2)
  target <- random_array(dim(net(x)))
  loss <- function(parameters, input = x) {
    nn_parameters_vector(net) <- parameters
    sum((net(input) - target)^2) / 2
  }
  start <- nn_parameters_vector(net)
  got <- net$backward(x, function(y) y - target)
  expect_named(got, c("input", names(net$parameters)))
  expect_identical(lapply(got[-1], dim), lapply(net$parameters, dim))
  h <- 1e-5
  for (i in 1:20) {
    step <- stats::rnorm(length(start))
    expect_equal(
      (loss(start + h * step) - loss(start - h * step)) / (2 * h),
      sum(nn_parameters_vector(got) * step), tolerance = 1e-6
    )
    step <- random_array(dim(x))
    expect_equal(
      (loss(start, x + h * step) - loss(start, x - h * step)) / (2 * h), sum(got$input * step),
      tolerance = 1e-6
    )
  }
})

test_that("modules before the first that is wanted take no part in the way back", {
  net <- nn_sequential(
    nn_conv2d(1, 1, 3, bias = FALSE), nn_activation(sin, function(x) refuse("x", "left alone", "seen")),
    nn_conv2d(1, 1, 3)
  )
  x <- random_array(1, 7, 7)
  expect_named(net$backward(x, net(x), "bias"), "2.bias")
  expect_error(net$backward(x, net(x), "weight"), "In module `1`", class = "nnconv_error")
})

test_that("parameters of a chain have the names of torch, and can be saved and loaded by them", {
  net <- small_chain()
  expect_named(net$state_dict(), c("0.weight", "0.bias", "2.weight"))
  expect_identical(net$parameters[["2.weight"]], net[["2"]]$weight)
  expect_identical(coef(net), net$parameters)
  other <- small_chain()
  expect_false(isTRUE(all.equal(net, other)))
  expect_identical(other$load_state_dict(rev(net$state_dict())), other)
  expect_true(all.equal(net, other))
  expect_error(net$load_state_dict(list()), "Missing: 0.weight, 0.bias, 2.weight.",
               class = "nnconv_error_state")
  wrong <- net$state_dict()
  wrong[["2.weight"]] <- 1
  expect_error(net$load_state_dict(wrong), "`2.weight` must be an array of shape [4, 3, 4, 4]",
               class = "nnconv_error_shape", fixed = TRUE)
  nested <- nn_sequential(first = net, nn_conv2d(3, 1, 1))
  expect_named(nested$parameters, c(
    "first.0.weight", "first.0.bias", "first.2.weight", "1.weight", "1.bias"
  ))
  x <- image()
  expect_identical(nested(x), nested[["1"]](net(x)))
})

test_that("a chain shares its modules, and a clone of it does not", {
  net <- small_chain()
  copy <- net$clone()
  first <- net[[1]]
  first$bias <- 1:4
  expect_identical(net$`0`$bias, c(1, 2, 3, 4))
  expect_identical(net$parameters[["0.bias"]], c(1, 2, 3, 4))
  net[[1]]$weight[1, 1, 1, 1] <- 7
  expect_identical(first$weight[1], 7)
  expect_false(isTRUE(all.equal(copy$`0`$bias, c(1, 2, 3, 4))))
  net$act <- nn_relu()
  expect_identical(format(net$children$act), "nn_relu()")
  expect_identical(format(copy$act), "nn_leaky_relu(negative_slope = 0.2)")
  expect_length(net, 4)
  expect_true(all(c("0", "act", "2", "3", "backward", "children") %in% names(net)))
})

test_that("mode, type and initial values reach every layer of a chain", {
  net <- nn_sequential(small_chain(), nn_conv2d(3, 1, 1))
  expect_identical(net$eval(), net)
  expect_false(net[[1]][[3]]$training || net[[1]]$act$training || net[[2]]$training)
  net$train()
  expect_true(net$training && net[[1]][[1]]$training)
  expect_identical(net$to("float32"), net)
  expect_identical(c(net[[1]][[1]]$dtype, net[[2]]$dtype), c("float32", "float32"))
  before <- net$parameters
  set.seed(84)
  net$reset_parameters()
  set.seed(84)
  expect_identical(net[[1]][[1]]$weight, nn_conv2d(2, 4, 3)$weight)
  expect_identical(lapply(net$parameters, dim), lapply(before, dim))
})

test_that("summary() has a line for each module of a chain", {
  s <- summary(small_chain(), c(5, 2, 8, 6))
  expect_equal(s$output_shape, c(5, 3, 8, 6))
  expect_equal(s$parameters, 4 * 2 * 9 + 4 + 4 * 3 * 16)
  expect_equal(s$multiply_adds, 5 * 12 * 4 * 2 * 9 + 5 * 12 * 4 * 3 * 16)
  expect_identical(rownames(s$modules), c("0", "act", "2", "3"))
  expect_equal(sum(s$modules$multiply_adds), s$multiply_adds)
  expect_equal(sum(s$modules$parameters), s$parameters)
  expect_identical(s$modules$output_shape[1:2], rep("5 x 4 x 4 x 3", 2))
  expect_output(print(s), "nn_leaky_relu()", fixed = TRUE)
})

test_that("format() of chains and activations is the call that makes them", {
  for (m in list(small_chain(), nn_sequential(small_chain(), nn_relu()), nn_leaky_relu(),
                 nn_activation(sin, cos), nn_sigmoid())) {
    again <- eval(parse(text = format(m)))
    again$load_state_dict(m$state_dict())
    expect_true(all.equal(again, m))
    expect_output(print(m), class(m)[1] |> sub(pattern = "nnconv_", replacement = "nn_"))
  }
  expect_output(str(small_chain()), "$ 2.weight", fixed = TRUE)
  expect_output(print(nn_leaky_relu(0.2)), "* negative_slope: 0.2", fixed = TRUE)
})

test_that("a chain in a chain prints its modules by the paths that their parameters have", {
  printed <- capture.output(nn_sequential(nn_relu(), inner = nn_sequential(nn_conv2d(1, 1, 2))))
  expect_true("* 0: nn_relu()" %in% printed)
  expect_true("* inner.0: nn_conv2d(1, 1, kernel_size = 2)" %in% printed)
  expect_true("* inner.0.bias: Double [1:1]" %in% printed)
})

test_that("all.equal() tells chains apart in a line", {
  net <- small_chain()
  other <- net$clone()
  other$act <- nn_relu()
  expect_identical(all.equal(net, other), paste(
    "one is an nn_sequential of 0 = nn_conv2d, act = nn_leaky_relu, 2 = nn_conv_transpose2d,",
    "3 = nn_tanh, the other an nn_sequential of 0 = nn_conv2d, act = nn_relu,",
    "2 = nn_conv_transpose2d, 3 = nn_tanh"
  ))
  other$act <- nn_leaky_relu(0.1)
  expect_match(all.equal(net, other), "act.negative_slope", fixed = TRUE)
})

test_that("a saved chain is plain numbers, and computes the same elsewhere", {
  net <- small_chain()
  x <- image(1)
  invisible(lapply(1:5, function(i) net$backward(x, net(x)))) # compiled by now
  bytes <- serialize(net, NULL)
  expect_lte(length(bytes) - 8 * sum(lengths(net$parameters)), 5 * 4096)
  back <- unserialize(bytes)
  expect_true(all.equal(back, net))
  expect_identical(back$backward(x, net(x)), net$backward(x, net(x)))
})
