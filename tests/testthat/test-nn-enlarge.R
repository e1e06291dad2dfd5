# Pictures enlarged by a network of luminance.

# Enlarges luminance by a factor, and changes it everywhere.
some_network <- function(factor = 2) {
  nn_sequential(nn_upsample(factor), nn_activation(function(x) 0.2 + 0.5 * x, function(x) 0 * x + 0.5))
}

# Each channel of (channel, height, width) by the helper's bicubic layer.
by_bicubic <- function(x, factor) {
  planes <- lapply(seq_len(dim(x)[1]), function(i) resamplers(factor)$up(x[i, , , drop = FALSE])[1, , ])
  aperm(simplify2array(planes), c(3, 1, 2))
}

# JPEG's colours (ITU-T T.871), written out: luminance by the network, chrominance bicubically.
by_chrominance <- function(x, factor, net) {
  to_ycc <- rbind(c(0.299, 0.587, 0.114), c(-0.168736, -0.331264, 0.5), c(0.5, -0.418688, -0.081312))
  parts <- array(to_ycc %*% matrix(x, 3), dim(x))
  large <- by_bicubic(parts, factor)
  large[1, , ] <- net(parts[1, , , drop = FALSE])
  array(solve(to_ycc, matrix(large, 3)), dim(large))
}

test_that("the luminance comes from the network, the chrominance is bicubic", {
  set.seed(1)
  x <- array(stats::runif(3 * 6 * 7, 0.3, 0.6), c(3, 6, 7))
  for (factor in 1:3) {
    net <- some_network(factor)
    y <- nn_enlarge(x, "CHW", net)
    expect_identical(dim(y), c(3L, 6L, 7L) * c(1L, factor, factor))
    expect_equal(y, by_chrominance(x, factor, net), tolerance = 1e-5) # JPEG's table has six digits
    luminance <- function(x) 0.299 * x[1, , ] + 0.587 * x[2, , ] + 0.114 * x[3, , ]
    grey <- net(array(luminance(x), c(1, 6, 7)))
    expect_equal(luminance(y), grey[1, , ], tolerance = 1e-12)
  }
})

test_that("without a network, all channels are bicubic, twice as large", {
  set.seed(9)
  x <- array(stats::runif(3 * 6 * 7), c(3, 6, 7))
  expect_equal(nn_enlarge(x, "CHW", net = NULL), clip(by_bicubic(x, 2)), tolerance = 1e-12)
  expect_equal(nn_enlarge(x[1, , ], "HW", net = NULL), clip(by_bicubic(x[1, , , drop = FALSE], 2)[1, , ]),
               tolerance = 1e-12)
})

test_that("grey pictures are what the network makes of them", {
  set.seed(2)
  grey <- matrix(stats::runif(30), 5, 6)
  net <- nn_pretrained("upscale2x")
  y <- nn_enlarge(grey, "HW")
  expect_equal(y, clip(net(array(grey, c(1, 5, 6)))[1, , ]), tolerance = 1e-12)
  # Three equal channels stay equal, and are the same.
  expect_equal(nn_enlarge(array(grey, c(5, 6, 3)), "HWC"), array(y, c(10, 12, 3)), tolerance = 1e-12)
})

test_that("opacity is kept, and colours of invisible pixels do not appear", {
  set.seed(3)
  x <- array(stats::runif(4 * 6 * 7), c(4, 6, 7))
  x[4, , ] <- 1
  y <- nn_enlarge(x, "CHW")
  expect_identical(y[4, , ], matrix(1, 12, 14))
  expect_identical(y[1:3, , ], nn_enlarge(x[1:3, , ], "CHW"))

  x[4, , 4:7] <- 0
  hidden <- x
  hidden[1:3, , 4:7] <- 0.7
  y <- nn_enlarge(x, "CHW")
  expect_identical(nn_enlarge(hidden, "CHW"), y)
  expect_equal(y[4, , ], clip(by_bicubic(x[4, , , drop = FALSE], 2)[1, , ]), tolerance = 1e-12)
  expect_true(all(y >= 0 & y <= 1))
  expect_identical(unique(as.vector(y[, , 13:14])), 0)

  # Half of a picture's opacity leaves its colours, where the network is linear.
  linear <- nn_upsample(2)
  x[4, , ] <- 0.5
  expect_equal(nn_enlarge(x, "CHW", linear)[1:3, , ], nn_enlarge(x[1:3, , ], "CHW", linear))
  grey <- nn_enlarge(x[c(1, 4), , ], "CHW", linear)
  expect_equal(grey[1, , ], nn_enlarge(x[1, , ], "HW", linear))
  expect_identical(grey[2, , ], matrix(0.5, 12, 14))
})

