# Every refusal: its class, the argument it names, what was given and what is allowed.

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

test_that("an input has the rank and the channels of the layer", {
  for (m in list(nn_conv_transpose2d(3, 2, 2), nn_conv2d(3, 2, 2))) {
    allowed <- "an array (N, 3, H, W) or (3, H, W), not "
    expect_refusal(m(array(0, c(1, 4, 5, 5))), "shape", "input", paste0(allowed, "an array [1, 4, 5, 5]."))
    expect_refusal(m(array(0, c(5, 5))), "shape", "input", paste0(allowed, "an array [5, 5]."))
    expect_refusal(m(array(0, c(1, 1, 3, 5, 5))), "shape", "input", allowed)
    expect_refusal(m(1:3), "shape", "input", paste0(allowed, "1:3."))
    expect_refusal(m(numeric(100)), "shape", "input", "a double vector of length 100.")
    expect_refusal(m(array(0, c(1, 3, 0, 5))), "shape", "input", "one cell wide, not [1, 3, 0, 5].")
    expect_refusal(m(array(0, c(3, 5, 0))), "shape", "input", "at least one cell high")
  }
})

test_that("an input with its channels last gets the word that reads it, where that fits", {
  last <- function(word) sprintf("channels are last, as in pictures, is read by `as_nchw(x, \"%s\")`.", word)
  for (make in list(nn_conv_transpose2d, nn_conv2d)) {
    for (channels in c(1, 3, 4, 16)) {
      m <- make(channels, 2, 2)
      x <- random_array(7, 6, channels)
      expect_refusal(m(x), "shape", "input", last("HWC"))
      expect_identical(dim(m(as_nchw(x, "HWC")))[2], 2L)
      batch <- random_array(5, 7, 6, channels)
      expect_refusal(m(batch), "shape", "input", last("NHWC"))
      expect_refusal(predict(m, batch, batch_size = 1), "shape", "newdata", last("NHWC"))
      expect_identical(dim(m(as_nchw(batch, "NHWC")))[1:2], c(5L, 2L))
      # One that would be refused again gets none.
      for (bad in list(random_array(7, 6, 2), random_array(5, 7, 6, 5), array(0, c(5, 0, channels)),
                       array(0, c(2, 2, 2, 2, channels)), 1:5)) {
        expect_no_match(conditionMessage(refusal(m(bad))), "as_nchw")
      }
    }
    matrix_word <- "A matrix, such as a grey picture, is read by `as_nchw(x, \"HW\")`."
    expect_refusal(make(1, 2, 2)(volcano), "shape", "input", matrix_word)
    expect_identical(dim(make(1, 2, 1)(as_nchw(volcano, "HW"))), c(1L, 2L, dim(volcano)))
    expect_no_match(conditionMessage(refusal(make(3, 2, 2)(volcano))), "as_nchw")
  }
  net <- nn_sequential(nn_relu(), nn_conv2d(3, 1, 1))
  expect_match(conditionMessage(refusal(net(random_array(4, 4, 3)))), last("HWC"), fixed = TRUE)
  expect_refusal(nnf_conv2d(random_array(4, 5, 3), random_array(1, 3, 2, 2)), "shape", "input", last("HWC"))
  expect_no_match(conditionMessage(refusal(from_nchw(volcano, "HW"))), "as_nchw")
})

test_that("an input of another type is refused by its name", {
  numeric_only <- "a numeric or logical array, not "
  for (m in list(nn_conv_transpose2d(1, 1, 2), nn_conv2d(1, 1, 2))) {
    expect_refusal(m(NULL), "type", "input", paste0(numeric_only, "NULL."))
    expect_refusal(m(array("a", c(1, 3, 3))), "type", "input", "a character array [1, 3, 3].")
    expect_refusal(m(array(1i, c(1, 3, 3))), "type", "input", "a complex array [1, 3, 3].")
    expect_refusal(m(list(1)), "type", "input", "an object of class list.")
    expect_refusal(m(data.frame(a = 1)), "type", "input", "an object of class data.frame.")
    expect_refusal(m(sum), "type", "input", "an object of class function.")
    expect_refusal(m(globalenv()), "type", "input", "an object of class environment.")
    expect_refusal(m(as.raw(1)), "type", "input", "as.raw(0x01).")
    integer64 <- structure(array(1, c(1, 3, 3)), class = "integer64")
    expect_refusal(m(integer64), "type", "input", "an object of class integer64.")
  }
})

