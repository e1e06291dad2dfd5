# nnf_pad() against the loops, and its particular cases.

test_that("nnf_pad() computes its definition in every mode", {
  set.seed(50)
  x <- random_array(2, 3, 4, 5)
  for (i in 1:40) {
    pads <- sample(0:3, 4, replace = TRUE) # top, bottom, left, right
    argument <- pads[c(3, 4, 1, 2)]
    for (mode in padding_modes) {
      expect_identical(
        nnf_pad(x, argument, mode = if (mode == "zeros") "constant" else mode),
        reference_pad(x, pads, mode)
      )
    }
  }
})

test_that("arrays of any rank are padded on their last axes", {
  x <- array(1:24, c(2, 3, 4))
  expect_identical(dim(nnf_pad(x, c(1, 2))), c(2L, 3L, 7L))
  expect_identical(dim(nnf_pad(x, c(1, 2, 3, 4))), c(2L, 10L, 7L))
  expect_identical(nnf_pad(1:3, c(1, 1), "circular"), array(c(3, 1, 2, 3, 1)))
  expect_identical(nnf_pad(x, c(0, 0)), x + 0)
  expect_identical(dim(nnf_pad(array(0, c(0, 3, 4)), c(1, 1))), c(0L, 3L, 6L))
})

test_that("negative padding crops, in every mode", {
  x <- matrix(1:12 + 0, 3)
  for (mode in c("constant", padding_modes[-1])) {
    expect_identical(nnf_pad(x, c(-1, -2), mode), x[, 2, drop = FALSE])
    expect_identical(nnf_pad(x, c(-1, 0, 0, -1), mode), x[1:2, 2:4])
  }
  expect_identical(nnf_pad(x, c(-1, 1), "replicate"), x[, c(2, 3, 4, 4)])
  # PyTorch's rule, which differs from going around the whole axis: x[, c(2, 3, 4, 1)].
  expect_identical(nnf_pad(x, c(-1, 1), "circular"), x[, c(2, 3, 4, 2)])
})

test_that("constant padding shows the value, and NA stays NA", {
  x <- matrix(c(NA, 1, NaN, TRUE), 2)
  y <- nnf_pad(x, c(1, 1, 1, 1), value = Inf)
  expect_identical(y[2:3, 2:3], x)
  expect_true(all(y[1, ] == Inf))
  expect_identical(nnf_pad(x, c(0, 1), value = NA)[, 3], c(NA_real_, NA_real_))
})

test_that("nnf_pad() checks its arguments", {
  x <- matrix(0, 3, 3)
  expect_refusal(nnf_pad(x, 1), "argument", "pad", "2 or 4 whole numbers (left, right, top, bottom)")
  expect_refusal(nnf_pad(1:3, 1:4), "argument", "pad", "2 whole numbers (left, right), not 1:4.")
  expect_refusal(nnf_pad(x, c(1, NA)), "argument", "pad", "not c(1, NA).")
  expect_refusal(nnf_pad(x, "1"), "type", "pad", "not \"1\".")
  expect_refusal(nnf_pad(x, c(1, 1), mode = "zeros"), "argument", "mode", '"constant"')
  expect_refusal(nnf_pad(x, c(1, 1), value = 1:2), "argument", "value", "one number, not 1:2.")
  expect_refusal(nnf_pad(x, c(1, 1), value = "a"), "type", "value", "one number, not \"a\".")
  expect_refusal(nnf_pad(x, c(3, 0), mode = "reflect"), "shape", "pad", "at most 2 in height and 2")
  for (mode in c("constant", "replicate", "circular")) {
    expect_refusal(nnf_pad(x, c(-2, -1), mode), "shape", "pad", "cells of the input are left")
    expect_refusal(nnf_pad(x, c(-3, 4), mode), "shape", "pad", "not c(-3, 4).")
  }
  integer64 <- structure(0, class = "integer64")
  expect_refusal(nnf_pad(x, c(1, 1), value = integer64), "type", "value", "class integer64")
  expect_refusal(nnf_pad("a", c(1, 1)), "type", "input", "not \"a\".")
  expect_refusal(nnf_pad(matrix(0, 0, 3), c(1, 1)), "shape", "input", "not [0, 3].")
  expect_refusal(nnf_pad(x, c(2147483647, 2)), "shape", "pad", "at most 2147483647 cells")
})
