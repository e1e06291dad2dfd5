# Transposed layers of sequences, against loops. test-nn-conv1d.R compares them with those of images.

test_that("a transposed convolution of sequences is its definition, and the adjoint of the convolution", {
  set.seed(360)
  for (i in 1:10) {
    k <- sample(1:4, 1)
    stride <- sample(1:3, 1)
    dilation <- sample(1:2, 1)
    groups <- sample(1:2, 1)
    m <- nn_conv_transpose1d(4, 6, k, stride, groups = groups, dilation = dilation)
    x <- random_array(2, 4, 5)
    y <- m(x)
    expected <- array(rep(m$bias, each = 2), c(2, 6, (5 - 1) * stride + dilation * (k - 1) + 1))
    for (c in 1:4) for (j in 1:5) for (o in seq_len(6 / groups)) for (u in seq_len(k)) {
      at <- (j - 1) * stride + (u - 1) * dilation + 1
      to <- (c - 1) %/% (4 / groups) * (6 / groups) + o
      expected[, to, at] <- expected[, to, at] + x[, c, j] * m$weight[c, o, u]
    }
    expect_equal(y, expected)
    down <- nn_conv1d(6, 4, k, stride, groups = groups, dilation = dilation, bias = FALSE)
    down$weight <- m$weight
    z <- random_array(dim(y))
    expect_equal(sum((y - rep(m$bias, each = 2)) * z), sum(down(z) * x))
  }
})
