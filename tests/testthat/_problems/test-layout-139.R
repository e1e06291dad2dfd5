# Extracted from test-layout.R:139

# setup ------------------------------------------------------------------------
library(testthat)
test_env <- simulate_test_env(package = "nnconv", path = "..")
attach(test_env, warn.conflicts = FALSE)

# prequel ----------------------------------------------------------------------
keras_conv2d <- function(x, kernel, stride) {
  size <- (dim(x)[2:3] - dim(kernel)[1:2]) %/% stride + 1
  y <- array(0, c(dim(x)[1], size, dim(kernel)[4]))
  for (i in seq_len(size[1])) for (j in seq_len(size[2])) for (o in seq_len(dim(kernel)[4])) {
    for (u in seq_len(dim(kernel)[1])) for (v in seq_len(dim(kernel)[2])) {
      for (c in seq_len(dim(kernel)[3])) {
        from <- x[, (i - 1) * stride + u, (j - 1) * stride + v, c]
        y[, i, j, o] <- y[, i, j, o] + from * kernel[u, v, c, o]
      }
    }
  }
  y
}
keras_conv2d_transpose <- function(x, kernel, stride) {
  size <- (dim(x)[2:3] - 1) * stride + dim(kernel)[1:2]
  y <- array(0, c(dim(x)[1], size, dim(kernel)[3]))
  for (i in seq_len(dim(x)[2])) for (j in seq_len(dim(x)[3])) for (o in seq_len(dim(kernel)[3])) {
    for (u in seq_len(dim(kernel)[1])) for (v in seq_len(dim(kernel)[2])) {
      for (c in seq_len(dim(kernel)[4])) {
        a <- (i - 1) * stride + u
        b <- (j - 1) * stride + v
        y[, a, b, o] <- y[, a, b, o] + x[, i, j, c] * kernel[u, v, o, c]
      }
    }
  }
  y
}
to_keras_image <- function(x) aperm(x, c(1, 3, 4, 2))
keras_same <- function(size, kernel, stride) max((ceiling(size / stride) - 1) * stride + kernel - size, 0)

# test -------------------------------------------------------------------------
skip_if_not_installed("safetensors", "0.2.0")
file <- withr::local_tempfile()
m <- nn_conv2d(2, 3, c(3, 2))
x <- c(m$state_dict(), list(flag = c(TRUE, FALSE), n = matrix(1:6, 2)))
nn_save_safetensors(x, file, scalars = character())
y <- safetensors::safe_load_file(file, framework = "nnconv")
