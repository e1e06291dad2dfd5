# The transposed layer against the plain loops, over a random table of all arguments.

conv_transpose2d_error <- function(g, dtype) {
  x <- random_array(g$batch, g$in_channels, g$size)
  m <- nn_conv_transpose2d(
    g$in_channels, g$out_channels, g$kernel_size, g$stride, g$padding, g$output_padding,
    g$groups, g$bias, g$dilation, g$mode, dtype
  )
  y <- m(as_input(x, g))
  reference <- reference_conv_transpose2d(
    x, m$weight, m$bias, g$stride, g$padding, g$output_padding, g$dilation, g$groups, g$mode
  )
  relative_error(y, as_input(reference, g))
}

test_that("the transposed layer computes its definition, in both types", {
  set.seed(20)
  for (i in 1:400) {
    g <- random_geometry()
    for (dtype in names(tolerance)) {
      expect_lte(conv_transpose2d_error(g, dtype), tolerance[[dtype]], label = label_of(g))
    }
  }
})
