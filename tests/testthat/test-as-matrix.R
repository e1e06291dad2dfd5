# The matrix of a layer: what it does to arrays, and that transposed means transposed.

pair_of <- function(g) {
  list(
    up = nn_conv_transpose2d(
      g$in_channels, g$out_channels, g$kernel_size, g$stride, g$padding, g$output_padding,
      g$groups, g$bias, g$dilation, g$mode
    ),
    down = nn_conv2d(
      g$out_channels, g$in_channels, g$kernel_size, g$stride, g$padding, g$dilation, g$groups,
      FALSE, g$mode
    )
  )
}

# The bias as a vector like the result.
bias_like <- function(layer, y) {
  if (is.null(layer$bias)) {
    return(0)
  }
  channels <- length(dim(y)) - 2
  as.vector(layer$bias[slice.index(y, channels)])
}

test_that("the matrix times the input is the result, and the adjoint's is its transpose", {
  set.seed(310)
  sparse <- is_installed("Matrix")
  for (k in 1:40) {
    g <- random_geometry()
    pair <- pair_of(g)
    pair$down$weight <- pair$up$weight
    shape <- c(if (!g$unbatched) g$batch, g$in_channels, g$size)
    x <- random_array(shape)
    y <- pair$up(x)
    map <- as.matrix(pair$up, shape)
    expect_identical(dim(map), as.integer(c(length(y), length(x))))
    expect_equal(as.vector(map %*% as.vector(x)) + bias_like(pair$up, y), as.vector(y),
                 tolerance = 1e-12, label = label_of(g))
    if (sparse) {
      thin <- as.matrix(pair$up, shape, sparse = TRUE)
      expect_s4_class(thin, "dgCMatrix")
      expect_equal(as.matrix(thin), map, tolerance = 1e-14, ignore_attr = TRUE)
    }
    # The convolution back, where it returns to this size.
    if (is_adjoint_pair(g)) {
      expect_identical(as.matrix(pair$down, dim(y)), t(map), label = label_of(g))
      if (sparse) {
        expect_identical(as.matrix(pair$down, dim(y), sparse = TRUE), Matrix::t(thin))
      }
    }
  }
})

test_that("output_size gives the matrix of that call", {
  set.seed(311)
  up <- nn_conv_transpose2d(2, 3, 3, stride = 2, padding = 1, bias = FALSE)
  x <- random_array(2, 4, 5)
  map <- as.matrix(up, dim(x), output_size = c(8, 9))
  expect_equal(as.vector(map %*% as.vector(x)), as.vector(up(x, c(8, 9))), tolerance = 1e-12)
})

test_that("a chain's matrix is the product", {
  set.seed(312)
  net <- nn_sequential(
    nn_conv2d(2, 3, 3, stride = 2, padding = 1, padding_mode = "reflect", bias = FALSE),
    nn_sequential(nn_conv_transpose2d(3, 2, 4, stride = 2, padding = 1, bias = FALSE)),
    nn_conv2d(2, 1, 3, padding = "same", bias = FALSE)
  )
  x <- random_array(1, 2, 6, 8)
  map <- as.matrix(net, dim(x))
  expect_equal(as.vector(map %*% as.vector(x)), as.vector(net(x)), tolerance = 1e-12)
  skip_if_not_installed("Matrix")
  thin <- as.matrix(net, dim(x), sparse = TRUE)
  expect_s4_class(thin, "dgCMatrix")
  expect_equal(as.matrix(thin), map, tolerance = 1e-13, ignore_attr = TRUE)
})

