# Extracted from test-conditions.R:117

# setup ------------------------------------------------------------------------
library(testthat)
test_env <- simulate_test_env(package = "nnconv", path = "..")
attach(test_env, warn.conflicts = FALSE)

# prequel ----------------------------------------------------------------------
layers <- list(nn_conv_transpose2d, nn_conv2d)
pair_range_0 <- "one or two whole numbers (height, width) between 0 and 2147483647, not "
padding_range <- paste(
  "one, two (height, width) or four (top, bottom, left, right) whole numbers between 0 and",
  "2147483647, not "
)

# test -------------------------------------------------------------------------
layer <- function(...) nn_conv_transpose2d(1, 1, 3, stride = 2, ...)
once <- "0 with padding = \"same\" or an `output_size`, which determine the size, not 0 in height"
expect_refusal(
    layer(padding = "same", output_padding = 0:1), "argument", "output_padding", once
  )
expect_refusal(layer(output_size = 9, output_padding = 0:1), "argument", "output_padding", once)
expect_refusal(
    layer(padding = "same", extend = TRUE), "argument", "extend",
    'FALSE with padding = "same", not TRUE.'
  )
for (bad in list(0, 1.5, NA_real_, 1:3, 1:4, numeric(), Inf)) {
    expect_refusal(layer(output_size = bad), "argument", "output_size", pair_range)
  }
expect_refusal(layer(output_size = "9"), "type", "output_size", pair_range)
expect_refusal(layer(extend = NA), "argument", "extend", "TRUE or FALSE, not NA.")
expect_refusal(layer(extend = 1), "type", "extend", "TRUE or FALSE, not 1.")
x <- array(1, c(1, 1, 4, 4))
w <- array(1, c(1, 1, 3, 3))
expect_refusal(
    nnf_conv_transpose2d(x, w, output_padding = 1), "argument", "output_padding", "at most 0 in"
  )
expect_refusal(
    nnf_conv_transpose2d_backward(array(1, c(1, 1, 7, 7)), x, w), "shape", "grad_output",
    "height 6 and width 6), not an array [1, 1, 7, 7]."
  )
