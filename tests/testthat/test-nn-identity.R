# The identity: what it takes in, it gives back.

test_that("the identity returns its input and its gradient as they are", {
  set.seed(5)
  m <- nn_identity()
  for (x in list(random_array(2, 3, 4, 5), random_array(3, 4, 5), 1:3, c(TRUE, NA))) {
    expect_identical(m(x), x + 0)
    expect_identical(m$backward(x, x)$input, x + 0)
    expect_identical(m$output_shape(extents_of(x)), as.double(extents_of(x)))
  }
  expect_identical(format(m), "nn_identity()")
  expect_identical(nn_parameters_vector(m), numeric())
  expect_true(all.equal(m$clone(), m))
  expect_refusal(m("a"), "type", "input", "a numeric or logical array")
  expect_refusal(m$backward(1:3, 1:2), "shape", "grad_output", "of the result's shape, [3]")
})

test_that("the identity has its place in chains, tiles and matrices", {
  set.seed(6)
  layer <- nn_conv2d(2, 3, 3)
  net <- nn_sequential(nn_identity(), layer, nn_identity())
  x <- random_array(2, 2, 7, 6)
  expect_identical(net(x), layer(x))
  expect_identical(unname(net$backward(x, layer(x))), unname(layer$backward(x, layer(x))))
  expect_equal(predict(net, x, tile = 3), layer(x), tolerance = 1e-12)
  expect_identical(as.matrix(net, c(2, 5, 4)), as.matrix(layer, c(2, 5, 4)))
  expect_refusal(nn_sequential(layer, nn_identity(), nn_conv2d(2, 1, 1)), "argument", "...",
                 "after `0`, one that reads 3 channels")
})