test_that("pixel shuffle and upsampling have matrices, alone and in chains", {
  set.seed(313)
  modules <- list(
    nn_pixel_shuffle(2), nn_upsample(2), nn_upsample(c(1.5, 0.6), "bilinear"), nn_upsample(c(3, 2), "bilinear"),
    nn_sequential(nn_conv2d(4, 8, 3, padding = 1, bias = FALSE), nn_pixel_shuffle(2), nn_identity()),
    nn_skip(nn_upsample(0.5), nn_conv_transpose2d(4, 3, 2, stride = 2, bias = FALSE))
  )
  for (m in modules) for (shape in list(c(2, 4, 5, 6), c(4, 3, 7))) {
    x <- random_array(shape)
    map <- as.matrix(m, shape)
    expect_identical(dim(map), as.integer(c(prod(m$output_shape(shape)), prod(shape))))
    expect_equal(as.vector(map %*% as.vector(x)), as.vector(m(x)), tolerance = 1e-12)
    skip_if_not_installed("Matrix")
    thin <- as.matrix(m, shape, sparse = TRUE)
    expect_s4_class(thin, "dgCMatrix")
    expect_equal(as.matrix(thin), map, tolerance = 1e-14, ignore_attr = TRUE)
  }
  expect_refusal(as.matrix(nn_upsample(2), c(1, 100, 100)), "shape", "input_shape", "at most 2e7 lines")
  expect_refusal(as.matrix(nn_pixel_shuffle(2), c(4, 100, 100)), "shape", "input_shape", "at most 2e7 lines")
})

test_that("NaN and infinite weights stay where they are", {
  down <- nn_conv2d(1, 1, c(1, 2), bias = FALSE)
  down$weight <- array(c(NaN, Inf), c(1, 1, 1, 2))
  expect_identical(as.matrix(down, c(1, 1, 3)), rbind(c(NaN, Inf, 0), c(0, NaN, Inf)))
})

test_that("what has no matrix, or one too large, is refused", {
  down <- nn_conv2d(1, 1, 3)
  net <- nn_sequential(down, nn_relu())
  expect_refusal(as.matrix(net, c(1, 9, 9)), "type", "x", "without activations, not one with nn_relu()")
  expect_refusal(as.matrix(nn_relu(), c(1, 9, 9)), "type", "x", "without activations")
  expect_refusal(as.matrix(down, c(1, 9)), "argument", "input_shape", "(N, 1, H, W)")
  expect_refusal(as.matrix(down, "a"), "type", "input_shape", "(N, 1, H, W)")
  expect_refusal(as.matrix(down, c(1, 2, 2)), "shape", "input", "at least 3 in height")
  expect_refusal(as.matrix(down, c(1, 9, 9), sparse = NA), "argument", "sparse", "TRUE or FALSE")
  expect_refusal(as.matrix(down, c(1, 9, 9), output_size = 3), "argument", "output_size", "NULL")
  expect_refusal(as.matrix(down, c(1, 100, 100)), "shape", "input_shape", "at most 2e7 lines")
  far <- nn_conv_transpose2d(1, 1, 1, stride = 2^30)
  expect_refusal(as.matrix(far, c(1, 1, 2)), "shape", "input_shape", "at most 2e7 lines")
  skip_if_not_installed("Matrix")
  expect_refusal(as.matrix(down, c(1, 2000, 2000), sparse = TRUE), "shape", "input_shape", "2e7")
  expect_identical(dim(as.matrix(down, c(1, 100, 100), sparse = TRUE)), c(9604L, 10000L))
  wide <- nn_sequential(nn_conv2d(1, 1, c(1, 900)), nn_conv_transpose2d(1, 1, c(1, 900)))
  expect_refusal(as.matrix(wide, c(1, 1, 1300), sparse = TRUE), "shape", "input_shape", "2e7")
})

test_that("a missing package is refused by name", {
  expect_refusal(need_package("no.such.package", "for this"), "package", "no.such.package",
                 "`no.such.package` must be installed for this, not missing.")
})

test_that("what needs a package says so where it is missing", {
  skip_if_not_installed("testthat", "3.1.7")
  local_mocked_bindings(is_installed = function(package) FALSE, can_draw_png = function() TRUE)
  expect_refusal(as.matrix(nn_conv2d(1, 1, 3), c(1, 9, 9), sparse = TRUE), "package", "Matrix",
                 "`Matrix` must be installed for a sparse matrix, not missing.")
  expect_refusal(conv_explorer(), "package", "shiny", "installed for the explorer, not missing.")
  a <- nn_arithmetic(nn_conv2d(1, 1, 1), 1)
  expect_refusal(nn_animate(a, file = "a.gif"), "package", "magick",
                 "installed for GIF files, not missing.")
})
