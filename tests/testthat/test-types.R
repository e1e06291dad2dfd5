# Types: which values are numbers, arrays and modules, and what of them is looked at.

test_that("numbers are doubles and integers, and no class that says otherwise", {
  for (x in list(1, 1L, NA_real_, numeric(), matrix(1:4, 2), table(1:3), stats::ts(1:3))) {
    expect_true(is_number(x))
    expect_true(is_array_type(x))
  }
  no_number <- list(
    "1", 1i, as.raw(1), NULL, list(1), sum, factor("a"), as.Date("2020-01-01"),
    structure(1, class = "integer64"), structure(1L, class = "nativeRaster")
  )
  for (x in no_number) {
    expect_false(is_number(x))
    expect_false(is_array_type(x))
  }
  expect_false(is_number(NA))
  expect_true(is_array_type(NA))
})

test_that("a class that fails to answer is no number", {
  registerS3method("is.numeric", "failing_number", function(x) stop("no answer"))
  expect_false(is_number(structure(1, class = "failing_number")))
})

test_that("a class alone makes no module", {
  for (m in list(nn_relu(), nn_conv2d(1, 1, 1), nn_sequential(nn_relu()))) expect_true(is_module(m))
  classes <- class(nn_conv2d(1, 1, 1))
  expect_false(is_module(structure(function(input) input, class = classes)))
  expect_false(is_module(structure(list(), class = classes)))
  expect_true(is_layer(nn_conv_transpose2d(1, 1, 1)))
  expect_false(is_layer(nn_relu()) || is_layer(nn_sequential(nn_conv2d(1, 1, 1))))
})

test_that("packed colours are known by their classes", {
  expect_true(is_colours(as.raster(matrix(0:1, 1))))
  expect_true(is_colours(structure(matrix(0L, 1), class = "nativeRaster")))
  expect_false(is_colours(matrix("#000000", 1)))
  expect_false(is_colours(structure(list(), class = "raster")))
})

test_that("without its class, a value is what it holds", {
  x <- structure(1:4, dim = c(2L, 2L), class = "of_the_user")
  expect_identical(without_class(x), matrix(1:4, 2))
  expect_identical(without_class(3), 3)
  expect_false(isS4(without_class(asS4(1:3))))
})

test_that("extents are those of an array, or the length of a vector", {
  expect_identical(extents_of(array(0, c(2, 0, 5))), c(2L, 0L, 5L))
  expect_identical(extents_of(1:7), 7L)
  expect_identical(extents_of(numeric()), 0L)
})

test_that("the small image is the input of the transposed layer and the result of the other", {
  up <- config_of(nn_conv_transpose2d(1, 1, 1))
  down <- config_of(nn_conv2d(1, 1, 1))
  expect_true(is_transposed(up))
  expect_false(is_transposed(down))
  expect_identical(by_image(up, "in", "out")[c("small", "large")], list(small = "in", large = "out"))
  expect_identical(by_image(down, "in", "out")[c("small", "large")], list(small = "out", large = "in"))
})
