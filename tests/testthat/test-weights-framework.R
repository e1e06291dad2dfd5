# The framework for the package safetensors: plain arrays as its tensors.

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
