# Checks of single arguments: the one form that they return, and what they refuse.

test_that("an input of another type is refused by its name", {
  numeric_only <- "a numeric or logical array, not "
  for (m in list(nn_conv_transpose2d(1, 1, 2), nn_conv2d(1, 1, 2))) {
    expect_refusal(m(NULL), "type", "input", paste0(numeric_only, "NULL."))
    expect_refusal(m(array("a", c(1, 3, 3))), "type", "input", "a character array [1, 3, 3].")
    expect_refusal(m(array(1i, c(1, 3, 3))), "type", "input", "a complex array [1, 3, 3].")
    expect_refusal(m(list(1)), "type", "input", "not a list.")
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

test_that("whole numbers come back as doubles, of any number type", {
  expect_identical(check_whole(3L, "x", 0, 1L, "one whole number"), 3)
  expect_identical(check_whole(structure(2, class = "of_the_user"), "x", 0, 1L, "one whole number"), 2)
  expect_identical(check_count(2147483647, "x"), 2147483647)
  expect_identical(check_pair(2L, "x", 1), c(2, 2))
  expect_identical(check_pair(c(a = 2, b = 3), "x", 1), c(2, 3))
  expect_refusal(check_count(2147483648, "x"), "argument", "x", "between 1 and 2147483647, not 2147483648.")
  expect_refusal(check_count(11, "x", max = 10), "argument", "x", "one whole number between 1 and 10, not 11.")
  expect_refusal(check_pair(c(1, -1), "x", 0), "argument", "x", "not c(1, -1).")
})

test_that("places are whole numbers that there are, one or more", {
  expect_identical(check_places(c(3, 1, 3), "x", 3), c(3L, 1L, 3L))
  for (bad in list(0, 4, 1.5, NA_real_, integer())) {
    expect_refusal(check_places(bad, "x", 3), "argument", "x", "whole numbers from 1 to 3, not ")
  }
  expect_refusal(check_places("1", "x", 3), "type", "x", "whole numbers from 1 to 3, not \"1\".")
})

test_that("real numbers are finite, many enough, and in their range", {
  expect_identical(check_real(3L, "x"), 3)
  expect_identical(check_real(c(0, 0.5), "x", min = 0, below = 1, count = 2L), c(0, 0.5))
  expect_refusal(check_real(c(0, 1), "x", 0, 1, 2L), "argument", "x",
                 "2 finite numbers of at least 0 and below 1, not c(0, 1).")
  for (bad in list(NaN, Inf, -1, c(1, 2))) {
    expect_refusal(check_real(bad, "x", min = 0), "argument", "x", "one finite number of at least 0, not ")
  }
})

test_that("functions take an argument at least, primitive ones too", {
  f <- function(x) x
  expect_identical(check_function(f, "f"), f)
  expect_identical(check_function(sum, "f"), sum)
  expect_refusal(check_function(function() 1, "f"), "type", "f", "not one without arguments.")
  expect_refusal(check_function("sum", "f"), "type", "f", "not \"sum\".")
})

test_that("flags, strings and choices come back without attributes", {
  expect_true(identical(check_flag(c(a = TRUE), "x"), TRUE))
  expect_refusal(check_flag(NA, "x"), "argument", "x", "TRUE or FALSE, not NA.")
  expect_identical(check_string(c(a = "b"), "x"), "b")
  expect_identical(check_choice(c(a = "zeros"), "x", padding_modes), "zeros")
  expect_identical(check_choice(c("a", "b"), "x", letters, several = TRUE), c("a", "b"))
  expect_refusal(check_choice(c("a", "z"), "x", c("a", "b"), several = TRUE), "argument", "x",
                 "some of \"a\", \"b\", not c(\"a\", \"z\").")
  expect_refusal(check_choice("A", "x", c("a", "b")), "argument", "x", "one of \"a\", \"b\", not \"A\".")
})

test_that("strings are letters in UTF-8", {
  latin1 <- `Encoding<-`("caf\xe9", "latin1")
  expect_identical(check_string(latin1, "x"), "caf\u00e9")
  expect_identical(as_utf8(c("a", NA)), c("a", NA))
  expect_identical(check_string(`Encoding<-`("caf\xc3\xa9", "bytes"), "x"), "caf\u00e9")
  expect_refusal(check_string(`Encoding<-`("\xff", "UTF-8"), "x"), "argument", "x", "a string, not ")
  for (bad in list(NA_character_, c("a", "b"), character())) {
    expect_refusal(check_string(bad, "x"), "argument", "x", "a string, not ")
  }
})

test_that("paths have at most 4000 bytes", {
  expect_identical(check_path("a/b.txt", "file"), "a/b.txt")
  expect_identical(check_path("~", "file"), path.expand("~"))
  expect_identical(nchar(check_path(strrep("a", 4000), "file")), 4000L)
  expect_refusal(check_path(strrep("a", 4001), "file"), "argument", "file", "at most 4000 bytes, not 4001.")
  expect_refusal(check_path(NA_character_, "file"), "argument", "file", "the path of a file, not NA")
  expect_refusal(check_path(1, "file"), "type", "file", "the path of a file, not 1.")
})

test_that("arrays become doubles, and parameters lose what is not their shape", {
  expect_identical(check_numeric(matrix(1:4, 2), "x"), matrix(as.double(1:4), 2))
  expect_identical(check_numeric(c(TRUE, NA), "x"), c(1, NA))
  named <- matrix(1:4, 2, dimnames = list(c("a", "b"), NULL))
  expect_identical(check_parameter(named, "x", c(2, 2)), matrix(as.double(1:4), 2))
  expect_identical(check_parameter(array(1:3, 3), "x", 3), c(1, 2, 3))
  expect_refusal(check_parameter(1:4, "x", c(2, 2)), "shape", "x", "an array of shape [2, 2], not 1:4.")
  colours <- as.raster(matrix(0:1, 1))
  expect_refusal(check_array(colours, "x"), "type", "x", "`as_nchw(x, \"HW\")` makes an array of it.")
})

test_that("groups divide the first dimension of a functional form's weights", {
  expect_identical(check_weight_groups(2L, c(4L, 1L, 3L, 3L)), 2)
  expect_refusal(check_weight_groups(3, c(4L, 1L, 3L, 3L)), "argument", "groups",
                 "a divisor of the first dimension of `weight`, 4, not 3.")
  expect_null(check_bias(NULL, list(out_channels = 2)))
  expect_identical(check_bias(1:2, list(out_channels = 2)), c(1, 2))
})