test_that("a convolution refuses an input smaller than its kernel", {
  m <- nn_conv2d(1, 1, c(5, 3), padding = c(1, 0), dilation = c(1, 2))
  expect_refusal(
    m(array(0, c(1, 2, 9))), "shape", "input",
    "at least 3 in height and at least 5 in width, not 2 in height and 9 in width."
  )
  expect_refusal(m(array(0, c(1, 9, 4))), "shape", "input", "not 9 in height and 4 in width.")
  expect_identical(dim(m(array(0, c(1, 3, 5)))), c(1L, 1L, 1L))
})

test_that("padding that leaves nothing of the result is refused", {
  m <- nn_conv_transpose2d(1, 1, 1, padding = c(1, 0))
  expect_refusal(
    m(array(0, c(1, 2, 2))), "shape", "padding",
    "cell of the result is left, not 1 in height and 0 in width, which leaves 0 in height and 2 in"
  )
  sides <- nn_conv_transpose2d(1, 1, 1, padding = c(0, 0, 2, 1))
  expect_refusal(
    sides(array(0, c(1, 2, 2))), "shape", "padding",
    "not top 0, bottom 0, left 2, right 1, which leaves 2 in height and -1 in width."
  )
})

test_that("reflect and circular padding are limited by the image", {
  reflect <- nn_conv2d(1, 1, 1, padding = c(2, 1), padding_mode = "reflect")
  expect_identical(dim(reflect(array(0, c(1, 3, 2)))), c(1L, 7L, 4L))
  expect_refusal(
    reflect(array(0, c(1, 2, 2))), "shape", "padding",
    "at most 1 in height and 1 in width, as mode \"reflect\" takes cells from the input, not 2 in"
  )
  circular <- nn_conv2d(1, 1, 1, padding = c(2, 1), padding_mode = "circular")
  expect_identical(dim(circular(array(0, c(1, 2, 1)))), c(1L, 6L, 3L))
  expect_refusal(circular(array(0, c(1, 1, 1))), "shape", "padding", "at most 1 in height and 1 in")
  replicate <- nn_conv2d(1, 1, 1, padding = 5, padding_mode = "replicate")
  expect_identical(dim(replicate(array(0, c(1, 1, 1)))), c(1L, 11L, 11L))
  # In the transposed layer, it is the result that the border is folded onto.
  up <- nn_conv_transpose2d(1, 1, 5, padding = 2, padding_mode = "reflect")
  expect_identical(dim(up(array(0, c(1, 3, 3)))), c(1L, 3L, 3L))
  expect_refusal(up(array(0, c(1, 2, 3))), "shape", "padding", "takes cells from the result")
})

test_that("output_size is in range and of the right length", {
  m <- nn_conv_transpose2d(1, 1, 3, stride = c(2, 1), padding = 1, dilation = 2)
  x <- array(0, c(1, 1, 4, 4))
  range <- "(height, width) or the 4 extents of the result, with height 9 to 10 and width 6, not "
  for (bad in list(c(8, 6), c(11, 6), c(9, 7), 9, c(1, 9, 6), c(9, NA), c(9.5, 6), numeric())) {
    expect_refusal(m(x, output_size = bad), "argument", "output_size", range)
  }
  expect_refusal(m(x, output_size = "9"), "type", "output_size", range)
  expect_refusal(
    m(array(0, c(1, 4, 4)), output_size = 1:4),
    "argument", "output_size", "(height, width) or the 3 extents of the result"
  )
  same <- nn_conv_transpose2d(1, 1, 5, stride = c(2, 3), padding = "same")
  expect_identical(dim(same(x, output_size = c(8, 12))), c(1L, 1L, 8L, 12L))
  expect_refusal(
    same(x, output_size = c(9, 12)), "argument", "output_size", "with height 8 and width 12, not"
  )
  larger <- nn_conv_transpose2d(1, 1, 3, stride = 2, extend = TRUE)
  expect_refusal(
    larger(x, output_size = c(8, 9)), "argument", "output_size",
    "with height 9 to 2147483647 and width 9 to 2147483647, not c(8, 9)."
  )
  expect_refusal(
    larger(x, output_size = c(2147483647, 2147483647)), "shape", "input", "2^52 elements"
  )
  # Given when the layer was made, it is checked when the input is known.
  made <- nn_conv_transpose2d(1, 1, 3, stride = 2, output_size = c(12, 11))
  expect_identical(dim(made(array(0, c(1, 5, 5)))), c(1L, 12L, 11L))
  expect_refusal(made(x), "argument", "output_size", "height 9 to 10 and width 9 to 10, not c(12,")
  expect_refusal(made$output_shape(dim(x)), "argument", "output_size", "not c(12, 11).")
  tiny <- nn_conv_transpose2d(1, 1, 1, padding = 3)
  expect_refusal(
    tiny(x, output_size = c(4, 4)), "argument", "output_size", "impossible (`padding` leaves nothing)"
  )
})

