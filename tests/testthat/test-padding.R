# Padding: by one number, by axes, by sides and by name, and what the padding modes allow.

test_that("reflect and circular padding are limited by the image", {
  reflect <- nn_conv2d(1, 1, 1, padding = c(2, 1), padding_mode = "reflect")
  expect_identical(dim(reflect(array(0, c(1, 3, 2)))), c(1L, 7L, 4L))
  expect_refusal(
    reflect(array(0, c(1, 2, 2))), "shape", "padding",
    "at most 1 in height and 1 in width, as mode \"reflect\" takes cells from the input, not 2 in"
  )
  circular <- nn_conv2d(1, 1, 1, padding = c(2, 1), padding_mode = "circular")
  expect_identical(dim(circular(array(0, c(1, 2, 1)))), c(1L, 6L, 3L))
  expect_refusal(circular(array(0, c(1, 1, 1))), "shape", "padding", "at most 1 in height and 1 in")
  replicate <- nn_conv2d(1, 1, 1, padding = 5, padding_mode = "replicate")
  expect_identical(dim(replicate(array(0, c(1, 1, 1)))), c(1L, 11L, 11L))
  # In the transposed layer, it is the result that the border is folded onto.
  up <- nn_conv_transpose2d(1, 1, 5, padding = 2, padding_mode = "reflect")
  expect_identical(dim(up(array(0, c(1, 3, 3)))), c(1L, 3L, 3L))
  expect_refusal(up(array(0, c(1, 2, 3))), "shape", "padding", "takes cells from the result")
})

test_that("\"same\" and \"valid\" are numbers of cells, by hand", {
  x <- array(c(1, 10), c(1, 1, 2))
  w <- array(1:4, c(1, 1, 1, 4)) # written at a distance of 1: 1 12 23 34 40
  row <- function(...) nnf_conv_transpose2d(x, w, ...)[1, 1, ]
  expect_identical(row(padding = "valid"), c(1, 12, 23, 34, 40))
  expect_identical(row(padding = "same"), c(12, 23)) # of 3 cells, 1 left and 2 right
  expect_identical(row(padding = "same", stride = c(1, 3)), c(1, 2, 3, 14, 20, 30))
  expect_identical(row(padding = "same", stride = c(1, 5), bias = 7), c(8:11, 7, 17, 27, 37, 47, 7))
  expect_identical(row(padding = c(0, 0, 1, 2)), c(12, 23))
  expect_identical(row(padding = c(0, 0, 3, 0)), c(34, 40))
})

test_that("padding on four sides is padding by hand, in both layers", {
  set.seed(815)
  sides <- c(1, 2, 0, 3) # top, bottom, left, right
  x <- random_array(2, 3, 6, 7)
  w <- random_array(3, 2, 3, 3)
  for (mode in padding_modes) {
    by_hand <- nnf_pad(x, sides[c(3, 4, 1, 2)], if (mode == "zeros") "constant" else mode)
    v <- aperm(w, c(2, 1, 3, 4))
    expect_identical(nnf_conv2d(x, v, padding = sides, padding_mode = mode), nnf_conv2d(by_hand, v))
  }
  # Which algorithm is the fastest depends on the size.
  withr::local_options(nnconv.algorithm = "direct")
  cropped <- nnf_conv_transpose2d(x, w, stride = 2, padding = sides)
  expect_identical(cropped, nnf_conv_transpose2d(x, w, stride = 2)[, , 2:11, 1:12])
  expect_identical(nnf_conv_transpose2d(x, w, padding = c(1, 1, 2, 2)),
                   nnf_conv_transpose2d(x, w, padding = 1:2))
})

test_that("padding may exceed the dilated kernel", {
  set.seed(43)
  x <- random_array(1, 1, 6, 6)
  w <- random_array(1, 1, 2, 2)
  expect_reference(x, w, padding = c(3, 2))
  expect_identical(dim(nnf_conv_transpose2d(x, w, padding = 3)), c(1L, 1L, 1L, 1L))
})

test_that("even kernels with padding = \"same\" extend one more cell right and below", {
  x <- array(1:4, c(1, 1, 1, 4))
  w <- array(1, c(1, 1, 1, 2))
  expect_identical(nnf_conv2d(x, w, padding = "same")[1, 1, 1, ], c(3, 5, 7, 4))
  y <- nnf_conv2d(x, w, padding = "same", padding_mode = "circular")
  expect_identical(y[1, 1, 1, ], c(3, 5, 7, 5))
  tall <- nnf_conv2d(aperm(x, c(1, 2, 4, 3)), aperm(w, c(1, 2, 4, 3)), padding = "same")
  expect_identical(tall[1, 1, , 1], c(3, 5, 7, 4))
})

test_that("padding by number, by axes and by sides is four sides", {
  sides_of <- function(...) padding_sides(config_of(nn_conv2d(1, 1, 3, ...)))
  expect_identical(sides_of(padding = 2), c(2, 2, 2, 2))
  expect_identical(sides_of(padding = c(1, 3)), c(1, 1, 3, 3))
  expect_identical(sides_of(padding = 1:4), c(1, 2, 3, 4))
  expect_identical(sides_of(padding = "valid"), c(0, 0, 0, 0))
  expect_identical(sides_of(padding = "same"), c(1, 1, 1, 1))
  expect_identical(padding_sides(config_of(nn_conv2d(1, 1, c(2, 5), padding = "same"))), c(0, 1, 2, 2))
  expect_identical(describe_padding(c(1, 3)), "1 in height and 3 in width")
  expect_identical(describe_padding(1:4), "top 1, bottom 2, left 3, right 4")
})
