# The direct algorithm on copies of the source with zeros, or what the padding mode shows, around it:
# on one copy (padded), or on planes, whose cells are lanes.

copying <- c("padded", "planes")
direct <- function(code) with_algorithm("direct", code)

# Kernels that leave the image on one side, on both, and at every cell; layers of all families.
padded_convolutions <- list(
  list(1, 1, 9, padding = 4, size = c(5, 7)),
  list(3, 2, c(5, 3), padding = c(4, 0, 1, 2), size = c(6, 4)),
  list(8, 16, 3, padding = 1, stride = 2, size = c(9, 8)),
  list(2, 4, c(3, 4), padding = c(6, 3), dilation = c(3, 2), size = c(8, 5)),
  list(6, 6, 5, padding = 2, groups = 6, size = c(4, 6)),
  list(40, 2, c(1, 21), padding = c(0, 10), size = c(1, 8)),
  list(4, 9, 7, padding = 3, stride = c(3, 2), size = 1),
  list(1, 1, c(1, 37), padding = c(0, 18), size = c(1, 150)),
  list(16, 24, 3, padding = 1, groups = 8, size = c(10, 31))
)

test_that("a convolution gives the definition's values in all modes", {
  set.seed(81)
  for (layer in padded_convolutions) for (mode in padding_modes) for (batch in c(1, 3, 20)) {
    size <- rep_len(layer$size, 2)
    m <- do.call(nn_conv2d, c(layer[names(layer) != "size"], padding_mode = mode))
    sides <- environment(m)$config$pads
    if (mode %in% c("reflect", "circular") && any(sides > rep(size, each = 2) - 1)) next
    x <- random_array(batch, m$in_channels, size)
    for (dtype in names(tolerance)) {
      m$to(dtype)
      for (copies in copying) {
        expect_lte(relative_error(with_algorithm(copies, m(x)), direct(m(x))), tolerance[[dtype]])
      }
    }
    m$to("float64")
    if (length(m$padding) == 2) {
      reference <- reference_conv2d(
        x, m$weight, m$bias, m$stride, m$padding, m$dilation, m$groups, mode
      )
      for (copies in copying) {
        expect_lte(relative_error(with_algorithm(copies, m(x)), reference), tolerance[["float64"]])
      }
    }
  }
})

test_that("a transposed layer gives the definition's values, and holes their bias", {
  set.seed(82)
  for (stride in list(1, 2, c(3, 1), 5)) for (padding in list(0, 1, c(2, 0))) for (d in list(1, c(2, 3))) {
    m <- nn_conv_transpose2d(3, 2, c(4, 3), stride, padding, dilation = d)
    x <- random_array(2, 3, 5, 4)
    reference <- reference_conv_transpose2d(
      x, m$weight, m$bias, m$stride, m$padding, c(0, 0), m$dilation, 1, "zeros"
    )
    for (dtype in names(tolerance)) for (copies in copying) {
      m$to(dtype)
      expect_lte(relative_error(with_algorithm(copies, m(x)), reference), tolerance[[dtype]])
    }
  }
  m <- nn_conv_transpose2d(1, 1, 1, stride = 3)
  x <- random_array(1, 1, 2, 2)
  for (copies in copying) expect_identical(with_algorithm(copies, m(x)), direct(m(x)))
})

test_that("a padding mode of a transposed layer is left to the direct algorithm", {
  set.seed(83)
  for (mode in setdiff(padding_modes, "zeros")) {
    m <- nn_conv_transpose2d(2, 2, 5, padding = 2, padding_mode = mode)
    x <- random_array(1, 2, 6, 6)
    for (copies in copying) expect_identical(with_algorithm(copies, m(x)), direct(m(x)))
  }
})

test_that("numbers that are not finite spread as the definition says", {
  set.seed(84)
  m <- nn_conv2d(1, 2, 7, padding = 3)
  x <- random_array(1, 1, 8, 8)
  for (value in c(NaN, Inf, -Inf, 1e300)) for (copies in copying) {
    y <- x
    y[1, 1, 2, 7] <- value
    copied <- with_algorithm(copies, m(y))
    expect_identical(is.finite(copied), is.finite(direct(m(y))))
    expect_equal(copied, direct(m(y)))
    n <- m$clone()
    n$weight[1, 1, 1, 7] <- value # which meets none of the zeros, as the definition has none
    expect_equal(with_algorithm(copies, n(x)), direct(n(x)))
  }
})

