# Checks of single arguments: the one form that they return, and what they refuse.

test_that("an input of another type is refused by its name", {
  numeric_only <- "a numeric or logical array, not "
  for (m in list(nn_conv_transpose2d(1, 1, 2), nn_conv2d(1, 1, 2))) {
    expect_refusal(m(NULL), "type", "input", paste0(numeric_only, "NULL."))
    expect_refusal(m(array("a", c(1, 3, 3))), "type", "input", "a character array [1, 3, 3].")
    expect_refusal(m(array(1i, c(1, 3, 3))), "type", "input", "a complex array [1, 3, 3].")
    expect_refusal(m(list(1)), "type", "input", "an object of class list.")
    expect_refusal(m(data.frame(a = 1)), "type", "input", "an object of class data.frame.")
    expect_refusal(m(sum), "type", "input", "an object of class function.")
    expect_refusal(m(globalenv()), "type", "input", "an object of class environment.")
    expect_refusal(m(as.raw(1)), "type", "input", "as.raw(0x01).")
    integer64 <- structure(array(1, c(1, 3, 3)), class = "integer64")
    expect_refusal(m(integer64), "type", "input", "an object of class integer64.")
  }
})

test_that("the functional forms check weights and biases", {
  x <- array(0, c(1, 2, 4, 4))
  for (f in list(nnf_conv_transpose2d, nnf_conv2d)) {
    expect_refusal(f(x, array(0, c(2, 2, 3))), "shape", "weight", "not an array [2, 2, 3].")
    expect_refusal(f(x, array(0, c(2, 2, 0, 3))), "shape", "weight", "not an array [2, 2, 0, 3].")
    expect_refusal(f(x, 1:9), "shape", "weight", "an array of four dimensions, none of them 0")
    expect_refusal(f(x, NULL), "type", "weight", "not NULL.")
    expect_refusal(f(x, array("a", c(2, 2, 1, 1))), "type", "weight", "a character array")
    w <- array(0, c(2, 2, 3, 3))
    expect_refusal(f(x, w, bias = 1:3), "shape", "bias", "a vector of shape [2], not 1:3.")
    expect_refusal(f(x, w, bias = "a"), "type", "bias", "not \"a\".")
    expect_refusal(f(x[, 1, , , drop = FALSE], w), "shape", "input", "(N, 2, H, W)")
    expect_refusal(f(x, w, dtype = "double"), "argument", "dtype", "not \"double\".")
    expect_refusal(f(x, w, stride = 0), "argument", "stride", pair_range)
    expect_refusal(f(x, w, groups = 3), "argument", "groups", "first dimension of `weight`, 2, not 3.")
  }
})
