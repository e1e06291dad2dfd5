# Parameters: their names, and all of them as one vector.

test_that("parameters as a vector are those of layers, and as many", {
  l <- nn_conv2d(2, 3, 3)
  allowed <- "a layer, a chain, what backward() returns, or a list of them, not "
  for (bad in list(1, "a", NULL, sum, data.frame(a = 1))) {
    expect_refusal(nn_parameters_vector(bad), "type", "x", paste0(allowed, describe(bad)))
  }
  expect_refusal(nn_parameters_vector(list(weight = "a")), "type", "x", "not \"a\".")
  expect_refusal(nn_parameters_vector(list(l, l)), "argument", "x", "layers that each come once")
  expect_refusal(nn_parameters_vector(l) <- 1:3, "shape", "value", "a vector of shape [57], not 1:3.")
  expect_refusal(nn_parameters_vector(l) <- "a", "type", "value", "not \"a\".")
  expect_refusal(nn_set_parameters_vector(l, 1:3), "shape", "value", "of shape [57], not 1:3.")
  expect_refusal(nn_set_parameters_vector(3, 1), "type", "x", "a layer, a chain or a list of them, not 3")
  expect_refusal(nn_set_parameters_vector(list(l, l), 1:114), "argument", "x", "that each come once")
  nothing <- list()
  expect_refusal(nn_parameters_vector(nothing) <- 1, "type", "x", "a layer, a chain or a list of them")
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
  x <- chain_input()
  expect_identical(nested(x), nested[["1"]](net(x)))
})

test_that("the vector has the parameters in order, and assigning it puts them back", {
  m <- nn_conv2d(2, 3, 2)
  net <- nn_sequential(nn_conv2d(1, 2, 2), nn_relu(), nn_conv_transpose2d(2, 1, 2, bias = FALSE))
  expect_identical(nn_parameters_vector(m), c(m$weight, m$bias))
  expect_identical(nn_parameters_vector(net), c(net[[1]]$weight, net[[1]]$bias, net[[3]]$weight))
  both <- list(net, nn_tanh(), first = m)
  expect_identical(nn_parameters_vector(both), c(nn_parameters_vector(net), nn_parameters_vector(m)))
  expect_identical(nn_parameters_vector(nn_relu()), numeric())

  count <- length(nn_parameters_vector(both))
  nn_parameters_vector(both) <- seq_len(count)
  expect_identical(nn_parameters_vector(both), as.double(seq_len(count)))
  expect_identical(net[[1]]$weight, array(as.double(1:8), c(2, 1, 2, 2)))
  expect_identical(net[[1]]$bias, c(9, 10))
  expect_identical(m$bias, count - c(2, 1, 0))
  alias <- m
  nn_parameters_vector(alias) <- numeric(27)
  expect_identical(range(m$weight, m$bias), c(0, 0))
  before <- nn_parameters_vector(net)
  expect_error(nn_parameters_vector(net) <- 1:3, class = "nnconv_error_shape")
  expect_identical(nn_parameters_vector(net), before)
})

test_that("the setter is the assignment, also for layers without a name in common", {
  m <- nn_conv2d(2, 3, 2)
  n <- nn_conv_transpose2d(1, 2, 1)
  expect_identical(withVisible(nn_set_parameters_vector(m, 1:27)), list(value = m, visible = FALSE))
  expect_identical(nn_parameters_vector(m), as.double(1:27))
  before <- nn_parameters_vector(list(m, n))
  expect_error(nn_set_parameters_vector(list(m, n), 1:30), class = "nnconv_error_shape")
  expect_identical(nn_parameters_vector(list(m, n)), before)
  nn_set_parameters_vector(list(m, n), 31:1)
  expect_identical(m$bias, c(7, 6, 5))
  expect_identical(n$weight, array(c(4, 3), c(1, 2, 1, 1)))
  expect_identical(n$bias, c(2, 1))
  # R's own error, as the help says.
  expect_error(nn_parameters_vector(list(m, n)) <- 1:31, "list<-", fixed = TRUE)
  expect_identical(nn_parameters_vector(list(m, n)), as.double(1:31))
})

test_that("gradients make a vector in the same order", {
  set.seed(90)
  net <- nn_sequential(nn_conv2d(1, 2, 2), nn_relu(), nn_conv_transpose2d(2, 1, 2))
  m <- nn_conv2d(1, 3, 2)
  x <- random_array(1, 5, 5)
  of_net <- net$backward(x, identity, c("output", "input", "weight", "bias"))
  of_m <- m$backward(x, m(x))
  expect_identical(nn_parameters_vector(of_net), unlist(of_net[-(1:2)], use.names = FALSE))
  expect_identical(nn_parameters_vector(of_m), c(of_m$weight, of_m$bias))
  expect_identical(
    nn_parameters_vector(list(of_net, input = of_m)),
    c(nn_parameters_vector(of_net), nn_parameters_vector(of_m))
  )
  expect_identical(nn_parameters_vector(net$state_dict()), nn_parameters_vector(net))
})

test_that("optim() finds the weights that made an image", {
  set.seed(91)
  for (make in list(nn_conv_transpose2d, nn_conv2d)) {
    teacher <- make(2, 2, 3, padding = 1)
    m <- make(2, 2, 3, padding = 1)
    x <- random_array(2, 2, 6, 6)
    target <- teacher(x)
    loss <- function(p) {
      nn_parameters_vector(m) <- p
      sum((m(x) - target)^2)
    }
    gradient <- function(p) {
      nn_parameters_vector(m) <- p
      nn_parameters_vector(m$backward(x, function(y) 2 * (y - target), c("weight", "bias")))
    }
    fit <- stats::optim(nn_parameters_vector(m), loss, gradient, method = "BFGS",
                        control = list(maxit = 500, reltol = 1e-14))
    expect_equal(fit$par, nn_parameters_vector(teacher), tolerance = 1e-4)
  }
})
