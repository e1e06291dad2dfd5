# Upsampling: each cell by its formula, and the way back as the adjoint.

# The result on one axis as a matrix times the input.
reference_axis <- function(n, scale, mode) {
  size <- floor(n * scale)
  weights <- matrix(0, size, n)
  for (y in seq_len(size) - 1) {
    if (mode == "nearest") {
      weights[y + 1, min(floor(y / scale), n - 1) + 1] <- 1
    } else {
      at <- min(max((y + 0.5) / scale - 0.5, 0), n - 1)
      below <- min(floor(at), max(n - 2, 0))
      share <- at - below
      weights[y + 1, below + 1] <- 1 - share
      if (share > 0) weights[y + 1, below + 2] <- share
    }
  }
  weights
}

reference_upsample <- function(x, scale, mode) {
  rows <- reference_axis(dim(x)[3], scale[1], mode)
  columns <- reference_axis(dim(x)[4], scale[2], mode)
  y <- array(0, c(dim(x)[1:2], nrow(rows), nrow(columns)))
  for (n in seq_len(dim(x)[1])) for (c in seq_len(dim(x)[2])) {
    y[n, c, , ] <- rows %*% matrix(x[n, c, , ], dim(x)[3]) %*% t(columns)
  }
  y
}

scales <- list(c(1, 1), c(2, 2), c(3, 1), c(1.5, 2.7), c(0.5, 0.34), c(4, 0.9), c(1.01, 7))

test_that("cells are those of the formula, and gradients are the adjoint", {
  set.seed(61)
  for (mode in c("nearest", "bilinear")) for (scale in scales) for (size in list(c(4, 5), c(3, 9))) {
    x <- random_array(2, 3, size)
    m <- nn_upsample(scale, mode)
    y <- m(x)
    expect_equal(y, reference_upsample(x, scale, mode), tolerance = 1e-13)
    expect_identical(m$output_shape(dim(x)), as.double(dim(y)))
    g <- array(rnorm(length(y)), dim(y))
    expect_equal(sum(m$backward(x, g)$input * x), sum(g * y), tolerance = 1e-12)
    one <- array(x[1, , , ], dim(x)[-1])
    expect_identical(m(one), array(y[1, , , ], dim(y)[-1]))
    expect_identical(dim(m$backward(one, m(one))$input), dim(one))
  }
  expect_identical(dim(nn_upsample(2)(array(0, c(0, 2, 3, 3)))), c(0L, 2L, 6L, 6L))
  wide <- random_array(1, 1200, 2, 3)
  expect_equal(nn_upsample(2, "bilinear")(wide), reference_upsample(wide, c(2, 2), "bilinear"), tolerance = 1e-13)
})

test_that("few and many numbers of a cell, and tall images, take the same sums", {
  set.seed(63)
  for (mode in c("nearest", "bilinear")) {
    m <- nn_upsample(c(1.6, 2), mode)
    for (channels in c(1:5, 700)) {
      x <- random_array(1, channels, 7, 4)
      y <- m(x)
      expect_equal(y, reference_upsample(x, c(1.6, 2), mode), tolerance = 1e-13)
      alone <- random_array(2, channels, 7, 4)
      alone[1, , , ] <- x
      expect_identical(m(alone)[1, , , ], y[1, , , ]) # whatever the batch
    }
    flip <- function(x) aperm(x, c(1, 2, 4, 3))
    sideways <- nn_upsample(c(2, 1.6), mode)
    x <- random_array(1, 3, 9000, 3)
    y <- m(x)
    expect_equal(flip(y), sideways(flip(x)), tolerance = 1e-13)
    expect_equal(m$backward(x, y)$input, flip(sideways$backward(flip(x), flip(y))$input), tolerance = 1e-13)
    tall <- nn_upsample(c(1 / 9000, 1), mode)
    expect_equal(sum(tall$backward(x, tall(x))$input * x), sum(tall(x)^2), tolerance = 1e-12)
  }
})

test_that("infinite cells and NaN reach only the cells that take a share of them", {
  for (bad in c(Inf, NaN)) {
    x <- array(c(1, 2, bad, 4, 5), c(1, 1, 5))
    near <- nn_upsample(c(1, 2))(x)
    expect_identical(which(!is.finite(near)), 5:6)
    expect_identical(which(!is.finite(nn_upsample(c(1, 2), "bilinear")(x))), 4:7)
    expect_identical(nn_upsample(1, "bilinear")(x), x)
    expect_identical(which(!is.finite(nn_upsample(c(1, 3), "bilinear")(x))), 6:10)
  }
})

test_that("tiles and threads give the same bits", {
  set.seed(62)
  withr::local_options(nnconv.algorithm = "direct")
  x <- random_array(2, 1, 11, 10)
  for (mode in c("nearest", "bilinear")) for (scale in scales) {
    net <- nn_sequential(nn_conv2d(1, 2, 3, padding = 1), nn_upsample(scale, mode), nn_conv2d(2, 1, 3, padding = 1))
    expect_identical(predict(net, x, tile = c(3, 4)), net(x))
  }
  before <- nn_threads()
  withr::defer(nn_threads(before))
  x <- random_array(1, 3, 300, 200)
  m <- nn_upsample(3, "bilinear")
  results <- lapply(1:2, function(threads) {
    nn_threads(threads)
    list(m(x), m$backward(x, m(x)))
  })
  expect_identical(results[[1]], results[[2]])
})

test_that("upsampling checks its arguments and input", {
  for (bad in list(0, -1, NA_real_, Inf, 1:3, numeric())) {
    expect_refusal(nn_upsample(bad), "argument", "scale_factor", "one or two finite numbers above 0")
  }
  expect_refusal(nn_upsample("a"), "type", "scale_factor", "one or two finite numbers above 0")
  expect_refusal(nn_upsample(2, "cubic"), "argument", "mode", "one of \"nearest\", \"bilinear\"")
  m <- nn_upsample(0.3)
  expect_refusal(m(array(0, c(1, 3, 9))), "shape", "input", "so large that the result has at least one cell")
  expect_refusal(m(1:4), "shape", "input", "an array (N, C, H, W) or (C, H, W), not 1:4.")
  expect_refusal(m$output_shape(c(1, 3, 9)), "shape", "dim", "at least one cell")
  expect_refusal(nn_upsample(1e9)$output_shape(c(1, 9, 9)), "shape", "dim", "so small that the result has")
  expect_refusal(m$backward(array(0, c(1, 4, 4)), 1:2), "shape", "grad_output", "shape, [1, 1, 1]")
  expect_identical(format(nn_upsample(c(2, 2.5), "bilinear")),
                   "nn_upsample(scale_factor = c(2, 2.5), mode = \"bilinear\")")
  expect_identical(format(eval(parse(text = format(m)))), format(m))
  environment(m)$config$scale_factor <- 1L
  expect_refusal(m(array(0, c(1, 4, 4))), "state", "scale_factor", "was made with")
})