test_that("joint phases of unequal taps leave no NaN where the definition has none", {
  set.seed(90)
  for (kernel in 3:6) for (stride in 2:3) for (dtype in names(tolerance)) {
    m <- nn_conv_transpose2d(4, 2, kernel, stride, padding = 1, dtype = dtype)
    for (value in c(NaN, Inf, -Inf, 1e300)) {
      x <- random_array(2, 4, 9, 8)
      x[2, 3, 4, 5] <- value
      y <- with_algorithm("planes", m(x))
      expect_identical(is.nan(y), is.nan(direct(m(x))))
      expect_identical(is.finite(y), is.finite(direct(m(x))))
    }
  }
})

test_that("the result does not depend on threads, and is chosen alike by all instruction sets", {
  set.seed(85)
  x <- random_array(1, 1, 90, 70)
  m <- nn_conv2d(1, 6, 31, padding = 15)
  expect_same_choice(m, x, "padded")
  expect_same_choice(m, x, "planes")
  expect_same_choice(nn_conv_transpose2d(4, 2, 4, 2, padding = 1), random_array(3, 4, 40, 31), "planes")
})

test_that("joint phases of a transposed layer have the definition's values and their own biases", {
  set.seed(88)
  for (channels in 1:4) for (kernel in list(4, c(2, 5), c(9, 4))) for (stride in list(2, c(2, 3), 3)) {
    for (groups in 1:2) {
      m <- nn_conv_transpose2d(6, channels * groups, kernel, stride, padding = 1, groups = groups)
      m$bias <- 10^seq_len(channels * groups)
      x <- random_array(3, 6, 7, 12)
      reference <- reference_conv_transpose2d(
        x, m$weight, m$bias, m$stride, m$padding, c(0, 0), m$dilation, groups, "zeros"
      )
      for (dtype in names(tolerance)) {
        m$to(dtype)
        expect_lte(relative_error(with_algorithm("planes", m(x)), reference), tolerance[[dtype]])
      }
      m$weight <- 0 * m$weight
      flat <- with_algorithm("planes", m(x))
      for (i in seq_along(m$bias)) expect_identical(unique(as.vector(flat[, i, , ])), 10^i)
    }
  }
})

test_that("planes take any number of images, and lanes run along the longer side", {
  set.seed(89)
  for (batch in c(1, 2, 7, 8, 9, 17)) for (size in list(c(3, 60), c(60, 3), c(1, 90), c(25, 26))) {
    m <- nn_conv2d(3, 5, c(1, 3), padding = c(0, 1), stride = c(1, 2))
    x <- random_array(batch, 3, size)
    reference <- reference_conv2d(x, m$weight, m$bias, m$stride, m$padding, m$dilation, 1, "zeros")
    expect_lte(relative_error(with_algorithm("planes", m(x)), reference), tolerance[["float64"]])
  }
})

test_that("the gradients of such layers are such sums", {
  set.seed(86)
  x <- random_array(2, 2, 9, 8)
  for (m in list(nn_conv2d(2, 3, 7, padding = 3), nn_conv_transpose2d(2, 3, 7, padding = 3))) {
    g <- random_array(m$output_shape(dim(x)))
    for (copies in copying) {
      gradients <- with_algorithm(copies, m$backward(x, g))
      expect_equal(gradients, direct(m$backward(x, g)), tolerance = 1e-12)
    }
  }
})

test_that("a kernel as large as the picture takes no time of a tile for each cell", {
  set.seed(87)
  x <- random_array(1, 1, 120, 120)
  m <- nn_conv2d(1, 4, 61, padding = 30)
  time <- function(algorithm) {
    min(replicate(3, system.time(with_algorithm(algorithm, m(x)))[["elapsed"]]))
  }
  expect_lt(time("automatic"), time("direct") / 2)
})
