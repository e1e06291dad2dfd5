# output_shape(): the shape of the result, before there is one.

input <- array(as.numeric(1:60), c(1, 2, 5, 6))

test_that("output_shape() is the shape of the result, and refuses what the call refuses", {
  for (m in some_layers()) {
    expect_equal(m$output_shape(dim(input)), dim(m(input)))
    expect_equal(m$output_shape(dim(input)[-1]), dim(m(input[1, , , ])))
    for (bad in list(c(1, 3, 5, 5), 1:2, c(1, 2, 5.5, 5), c(1, 2, NA, 5), c(-1, 2, 5, 5), 2^40)) {
      expect_error(m$output_shape(bad), class = "nnconv_error_argument")
    }
    expect_error(m$output_shape("a"), class = "nnconv_error_type")
    expect_error(m$output_shape(c(1, 2, 0, 5)), class = "nnconv_error_shape")
  }
  up <- some_layers()[[1]]
  expect_equal(up$output_shape(dim(input), c(10, 12)), c(1, 4, 10, 12))
  expect_error(up$output_shape(dim(input), c(99, 12)), class = "nnconv_error_argument")
})

test_that("an output_size of the layer holds in chains, and the call's comes before it", {
  set.seed(817)
  net <- nn_sequential(
    nn_conv2d(1, 2, 3, stride = 2, padding = 1), nn_relu(),
    nn_conv_transpose2d(2, 1, 3, stride = 2, padding = 1, output_size = c(8, 7))
  )
  x <- random_array(2, 1, 8, 7)
  expect_identical(dim(net(x)), dim(x))
  expect_equal(net$output_shape(dim(x)), dim(x))
  expect_equal(summary(net, dim(x))$output_shape, dim(x))
  gradients <- net$backward(x, function(y) y - x)
  expect_identical(dim(gradients$input), dim(x))
  up <- net[[3]]
  h <- random_array(1, 2, 4, 4)
  given <- up(h, output_size = c(7, 8))
  expect_identical(dim(given), c(1L, 1L, 7L, 8L))
  expect_equal(up$output_shape(dim(h), output_size = c(7, 8)), dim(given))
  expect_identical(up$backward(h, given)$weight,
                   nnf_conv_transpose2d_backward(given, h, up$weight, NULL, 2, 1)$weight)
  one <- nn_conv_transpose2d(2, 1, 3, stride = 2, output_size = 10)
  expect_identical(one$output_size, c(10, 10))
})
