# Pixel shuffle: its definition, its inverse and its limits.

reference_shuffle <- function(x, r) {
  d <- dim(x)
  y <- array(0, c(d[1], d[2] / r^2, d[3:4] * r))
  for (c in seq_len(dim(y)[2]) - 1) for (i in seq_len(r) - 1) for (j in seq_len(r) - 1) {
    y[, c + 1, seq(i + 1, by = r, length.out = d[3]), seq(j + 1, by = r, length.out = d[4])] <-
      x[, c * r^2 + i * r + j + 1, , ]
  }
  y
}

test_that("channels become cells, and gradients go back", {
  set.seed(51)
  for (case in list(c(2, 4, 3, 5, 2), c(1, 18, 2, 3, 3), c(3, 5, 4, 2, 1), c(1, 2400, 2, 2, 2), c(0, 4, 2, 2, 2))) {
    r <- case[5]
    x <- array(rnorm(prod(case[1:4])), case[1:4])
    m <- nn_pixel_shuffle(r)
    y <- m(x)
    expect_identical(y, reference_shuffle(x, r))
    expect_identical(m$output_shape(dim(x)), as.double(dim(y)))
    expect_identical(m$backward(x, y)$input, x)
    if (case[1] == 1) {
      one <- array(x, dim(x)[-1])
      expect_identical(m(one), array(y, dim(y)[-1]))
      expect_identical(m$backward(one, m(one))$input, one)
    }
  }
})

test_that("tiles give the same bits", {
  set.seed(52)
  withr::local_options(nnconv.algorithm = "direct")
  net <- nn_sequential(nn_conv2d(1, 18, 3, padding = 1), nn_pixel_shuffle(3), nn_conv2d(2, 1, 3, padding = 1))
  x <- random_array(1, 11, 10)
  for (tile in list(2, c(3, 5), 50)) expect_identical(predict(net, x, tile = tile), net(x))
})

test_that("pixel shuffle checks its arguments, its input and its chain", {
  expect_refusal(nn_pixel_shuffle(0), "argument", "upscale_factor", "one whole number between 1 and")
  expect_refusal(nn_pixel_shuffle("a"), "type", "upscale_factor", "one whole number")
  m <- nn_pixel_shuffle(2)
  expect_refusal(m(array(0, c(6, 2, 2))), "shape", "input", "number of channels is a multiple of 4, not one of 6")
  expect_refusal(m(1:4), "shape", "input", "an array (N, C, H, W) or (C, H, W), not 1:4.")
  expect_refusal(m$output_shape(c(6, 2, 2)), "shape", "dim", "a multiple of 4")
  expect_refusal(m$backward(array(0, c(4, 1, 1)), 1:4), "shape", "grad_output", "shape, [1, 2, 2]")
  expect_refusal(nn_sequential(nn_conv2d(1, 6, 1), nn_relu(), m), "argument", "...", "after `0`")
  expect_refusal(nn_sequential(nn_conv2d(1, 8, 1), m, nn_conv2d(3, 1, 1)), "argument", "...", "reads 2 channels")
  expect_refusal(nn_pixel_shuffle(30000)$output_shape(c(9e8, 1e5, 1)), "shape", "dim", "so small that")
  expect_identical(format(m), "nn_pixel_shuffle(2)")
  expect_true(all.equal(eval(parse(text = format(m))), m))
  environment(m)$config$upscale_factor <- "a"
  expect_refusal(predict(m, array(0, c(4, 4, 4)), tile = 2), "state", "upscale_factor", "was made with")
})
