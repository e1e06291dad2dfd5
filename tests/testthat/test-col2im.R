# Transposed layers by all taps at once: the definition's products, in another order.

by_columns <- function(code) with_algorithm("col2im", code)

# Kernels, strides and images of which the phases are many and the cells few, and odd ones.
col2im_layers <- list(
  list(in_channels = 5, out_channels = 2, kernel_size = c(16, 9), stride = c(8, 5), size = c(3, 4)),
  list(in_channels = 3, out_channels = 1, kernel_size = c(1, 40), stride = c(1, 7), size = c(1, 9)),
  list(in_channels = 17, out_channels = 3, kernel_size = 3, stride = 4, size = c(6, 5)), # holes
  list(in_channels = 4, out_channels = 6, kernel_size = c(4, 3), stride = 2, size = 5, groups = 2),
  list(in_channels = 2, out_channels = 2, kernel_size = 3, stride = 3, dilation = c(4, 2), size = 4),
  list(in_channels = 300, out_channels = 1, kernel_size = 5, stride = 2, size = c(2, 1)),
  list(in_channels = 1, out_channels = 1, kernel_size = 1, stride = 1, size = 1)
)

test_that("all taps at once give the definition's values, whatever is cropped", {
  set.seed(71)
  for (layer in col2im_layers) for (padding in list(0, 1, c(2, 1))) for (batch in c(1, 3, 70)) {
    m <- do.call(nn_conv_transpose2d, layer[names(layer) != "size"])
    x <- random_array(batch, layer$in_channels, rep_len(layer$size, 2))
    arguments <- list(stride = m$stride, padding = padding, groups = m$groups, dilation = m$dilation)
    size <- (rep_len(layer$size, 2) - 1) * m$stride - 2 * padding + m$dilation * (m$kernel_size - 1) + 1
    if (any(size < 1)) next
    reference <- do.call(reference_conv_transpose2d, list(
      x, m$weight, m$bias, m$stride, rep_len(padding, 2), c(0, 0), m$dilation, m$groups, "zeros"
    ))
    for (dtype in names(tolerance)) {
      y <- by_columns(do.call(nnf_conv_transpose2d, c(list(x, m$weight, m$bias, dtype = dtype), arguments)))
      expect_lte(relative_error(y, reference), tolerance[[dtype]])
    }
  }
})

test_that("sums of whole numbers are exact, and holes hold the bias", {
  set.seed(72)
  x <- array(sample(-9:9, 4 * 6 * 5, TRUE), c(1, 4, 6, 5))
  w <- array(sample(-9:9, 4 * 2 * 9, TRUE), c(4, 2, 3, 3))
  for (dtype in names(tolerance)) {
    f <- function() nnf_conv_transpose2d(x, w, c(0.5, -0.25), stride = 4, padding = 1, dtype = dtype)
    expect_identical(by_columns(f()), with_algorithm("direct", f()))
    expect_identical(unique(as.vector(by_columns(f())[1, 1, 3, ])), 0.5)
  }
})

test_that("weights and results that are taken in parts give the same", {
  set.seed(73)
  # 2 million weights, of which the columns of the kernel are taken a few at a time
  x <- random_array(1, 64, 3, 3)
  w <- random_array(64, 8, 64, 64)
  f <- function(dtype) nnf_conv_transpose2d(x, w, stride = 32, padding = 7, dtype = dtype)
  for (dtype in names(tolerance)) {
    expect_lte(relative_error(by_columns(f(dtype)), with_algorithm("direct", f(dtype))),
               tolerance[[dtype]])
  }
})

test_that("the result does not depend on threads, and is chosen alike by all instruction sets", {
  set.seed(74)
  x <- random_array(2, 96, 30, 20)
  m <- nn_conv_transpose2d(96, 2, 8, stride = 4, padding = 2)
  expect_same_choice(m, x, "col2im")
})

test_that("large kernels on small images are computed so, and wide layers are not", {
  takes_columns <- function(m, shape) {
    x <- random_array(shape)
    automatic <- with_algorithm("automatic", m(x))
    identical(automatic, by_columns(m(x))) && !identical(automatic, with_algorithm("direct", m(x)))
  }
  set.seed(75)
  expect_true(takes_columns(nn_conv_transpose2d(64, 3, 32, stride = 16), c(1, 64, 6, 6)))
  expect_true(takes_columns(nn_conv_transpose2d(64, 3, 32, stride = 16, dtype = "float32"), c(1, 64, 6, 6)))
  expect_false(takes_columns(nn_conv_transpose2d(32, 64, 3, stride = 2), c(1, 32, 20, 20)))
  expect_false(takes_columns(nn_conv_transpose2d(2, 48, 4, stride = 2), c(1, 2, 20, 20)))
})

test_that("the gradient of a convolution by its input is such a sum", {
  set.seed(76)
  m <- nn_conv2d(2, 40, 12, stride = 6, padding = 3)
  x <- random_array(1, 2, 42, 36)
  g <- random_array(m$output_shape(dim(x)))
  expect_equal(by_columns(m$backward(x, g, "input")), with_algorithm("direct", m$backward(x, g, "input")),
               tolerance = 1e-12)
})
