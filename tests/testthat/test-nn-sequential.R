# Chains as modules: what they share, their modes, types and copies.

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

test_that("a saved chain is plain numbers, and computes the same elsewhere", {
  net <- small_chain()
  x <- chain_input(1)
  invisible(lapply(1:5, function(i) net$backward(x, net(x)))) # compiled by now
  bytes <- serialize(net, NULL)
  expect_lte(length(bytes) - 8 * sum(lengths(net$parameters)), 5 * 4096)
  back <- unserialize(bytes)
  expect_true(all.equal(back, net))
  expect_identical(back$backward(x, net(x)), net$backward(x, net(x)))
})
