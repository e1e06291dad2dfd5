# Cases that implementations of these layers are known to get wrong.

test_that("output_padding is legal below the stride or below the dilation, on each axis", {
  legal <- function(op, s, d) {
    m <- nn_conv_transpose2d(1, 1, 3, stride = s, dilation = d, output_padding = op)
    m$output_padding
  }
  expect_identical(legal(1, 1, 2), c(1, 1))
  expect_identical(legal(2, 2, 3), c(2, 2))
  expect_error(legal(2, 2, 1), class = "nnconv_error_argument")
  expect_error(legal(c(0, 1), c(2, 1), 1), class = "nnconv_error_argument")
})

test_that("output_padding as large as the stride holds real sums", {
  set.seed(40)
  expect_reference(random_array(1, 2, 4, 3), random_array(2, 2, 3, 2),
    stride = c(1, 2), padding = c(2, 1), output_padding = c(2, 2), dilation = c(3, 3)
  )
})

test_that("output_padding crops less: beyond the full extent there is only bias", {
  x <- array(1, c(1, 1, 2, 2))
  w <- array(1, c(1, 1, 2, 2))
  y <- nnf_conv_transpose2d(x, w, bias = 7, stride = 3, output_padding = 2)
  expect_identical(dim(y), c(1L, 1L, 7L, 7L))
  expect_true(all(y[1, 1, 6:7, ] == 7))
  expect_true(all(y[1, 1, , 6:7] == 7))
  cropped <- nnf_conv_transpose2d(x, w, bias = 7, stride = 3, padding = 1, output_padding = 1)
  expect_identical(cropped[1, 1, , ], y[1, 1, 2:5, 2:5])
  expect_identical(cropped[1, 1, 4, 4], 8) # a real sum, not a zero
})

test_that("groups with different channel counts and several channels per group are right", {
  set.seed(41)
  expect_reference(random_array(2, 4, 3, 4), random_array(4, 3, 2, 3),
    groups = 2, stride = c(2, 1), bias = stats::rnorm(6)
  )
  expect_reference(random_array(1, 6, 3, 4), random_array(6, 2, 2, 3), groups = 3)
})

test_that("stride and dilation may both exceed 1", {
  set.seed(42)
  expect_reference(random_array(1, 2, 4, 5), random_array(2, 2, 3, 3),
    stride = c(2, 3), dilation = c(3, 2), padding = c(1, 2), output_padding = c(1, 2)
  )
})

test_that("a stride larger than the kernel leaves holes that hold the bias", {
  y <- nnf_conv_transpose2d(array(1:4, c(1, 1, 2, 2)), array(1, c(1, 1, 1, 1)), 0.5, stride = 3)
  expect_identical(y[1, 1, , ], rbind(
    c(1.5, 0.5, 0.5, 3.5), c(0.5, 0.5, 0.5, 0.5), c(0.5, 0.5, 0.5, 0.5), c(2.5, 0.5, 0.5, 4.5)
  ))
})

test_that("input without a batch works in every mode and with output_size", {
  set.seed(44)
  x <- random_array(2, 5, 6)
  for (mode in padding_modes) {
    for (m in list(
      nn_conv_transpose2d(2, 3, 3, stride = 2, padding = 1, padding_mode = mode),
      nn_conv2d(2, 3, 3, stride = 2, padding = 1, padding_mode = mode)
    )) {
      y <- m(x)
      expect_length(dim(y), 3)
      expect_identical(as.vector(y), as.vector(m(array(x, c(1, dim(x))))))
    }
    up <- nn_conv_transpose2d(2, 3, 3, stride = 2, padding = 1, padding_mode = mode)
    expect_identical(dim(up(x, output_size = c(10, 12))), c(3L, 10L, 12L))
    expect_identical(dim(up(x, output_size = c(99, 10, 12))), c(3L, 10L, 12L))
  }
})

test_that("large strides and dilations cost no memory for what they skip", {
  x <- array(1:4, c(1, 1, 2, 2))
  y <- nnf_conv_transpose2d(x, array(1, c(1, 1, 1, 1)), stride = c(1000, 3000))
  expect_identical(dim(y), c(1L, 1L, 1001L, 3001L))
  expect_identical(sum(y), 10)
  expect_identical(y[1, 1, 1001, 3001], 4)
})

test_that("a batch of no images gives no images", {
  m <- nn_conv_transpose2d(2, 3, 3, stride = 2, padding_mode = "circular")
  expect_identical(dim(m(array(0, c(0, 2, 4, 5)))), c(0L, 3L, 9L, 11L))
  down <- nn_conv2d(2, 3, 3, stride = 2, padding = 1, padding_mode = "reflect")
  expect_identical(dim(down(array(0, c(0, 2, 4, 5)))), c(0L, 3L, 2L, 3L))
  expect_identical(dim(m(array(0, c(0, 2, 4, 5)), output_size = c(10, 12))), c(0L, 3L, 10L, 12L))
})

test_that("integers, logicals and arrays with names are taken as numbers", {
  m <- nn_conv_transpose2d(1, 1, 2, stride = 2)
  x <- array(c(1, 0, 1, 1), c(1, 1, 2, 2))
  expect_identical(m(array(x == 1, dim(x))), m(x))
  expect_identical(m(array(as.integer(x), dim(x))), m(x))
  named <- array(x, dim(x), dimnames = list("a", "b", c("c", "d"), c("e", "f")))
  expect_identical(m(named), m(x))
  expect_null(attributes(m(named))$dimnames)
})

