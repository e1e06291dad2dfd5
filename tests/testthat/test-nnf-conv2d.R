# nnf_conv2d(): the definition, by hand and by loops, and the same as the layer.

test_that("a cell is the sum of a window times the kernel, which is not turned around", {
  x <- matrix(1:9, 3)
  w <- matrix(c(1, 10, 100, 1000), 2)
  y <- nnf_conv2d(array(x, c(1, 3, 3)), array(w, c(1, 1, 2, 2)), bias = 0.5)
  by_hand <- matrix(0, 2, 2)
  for (i in 1:2) for (j in 1:2) by_hand[i, j] <- sum(x[i + 0:1, j + 0:1] * w) + 0.5
  expect_identical(y, array(by_hand, c(1, 2, 2)))
})

test_that("channels are summed, and groups keep to themselves", {
  x <- array(as.double(1:8), c(1, 4, 1, 2))
  w <- array(c(1, 10, 100, 1000), c(4, 1, 1, 1))
  expect_identical(nnf_conv2d(x, w, groups = 4), x * c(1, 10, 100, 1000))
  whole <- nnf_conv2d(x, array(1, c(1, 4, 1, 1)))
  expect_identical(whole, array(apply(x, c(1, 3, 4), sum), c(1, 1, 1, 2)))
  halves <- nnf_conv2d(x, array(1, c(2, 2, 1, 1)), groups = 2)
  expect_identical(halves[1, , 1, 1], c(sum(x[1, 1:2, 1, 1]), sum(x[1, 3:4, 1, 1])))
})

test_that("the functional form is the layer with these weights, with and without a batch", {
  set.seed(901)
  for (i in 1:20) {
    g <- random_geometry()
    x <- as_input(random_array(g$batch, g$in_channels, large_size(g)), g)
    for (dtype in names(tolerance)) {
      m <- nn_conv2d(g$in_channels, g$out_channels, g$kernel_size, g$stride, g$padding, g$dilation,
                     g$groups, g$bias, g$mode, dtype)
      y <- nnf_conv2d(x, m$weight, m$bias, g$stride, g$padding, g$dilation, g$groups, g$mode, dtype)
      expect_identical(y, m(x), label = label_of(g))
    }
  }
})