test_that("a result beyond R's limits is refused before memory is asked for", {
  m <- nn_conv_transpose2d(1, 1, 1, stride = 2147483647)
  expect_refusal(m(array(0, c(1, 1, 3, 1))), "shape", "input", "at most 2147483647 cells on each")
  wide <- nn_conv_transpose2d(1, 1, 1, stride = 100000000)
  expect_refusal(
    wide(array(0, c(1, 1, 2, 2))), "shape", "input", "not [1, 1, 100000001, 100000001]."
  )
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

test_that("nnf_pad() checks its arguments", {
  x <- matrix(0, 3, 3)
  expect_refusal(nnf_pad(x, 1), "argument", "pad", "2 or 4 whole numbers (left, right, top, bottom)")
  expect_refusal(nnf_pad(1:3, 1:4), "argument", "pad", "2 whole numbers (left, right), not 1:4.")
  expect_refusal(nnf_pad(x, c(1, NA)), "argument", "pad", "not c(1, NA).")
  expect_refusal(nnf_pad(x, "1"), "type", "pad", "not \"1\".")
  expect_refusal(nnf_pad(x, c(1, 1), mode = "zeros"), "argument", "mode", '"constant"')
  expect_refusal(nnf_pad(x, c(1, 1), value = 1:2), "argument", "value", "one number, not 1:2.")
  expect_refusal(nnf_pad(x, c(1, 1), value = "a"), "type", "value", "one number, not \"a\".")
  expect_refusal(nnf_pad(x, c(3, 0), mode = "reflect"), "shape", "pad", "at most 2 in height and 2")
  for (mode in c("constant", "replicate", "circular")) {
    expect_refusal(nnf_pad(x, c(-2, -1), mode), "shape", "pad", "cells of the input are left")
    expect_refusal(nnf_pad(x, c(-3, 4), mode), "shape", "pad", "not c(-3, 4).")
  }
  integer64 <- structure(0, class = "integer64")
  expect_refusal(nnf_pad(x, c(1, 1), value = integer64), "type", "value", "class integer64")
  expect_refusal(nnf_pad("a", c(1, 1)), "type", "input", "not \"a\".")
  expect_refusal(nnf_pad(matrix(0, 0, 3), c(1, 1)), "shape", "input", "not [0, 3].")
  expect_refusal(nnf_pad(x, c(2147483647, 2)), "shape", "pad", "at most 2147483647 cells")
})

test_that("nn_init_bilinear() checks its arguments", {
  expect_refusal(
    nn_init_bilinear(3, 4, 2), "argument", "out_channels", "equal to `in_channels` = 3, not 4. Bil"
  )
  expect_refusal(nn_init_bilinear(3, 3, 0), "argument", "kernel_size", pair_range)
  expect_refusal(nn_init_bilinear(3, 3, 2, groups = 2), "argument", "in_channels", "divisible")
})

test_that("conditions carry the call that the user wrote", {
  m <- nn_conv_transpose2d(1, 1, 1)
  expect_identical(conditionCall(refusal(m(NULL))), quote(m(NULL)))
  expect_identical(
    conditionCall(refusal(nn_conv2d(1, 1, stride = 0, kernel_size = 1))),
    quote(nn_conv2d(1, 1, stride = 0, kernel_size = 1))
  )
})

test_that("plot() draws channels that there are, with a title that can be written", {
  withr::local_pdf(NULL)
  m <- nn_conv2d(2, 3, 3)
  expect_refusal(plot(m, main = list(1)), "type", "main", "text, an expression or a number, not an")
  invalid <- "\xff"
  Encoding(invalid) <- "UTF-8" # in some locales, all bytes are letters
  expect_refusal(plot(m, main = invalid), "type", "main", "expression or a number, not \"")
  expect_silent(plot(m, main = expression(x^2)))
})

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