test_that("all types, ranges, layouts and batches come back as they were", {
  set.seed(4)
  bytes <- array(as.raw(sample(60:200, 3 * 5 * 4, TRUE)), c(3, 5, 4)) # as magick has them
  y <- nn_enlarge(bytes, "CWH")
  expect_type(y, "raw")
  numbers <- array(as.integer(bytes), dim(bytes))
  doubles <- nn_enlarge(numbers, "CWH", range = c(0, 255))
  expect_equal(array(as.integer(y), dim(y)), round(doubles))
  expect_equal(nn_enlarge(numbers / 255, "CWH"), doubles / 255)
  expect_equal(nn_enlarge(aperm(numbers, c(3, 2, 1)), "HWC", range = c(0, 255)),
               aperm(doubles, c(3, 2, 1)))
  frames <- array(stats::runif(6 * 4 * 2 * 3), c(6, 4, 2, 3)) # as imager has them
  both <- nn_enlarge(frames, "WHNC")
  expect_identical(dim(both), c(12L, 8L, 2L, 3L))
  expect_equal(both[, , 2, ], nn_enlarge(frames[, , 2, ], "WHC"))

  colours <- as.raster(aperm(numbers, c(3, 2, 1)) / 255)
  large <- nn_enlarge(colours, "HW")
  expect_s3_class(large, "raster")
  expect_identical(dim(large), c(8L, 10L))
  expect_equal(as_nchw(large, "HW")[1, 1:3, , ], aperm(doubles, c(1, 3, 2)) / 255, tolerance = 1 / 255)
})

test_that("tiles change nothing, and results stay within the range", {
  set.seed(5)
  x <- array(sample(0:1, 3 * 40 * 50, TRUE), c(40, 50, 3))
  whole <- nn_enlarge(x, "HWC")
  expect_identical(range(whole), c(0, 1))
  expect_equal(nn_enlarge(x, "HWC", tile = c(16, 9)), whole, tolerance = 1e-10)
})

test_that("pictures of other packages are enlarged", {
  skip_if_not_installed("magick")
  set.seed(6)
  image <- magick::image_read(array(stats::runif(5 * 7 * 3), c(5, 7, 3)))
  large <- magick::image_read(nn_enlarge(magick::image_data(image, "rgb"), "CWH"))
  info <- magick::image_info(large)
  expect_identical(c(info$height, info$width), c(10L, 14L))
})

test_that("other pictures and networks are refused", {
  x <- array(0.5, c(4, 5, 3))
  expect_refusal(nn_enlarge(x), "argument", "layout", "a word of the letters")
  expect_refusal(nn_enlarge("a", "HW"), "type", "x", "an array of numbers")
  expect_refusal(nn_enlarge(array(0, c(4, 5, 6)), "HWC"), "shape", "x", "a picture of 1 to 4 channels")
  allowed <- "a module that takes images (N, 1, H, W) and enlarges height and width"
  expect_refusal(nn_enlarge(x, "HWC", mean), "type", "net", allowed)
  for (net in list(nn_conv2d(3, 3, 1), nn_max_pool2d(2), nn_conv2d(1, 2, 1), nn_conv2d(1, 1, 3),
                   nn_upsample(c(2, 3)))) {
    expect_refusal(nn_enlarge(x, "HWC", net), "argument", "net", allowed)
  }
  expect_refusal(nn_enlarge(x, "HWC", tile = 0), "argument", "tile", "")
  expect_refusal(nn_enlarge(x, "HWC", progress = 1), "type", "progress", "")
})
