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
