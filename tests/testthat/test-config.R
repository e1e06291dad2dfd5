# A layer's arguments as its config: what is taken, what is refused, what older configs lack.

layers <- list(nn_conv_transpose2d, nn_conv2d)
pair_range_0 <- "one or two whole numbers (height, width) between 0 and 2147483647, not "
padding_range <- paste(
  "one, two (height, width) or four (top, bottom, left, right) whole numbers between 0 and",
  "2147483647, not "
)

test_that("channels and groups are whole numbers of at least 1 that fit together", {
  for (layer in layers) {
    for (bad in list(0, -1, 1.5, NA_real_, c(1, 2), numeric(), Inf, NaN, 2^31)) {
      expect_refusal(layer(bad, 1, 1), "argument", "in_channels", "one whole number between 1")
      expect_refusal(layer(1, bad, 1), "argument", "out_channels", "one whole number between 1")
      expect_refusal(layer(1, 1, 1, groups = bad), "argument", "groups", "one whole number")
    }
    expect_refusal(layer("1", 1, 1), "type", "in_channels", "2147483647, not \"1\".")
    expect_refusal(layer(1, NULL, 1), "type", "out_channels", "not NULL.")
    expect_refusal(layer(4, 4, 1, groups = TRUE), "type", "groups", "not TRUE.")
    expect_refusal(
      layer(3, 4, 1, groups = 2), "argument", "in_channels",
      "`in_channels` must be divisible by `groups` = 2, not 3."
    )
    expect_refusal(layer(4, 5, 1, groups = 2), "argument", "out_channels", "`groups` = 2, not 5.")
  }
})

test_that("kernel_size, stride, dilation and padding are one or two whole numbers in range", {
  for (layer in layers) {
    for (bad in list(0, -1, 1.5, NA_real_, c(3, 3, 3), c(1, 0), numeric(), 2^31)) {
      expect_refusal(layer(1, 1, bad), "argument", "kernel_size", pair_range)
      expect_refusal(layer(1, 1, 1, stride = bad), "argument", "stride", pair_range)
      expect_refusal(layer(1, 1, 1, dilation = bad), "argument", "dilation", pair_range)
    }
    for (bad in list(-1, 0.5, NA_real_, c(1, 1, 1), c(0, -2), numeric())) {
      expect_refusal(layer(1, 1, 1, padding = bad), "argument", "padding", padding_range)
    }
    for (bad in list(c(1, 1, 1, -1), c(0, 0, 0.5, 0), c(0, NA, 0, 0), 1:5)) {
      expect_refusal(layer(1, 1, 1, padding = bad), "argument", "padding", padding_range)
    }
    expect_refusal(layer(1, 1, 1, padding = list(1)), "type", "padding", padding_range)
    for (bad in list("3", list(3), NULL, 3i, factor(3), TRUE, sum)) {
      expect_refusal(layer(1, 1, bad), "type", "kernel_size", pair_range)
      expect_refusal(layer(1, 1, 1, stride = bad), "type", "stride", pair_range)
    }
  }
  expect_identical(conditionMessage(refusal(nn_conv2d(1, 1, c(3, 3, 3)))), paste0(
    "`kernel_size` must be ", pair_range, "c(3, 3, 3)."
  ))
})

test_that("output_padding is smaller than the stride or the dilation", {
  expect_refusal(
    nn_conv_transpose2d(1, 1, 1, output_padding = -1), "argument", "output_padding", pair_range_0
  )
  expect_refusal(
    nn_conv_transpose2d(1, 1, 3, stride = c(2, 1), output_padding = c(0, 1), dilation = c(4, 1)),
    "argument", "output_padding", paste(
      "smaller than either `stride` or `dilation`: at most 3 in height and 0 in width,",
      "not 0 in height and 1 in width. With `extend = TRUE` it may be larger."
    )
  )
})

test_that("padding_mode, padding strings, dtype and bias are among the known ones", {
  for (layer in layers) {
    for (bad in list("mirror", NA_character_, c("zeros", "zeros"), character())) {
      expect_refusal(
        layer(1, 1, 1, padding_mode = bad), "argument", "padding_mode",
        'one of "zeros", "reflect", "replicate", "circular", not '
      )
    }
    expect_refusal(layer(1, 1, 1, padding_mode = "Zeros"), "argument", "padding_mode", "\"Zeros\"")
    expect_refusal(layer(1, 1, 1, padding_mode = 1), "type", "padding_mode", "not 1.")
    expect_refusal(
      layer(1, 1, 1, dtype = "float16"), "argument", "dtype",
      'one of "float64", "float32", not "float16".'
    )
    expect_refusal(layer(1, 1, 1, bias = NA), "argument", "bias", "TRUE or FALSE, not NA.")
    expect_refusal(layer(1, 1, 1, bias = 1), "type", "bias", "TRUE or FALSE, not 1.")
  }
  for (layer in layers) for (bad in list("full", NA_character_, c("same", "same"))) {
    expect_refusal(layer(1, 1, 1, padding = bad), "argument", "padding", '"same" or "valid"')
  }
  expect_refusal(
    nn_conv2d(1, 1, 3, padding = "same", stride = c(1, 2)), "argument", "stride",
    paste('1 with padding = "same", not 1 in height and 2 in width. The four sides can be given',
          "as c(top, bottom, left, right).")
  )
})

