# Joins: two arrays as one, and the way back.

test_that("channels follow each other, with and without a batch, in images and sequences", {
  set.seed(340)
  for (case in list(list(c(2, 3, 4, 5), 2, 2), list(c(3, 4, 5), 1, 2), list(c(2, 3, 5), 2, 1), list(c(3, 5), 1, 1))) {
    shape <- case[[1]]
    axis <- case[[2]]
    x <- random_array(shape)
    y <- random_array(replace(shape, axis, 2))
    both <- join_images(x, y, "concat", case[[3]])
    expect_identical(dim(both), as.integer(replace(shape, axis, 5)))
    expect_equal(join_shape(dim(x), dim(y), "concat", case[[3]]), dim(both))
    of <- function(channels) {
      index <- lapply(shape, seq_len)
      index[[axis]] <- channels
      do.call(`[`, c(list(both), index, drop = FALSE))
    }
    expect_identical(of(1:3), x)
    expect_identical(of(4:5), y)
    expect_identical(split_gradient(both, x, y, "concat", case[[3]]), list(x, y))
    expect_identical(join_images(x, x, "add", case[[3]]), x + x)
    expect_identical(split_gradient(x, x, x, "add", case[[3]]), list(x, x))
  }
})

test_that("arrays that do not fit are refused with both shapes", {
  x <- array(0, c(1, 2, 3, 3))
  both <- "not [1, 2, 3, 3] and the result [1, 2, 3, 4] of its branch."
  y <- array(0, c(1, 2, 3, 4))
  for (join in joins) expect_refusal(join_images(x, y, join, 2), "shape", "input", both)
  expect_refusal(join_images(1:3, 1:3, "concat", 2), "shape", "input", "[3] and the result [3]")
  expect_refusal(split_gradient(y, x, x, "add", 2), "shape", "grad_output", "of the result's shape, [1, 2, 3, 3]")
})
