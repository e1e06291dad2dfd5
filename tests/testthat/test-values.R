# Values of large and wide layers, and of batches: the definition, however the sums are cut.

test_that("wide layers, whose channels fill several panels, compute their definition", {
  set.seed(23)
  for (channels in list(c(5, 17), c(17, 5), c(9, 8), c(4, 33), c(1, 1), c(2, 3))) {
    for (batch in c(1, 2, 7)) {
      x <- random_array(batch, channels[1], 4, 5)
      m <- nn_conv_transpose2d(channels[1], channels[2], 3, stride = 2, padding = 1)
      reference <- reference_conv_transpose2d(
        x, m$weight, m$bias, c(2, 2), c(1, 1), c(0, 0), c(1, 1), 1, "zeros"
      )
      for (dtype in names(tolerance)) {
        m$to(dtype)
        expect_lte(relative_error(m(x), reference), tolerance[[dtype]])
      }
    }
  }
})

test_that("weights that do not fit into one block of scratch memory are summed in several", {
  # 4096 channels by 400 taps: one panel of 4 channels takes 52 MB, and the scratch holds 4 MB.
  set.seed(24)
  x <- random_array(1, 4096, 1, 1)
  w <- array(rep_len(stats::rnorm(4099), 4096 * 400), c(4096, 1, 20, 20))
  y <- nnf_conv_transpose2d(x, w)
  expect_equal(y[1, 1, , ], apply(w[, 1, , ], 2:3, function(column) sum(column * x)),
               tolerance = 1e-12)
  back <- nnf_conv2d(y, aperm(w[1:2, , , , drop = FALSE], c(1, 2, 3, 4)))
  expect_equal(back[1, , 1, 1], c(sum(y[1, 1, , ] * w[1, 1, , ]), sum(y[1, 1, , ] * w[2, 1, , ])),
               tolerance = 1e-12)
  wide <- aperm(w, c(2, 1, 3, 4))
  image <- array(rep_len(stats::rnorm(4093), 4096 * 400), c(1, 4096, 20, 20))
  expect_equal(nnf_conv2d(image, wide)[1, 1, 1, 1], sum(image * wide), tolerance = 1e-10)
})

test_that("a result does not depend on the batch that it is computed in", {
  set.seed(25)
  x <- random_array(5, 3, 6, 7)
  for (mode in padding_modes) {
    up <- nn_conv_transpose2d(3, 5, 3, stride = 2, padding = 1, padding_mode = mode)
    down <- nn_conv2d(3, 5, 3, stride = 2, padding = 1, padding_mode = mode)
    for (m in list(up, down)) {
      whole <- m(x)
      for (n in 1:5) expect_identical(m(x[n, , , , drop = FALSE]), whole[n, , , , drop = FALSE])
    }
  }
})

test_that("a batch too large to be kept at once gives what its images give", {
  set.seed(26)
  of_some <- c(1, 64, 65, 128, 300)
  compare <- function(f, x, dtype) {
    whole <- f(x)
    for (n in of_some) {
      own <- f(x[n, , , , drop = FALSE])
      expect_equal(whole[n, , , , drop = FALSE], own, tolerance = tolerance[[dtype]])
    }
  }
  for (shape in list(c(24, 6, 5), c(512, 3, 2))) {
    x <- random_array(300, shape)
    w <- random_array(shape[1], 3, 4, 4)
    v <- aperm(w[, , 1:3, 1:3], c(2, 1, 3, 4))
    algorithms <- c("direct", "transforms", "automatic", "col2im", "padded")
    for (algorithm in algorithms) for (dtype in names(tolerance)) {
      withr::local_options(nnconv.algorithm = algorithm)
      compare(function(x) nnf_conv_transpose2d(x, w, stride = 2, dtype = dtype), x, dtype)
      compare(function(x) nnf_conv2d(x, v, padding = 1, dtype = dtype), x, dtype)
    }
  }
})
