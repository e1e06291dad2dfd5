# A module in a few words.

test_that("a module is named after its constructor", {
  expect_identical(constructor(nn_conv2d(1, 1, 1)), "nn_conv2d")
  expect_identical(constructor(nn_conv_transpose2d(1, 1, 1)), "nn_conv_transpose2d")
  expect_identical(constructor(nn_sequential(nn_relu())), "nn_sequential")
  expect_identical(kind_in_words(nn_conv2d(1, 1, 1)), "`nn_conv2d` layer")
  expect_identical(kind_in_words(nn_tanh()), "`nn_tanh` module")
})

test_that("hyper-parameters are those of the layer, or of all leaves by their paths", {
  own <- hyper_parameters_of(nn_leaky_relu(0.3))
  expect_identical(own, list(negative_slope = 0.3))
  net <- nn_sequential(nn_conv2d(2, 3, 1), inner = nn_sequential(nn_leaky_relu(0.3)))
  all <- hyper_parameters_of(net)
  expect_identical(all[["0.out_channels"]], 3)
  expect_identical(all[["inner.0.negative_slope"]], 0.3)
  expect_false(any(grepl("pads|layer$", names(all))))
})