test_that("what determines the size of the transposed layer's result is said once", {
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
    "an array [1, 1, 6, 6], the shape of the result, not an array [1, 1, 7, 7]."
  )
  expect_refusal(
    nnf_conv_transpose2d_backward(array(1, c(1, 1, 5, 7)), x, w, extend = TRUE), "shape",
    "grad_output", "height 6 to 2147483647 and width 6 to 2147483647), not an array [1, 1, 5, 7]."
  )
})

test_that("weights beyond R's limits are refused before memory is asked for", {
  for (layer in layers) {
    expect_refusal(layer(2147483647, 2147483647, 1), "shape", "kernel_size", "2^52 elements")
  }
})

test_that("layers that were saved before there were these arguments have their defaults", {
  set.seed(818)
  m <- nn_conv_transpose2d(2, 3, 3, stride = 2, padding = 1)
  old <- unserialize(serialize(m, NULL))
  state <- environment(old)
  state$config <- state$config[setdiff(names(state$config), c("output_size", "extend"))]
  expect_null(old$output_size)
  expect_false(old$extend)
  x <- random_array(1, 2, 4, 5)
  expect_identical(old(x), m(x))
  expect_identical(old(x, output_size = c(8, 9)), m(x, output_size = c(8, 9)))
  expect_error(old(x, output_size = c(9, 9)), class = "nnconv_error_argument")
  expect_identical(old$backward(x, identity), m$backward(x, identity))
  expect_identical(old$output_shape(dim(x)), m$output_shape(dim(x)))
  expect_identical(format(old), format(m))
  expect_identical(capture.output(print(old)), capture.output(print(m)))
  expect_identical(names(old), names(m))
  expect_true(all.equal(old, m))
  expect_true(all.equal(m, old))
  expect_identical(nn_sequential(old)(x), m(x))
})

test_that("the arguments are told as they were given", {
  m <- nn_conv_transpose2d(1, 1, 3, stride = 2, padding = "same")
  expect_identical(m$padding, "same")
  expect_output(print(m), "* padding: same\n", fixed = TRUE)
  expect_identical(format(m), 'nn_conv_transpose2d(1, 1, kernel_size = 3, stride = 2, padding = "same")')
  sides <- nn_conv2d(1, 1, 3, padding = 1:4)
  expect_identical(sides$padding, c(1, 2, 3, 4))
  expect_output(print(sides), "* padding: top 1, bottom 2, left 3, right 4\n", fixed = TRUE)
  expect_match(format(sides), "padding = c(1, 2, 3, 4)", fixed = TRUE)
  sized <- nn_conv_transpose2d(1, 1, 3, output_size = c(3, 4), extend = TRUE)
  expect_output(print(sized), "* output_size: 3 x 4\n* extend: TRUE\n", fixed = TRUE)
  expect_match(format(sized), "output_size = c(3, 4), extend = TRUE", fixed = TRUE)
  other <- nn_conv_transpose2d(1, 1, 3, output_size = c(4, 4), extend = TRUE)
  other$load_state_dict(sized$state_dict())
  expect_match(all.equal(sized, other), "output_size: ")
  expect_match(all.equal(sized, nn_conv_transpose2d(1, 1, 3))[1:2], "output_size|extend")
  expect_true(all.equal(sized, sized$clone()))
})

test_that("weights have the channels of the small image, those of a group, and the kernel", {
  shape_of <- function(layer) weight_shape(config_of(layer))
  expect_identical(shape_of(nn_conv_transpose2d(4, 6, c(3, 2), groups = 2)), c(4, 3, 3, 2))
  expect_identical(shape_of(nn_conv2d(4, 6, c(3, 2), groups = 2)), c(6, 2, 3, 2))
  # One product for each weight and each cell of the small image.
  up <- config_of(nn_conv_transpose2d(4, 6, c(3, 2), groups = 2))
  expect_identical(multiply_adds(up, c(5, 4, 7, 8), c(5, 6, 9, 9)), 5 * 7 * 8 * 4 * 3 * 6)
})
