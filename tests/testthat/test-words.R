# Words: values, shapes and numbers in messages and in print().

test_that("values are described in a few words", {
  expect_identical(describe(c(a = 1.5, b = 2)), "c(1.5, 2)")
  expect_identical(describe(array(1L, c(1, 2))), "an integer array [1, 2]")
  expect_identical(describe(seq(0.5, 10, 1)), "a double vector of length 10")
  expect_lte(nchar(describe(strrep("x", 1000))), 60)
  expect_identical(describe(quote(a + b)), "an object of class call")
  expect_identical(describe(methods::new("externalptr")), "an object of class externalptr")
  expect_identical(describe(1:2^33), "a double vector of length 8589934592")
  expect_identical(describe(c(1 + 2^-52, NA)), "c(1.0000000000000002, NA)")
  expect_identical(describe(1 / 3), "0.333333333333333")
  expect_identical(describe(unclass(ts(1:3))), "1:3")
})

test_that("numbers are written in full, whatever R's options say", {
  withr::local_options(scipen = -10, OutDec = ",", digits = 3)
  expect_identical(in_full(c(1e5, 2147483647, 12)), c("100000", "2147483647", "12"))
  expect_identical(in_thousands(1234567), "1,234,567")
  expect_identical(in_full(numeric()), character())
})

test_that("sizes are named by their axes and sides", {
  expect_identical(per_axis(c(3, 100000)), "3 in height and 100000 in width")
  expect_identical(per_axis(1:2, "at least %s"), "at least 1 in height and at least 2 in width")
  expect_identical(per_side(0:3), "top 0, bottom 1, left 2, right 3")
  expect_identical(shape_label(c(2, 3, 4)), "2 x 3 x 4")
  expect_identical(result_in_words(c(1, 2, 3, 4)), "the result [1, 2, 3, 4]")
  expect_identical(result_in_words(c(1, 2, 3, 4), batched = FALSE), "the result [2, 3, 4]")
  expect_identical(weights_in_words(c(1e5, 1, 2, 2)), "weights [100000, 1, 2, 2]")
  expect_identical(describe_shape(matrix(0, 2, 3)), "an array [2, 3]")
  expect_identical(describe_shape(1:3), "1:3")
})

test_that("memory is told in gigabytes of three digits", {
  expect_identical(in_gigabytes(1.23456e12), "1230 GB")
  expect_identical(in_gigabytes(2^26), "0.0671 GB")
})

test_that("words have their articles and their first letters, in English in every locale", {
  expect_identical(with_article("integer"), "an integer")
  expect_identical(with_article("double"), "a double")
  expect_identical(capitalized("input size"), "Input size")
  expect_identical(capitalized(""), "")
  expect_identical(a_few(letters[1:9]), "a, b, c, d, e, f, g, h, ... (9 in all)")
  expect_identical(a_few(letters[1:8]), "a, b, c, d, e, f, g, h")
})
