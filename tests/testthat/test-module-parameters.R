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
