# nnf_conv_transpose2d(): the definition, by hand and by loops, and the same as the layer.

test_that("each cell of the input adds a kernel to the result, at steps of the stride", {
  x <- matrix(c(1, 2, 3, 5), 2)
  w <- matrix(c(1, 10, 100, 1000, 1e4, 1e5), 2)
  y <- nnf_conv_transpose2d(array(x, c(1, 2, 2)), array(w, c(1, 1, 2, 3)), bias = 0.5, stride = c(1, 2))
  by_hand <- matrix(0.5, 3, 5)
  for (i in 1:2) for (j in 1:2) {
    rows <- i - 1 + 1:2
    columns <- 2 * (j - 1) + 1:3
    by_hand[rows, columns] <- by_hand[rows, columns] + x[i, j] * w
  }
  expect_identical(y, array(by_hand, c(1, 3, 5)))
})

test_that("channels are summed, and groups keep to themselves", {
  x <- array(as.double(1:8), c(1, 4, 1, 2))
  expect_identical(
    nnf_conv_transpose2d(x, array(c(1, 10, 100, 1000), c(4, 1, 1, 1)), groups = 4),
    x * c(1, 10, 100, 1000)
  )
  # The weights are those of the input's channels, each with a line of the group's results.
  w <- array(as.double(1:8), c(4, 2, 1, 1))
  whole <- nnf_conv_transpose2d(x, w)[1, , 1, 1]
  expect_identical(whole, as.vector(x[1, , 1, 1] %*% w[, , 1, 1]))
  halves <- nnf_conv_transpose2d(x, w, groups = 2)[1, , 1, 1]
  expect_identical(halves, c(x[1, 1:2, 1, 1] %*% w[1:2, , 1, 1], x[1, 3:4, 1, 1] %*% w[3:4, , 1, 1]))
})

test_that("padding crops, output_padding crops less, and output_size says how large it is", {
  x <- random_array(1, 2, 3, 4)
  w <- random_array(2, 3, 3, 3)
  whole <- nnf_conv_transpose2d(x, w, stride = 2) # 7 x 9
  expect_identical(nnf_conv_transpose2d(x, w, stride = 2, padding = 1), whole[, , 2:6, 2:8, drop = FALSE])
  cropped_less <- nnf_conv_transpose2d(x, w, stride = 2, padding = 1, output_padding = c(1, 0))
  expect_identical(cropped_less, whole[, , 2:7, 2:8, drop = FALSE])
  expect_identical(
    nnf_conv_transpose2d(x, w, stride = 2, padding = 1, output_size = c(6, 7)), cropped_less
  )
})

test_that("the functional form is the layer with these weights, with and without a batch", {
  set.seed(902)
  for (i in 1:20) {
    g <- random_geometry()
    x <- as_input(random_array(g$batch, g$in_channels, g$size), g)
    for (dtype in names(tolerance)) {
      m <- nn_conv_transpose2d(
        g$in_channels, g$out_channels, g$kernel_size, g$stride, g$padding, g$output_padding,
        g$groups, g$bias, g$dilation, g$mode, dtype
      )
      y <- nnf_conv_transpose2d(x, m$weight, m$bias, g$stride, g$padding, g$output_padding, g$groups,
                                g$dilation, g$mode, dtype = dtype)
      expect_identical(y, m(x), label = label_of(g))
    }
  }
})
