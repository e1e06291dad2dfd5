# The convolution against the plain loops, over a random table of all arguments.

conv2d_error <- function(g, dtype) {
  x <- random_array(g$batch, g$in_channels, large_size(g))
  m <- nn_conv2d(
    g$in_channels, g$out_channels, g$kernel_size, g$stride, g$padding, g$dilation,
    g$groups, g$bias, g$mode, dtype
  )
  y <- m(as_input(x, g))
  reference <- reference_conv2d(
    x, m$weight, m$bias, g$stride, g$padding, g$dilation, g$groups, g$mode
  )
  relative_error(y, as_input(reference, g))
}

test_that("the convolution computes its definition, in both types", {
  set.seed(21)
  for (i in 1:400) {
    g <- random_geometry()
    for (dtype in names(tolerance)) {
      expect_lte(conv2d_error(g, dtype), tolerance[[dtype]], label = label_of(g))
    }
  }
})

test_that("padding = \"same\" computes its definition for every mode, kernel and dilation", {
  set.seed(22)
  for (mode in padding_modes) for (kernel in 1:5) for (dilation in 1:2) {
    k <- c(kernel, 6 - kernel)
    d <- c(dilation, 3 - dilation)
    x <- random_array(1, 2, 9, 10)
    m <- nn_conv2d(2, 3, k, padding = "same", dilation = d, padding_mode = mode)
    reference <- reference_conv2d(
      x, m$weight, m$bias, c(1, 1), reference_same(k, d), d, 1, mode
    )
    expect_identical(dim(m(x)), c(1L, 3L, 9L, 10L))
    expect_lte(relative_error(m(x), reference), 1e-12, label = paste(mode, kernel, dilation))
  }
})