test_that("the input is not changed, compact sequences included", {
  x <- 1:36
  dim(x) <- c(1, 1, 6, 6)
  before <- x + 0L
  invisible(nn_conv_transpose2d(1, 1, 3)(x))
  expect_identical(x, before)
  y <- array(stats::rnorm(36), c(1, 1, 6, 6))
  copy <- y + 0
  invisible(nn_conv2d(1, 1, 3, padding = 1, padding_mode = "circular")(y))
  expect_identical(y, copy)
})

test_that("NaN and Inf reach exactly the cells of the definition, also through zero weights", {
  set.seed(46)
  # Inputs and weights of -1, 0 and 1, so that infinite values also cancel.
  ternary <- function(...) array(sample(c(-1, 0, 1), prod(...), replace = TRUE), c(...))
  for (i in 1:60) {
    g <- random_geometry()
    if (g$batch == 0) next
    x <- ternary(c(g$batch, g$in_channels, g$size))
    x[sample(length(x), 1)] <- sample(c(NaN, Inf, -Inf, NA), 1)
    w <- ternary(c(g$in_channels, g$out_channels / g$groups, g$kernel_size))
    if (i %% 4 == 0) w[sample(length(w), 1)] <- Inf
    for (dtype in c("float64", "float32")) {
      y <- nnf_conv_transpose2d(
        x, w, NULL, g$stride, g$padding, g$output_padding, g$groups, g$dilation,
        padding_mode = g$mode, dtype = dtype
      )
      reference <- reference_conv_transpose2d(
        x, w, NULL, g$stride, g$padding, g$output_padding, g$dilation, g$groups, g$mode
      )
      expect_identical(kind_of(y), kind_of(reference), label = label_of(g))
    }
    large <- ternary(c(g$batch, g$out_channels, large_size(g)))
    large[sample(length(large), 1)] <- sample(c(NaN, Inf, -Inf, NA), 1)
    reference <- reference_conv2d(
      large, w, NULL, g$stride, g$padding, g$dilation, g$groups, g$mode
    )
    # The loops pad with zeros that they multiply, which Inf in a weight turns into NaN.
    if (g$mode == "zeros" && any(is.infinite(w))) next
    y <- nnf_conv2d(
      large, w, NULL, g$stride, g$padding, g$dilation, g$groups, padding_mode = g$mode
    )
    expect_identical(kind_of(y), kind_of(reference), label = label_of(g))
  }
})

test_that("values beyond single precision become infinite in float32 only", {
  x <- array(1e300, c(1, 1, 1, 1))
  w <- array(2, c(1, 1, 1, 1))
  expect_identical(as.vector(nnf_conv_transpose2d(x, w)), 2e300)
  expect_identical(as.vector(nnf_conv_transpose2d(x, w, dtype = "float32")), Inf)
  expect_identical(as.vector(nnf_conv2d(x / 1e300 * 1e-310, w)), 2e-310) # denormal
})

test_that("a replicated border costs what is put there, however wide it is", {
  # A billion padded cells, two of which a tap reaches; both show the only cell of the result.
  x <- array(3, c(1, 1, 1, 1))
  w <- array(c(1, 2), c(1, 1, 2, 1))
  y <- nnf_conv_transpose2d(
    x, w, dilation = c(2^30, 1), padding = c(2^29, 0), padding_mode = "replicate"
  )
  expect_identical(y, array(9, c(1, 1, 1, 1)))
  back <- nnf_conv2d(
    x, w, dilation = c(2^30, 1), padding = c(2^29, 0), padding_mode = "replicate"
  )
  expect_identical(back, array(9, c(1, 1, 1, 1)))
})

test_that("strides far beyond the image have the gradients of a single cell", {
  x <- array(c(2, 3), c(2, 1, 1, 1))
  w <- array(5, c(1, 1, 1, 1))
  # The product of both strides, two images and eight bytes is 2^64.
  gradients <- nnf_conv2d_backward(x * 0 + 1, x, w, stride = 2^30)
  expect_identical(gradients$weight, array(5, c(1, 1, 1, 1)))
  expect_identical(gradients$input, x * 0 + 5)
})

test_that("taps that reach no cell are not read, wherever they lie in the kernel", {
  set.seed(26)
  w <- random_array(6, 5, 5, 7)
  bias <- c(1, rep(0, 5))
  for (size in list(c(1, 1), c(2, 1), c(1, 3))) for (padding in list(c(2, 3), c(0, 3), c(4, 6))) {
    x <- random_array(1, 5, size)
    reached <- function(axis) {
      taps <- padding[axis] + seq_len(size[axis]) # of the first cell of the result
      result <- size[axis] + 2 * padding[axis] - dim(w)[2 + axis]
      unique(as.vector(outer(taps, seq(0, max(0, result)), "-")))
    }
    if (any(size + 2 * padding < dim(w)[3:4])) next
    other <- array(NaN, dim(w))
    rows <- intersect(reached(1), seq_len(5))
    columns <- intersect(reached(2), seq_len(7))
    other[, , rows, columns] <- w[, , rows, columns]
    for (dtype in names(tolerance)) for (algorithm in c("automatic", "direct", "padded", "planes")) {
      f <- function(w) with_algorithm(algorithm, nnf_conv2d(x, w, bias, padding = padding, dtype = dtype))
      expect_identical(f(other), f(w))
    }
    reference <- reference_conv2d(x, w, bias, c(1, 1), padding, c(1, 1), 1, "zeros")
    expect_lte(relative_error(nnf_conv2d(x, w, bias, padding = padding), reference), tolerance[["float64"]])
  }
})
