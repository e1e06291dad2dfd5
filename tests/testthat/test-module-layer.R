# What both layers have in common: initial values, and the size that stays.

test_that("initial values are drawn weight first, with the bound of the kernel's products", {
  for (make in list(nn_conv2d, nn_conv_transpose2d)) {
    set.seed(350)
    m <- make(4, 8, 3)
    set.seed(350)
    bound <- 1 / sqrt(dim(m$weight)[2] * 9)
    expect_equal(as.vector(m$weight), stats::runif(length(m$weight), -bound, bound))
    set.seed(350)
    expect_identical(draw_parameters(environment(m), TRUE)$bias, m$bias)
  }
})

test_that("a layer keeps the size if its size laws do", {
  keeps <- function(m) layer_keeps_size(config_of(m))
  for (k in 1:4) for (d in 1:2) {
    expect_true(keeps(nn_conv2d(1, 1, k, padding = "same", dilation = d)))
    expect_identical(keeps(nn_conv2d(1, 1, k, padding = 1, dilation = d)), d * (k - 1) == 2)
    expect_identical(keeps(nn_conv_transpose2d(1, 1, k, padding = 1, dilation = d)), d * (k - 1) == 2)
    expect_false(keeps(nn_conv_transpose2d(1, 1, k, stride = 2, padding = "same")))
  }
})
