# The framework for the package safetensors: plain arrays as its tensors.

test_that("tensors are the bytes of their numbers, the last index fastest", {
  for (x in list(matrix(c(1.5, -2, 0, 3, 4, 5), 2), array(1:24 / 8, c(2, 3, 4)), c(1, 2, 3))) {
    meta <- tensor_meta(x)
    expect_identical(unlist(meta$shape), as.double(extents_of(x)))
    bytes <- tensor_buffer(x)
    rows <- if (is.array(x)) as.vector(aperm(x)) else x
    size <- length(bytes) / length(x)
    expect_identical(readBin(bytes, "double", length(x), size, endian = "little"), rows)
    expect_equal(array_from_tensor(bytes, meta), x, ignore_attr = TRUE)
    expect_identical(extents_of(array_from_tensor(bytes, meta)), extents_of(x))
  }
  expect_identical(tensor_meta(c(TRUE, FALSE))$dtype, "BOOL")
})

test_that("bytes that are no tensor of this shape are refused", {
  expect_refusal(
    array_from_tensor(as.raw(1:4), list(dtype = "F32", shape = 5)), "file", "shape",
    "at most 4 elements, one for each byte, not 5"
  )
  expect_refusal(array_from_tensor(as.raw(1:4), list(dtype = "F31", shape = 1)), "argument", "dtype", "F31")
  expect_refusal(array_from_tensor(as.raw(1:4), list(dtype = "F32", shape = 1.5)), "argument", "shape",
                 "whole numbers, not 1.5.")
})

test_that("the package safetensors reads and writes plain arrays", {
  skip_if_not_installed("safetensors", "0.2.0")
  file <- withr::local_tempfile()
  m <- nn_conv2d(2, 3, c(3, 2))
  x <- c(m$state_dict(), list(flag = c(TRUE, FALSE), n = matrix(1:6, 2)))
  nn_save_safetensors(x, file, scalars = character())
  y <- safetensors::safe_load_file(file, framework = "nnconv")
  expect_identical(y[names(x)], nn_load_safetensors(file)[names(x)], ignore_attr = TRUE)
  expect_identical(y$weight, m$weight)
  safetensors::safe_save_file(x, file)
  expect_identical(nn_load_safetensors(file), y[names(x)])
  broken <- list(dtype = "F32", shape = 4)
  make <- safetensors::safetensors_frameworks$nnconv$constructor
  expect_error(make(as.raw(1:4), broken), class = "nnconv_error_file")
  expect_error(make(as.raw(1:4), list(dtype = "F32", shape = 5)), class = "nnconv_error_file")
  expect_error(make(as.raw(1:4), list(dtype = "F31", shape = 1)), class = "nnconv_error_argument")
})
