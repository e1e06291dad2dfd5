# Shapes: what goes into a layer and what comes out, and the refusal of others.

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
      for (bad in list(random_array(2, 7, 6), random_array(5, 7, 6, 5), array(0, c(5, 0, channels)),
                       array(0, c(2, 2, 2, 2, channels)), 1:5)) {
        expect_no_match(conditionMessage(refusal(m(bad))), "as_nchw")
      }
    }
    matrix_word <- "A matrix, such as a grey picture, is read by `as_nchw(x, \"HW\")`."
    expect_refusal(make(1, 2, 2)(volcano), "shape", "input", matrix_word)
    expect_identical(dim(make(1, 2, 1)(as_nchw(volcano, "HW"))), c(1L, 2L, dim(volcano)))
    expect_no_match(conditionMessage(refusal(make(3, 2, 2)(volcano))), "as_nchw")
    stack <- random_array(9, 7, 6) # images, without channels
    expect_refusal(make(1, 2, 2)(stack), "shape", "input", "`as_nchw(x, \"NHW\")`.")
    expect_identical(dim(make(1, 2, 2)(as_nchw(stack, "NHW")))[1:2], c(9L, 2L))
    expect_no_match(conditionMessage(refusal(make(2, 2, 2)(stack))), "as_nchw")
  }
  net <- nn_sequential(nn_relu(), nn_conv2d(3, 1, 1))
  expect_match(conditionMessage(refusal(net(random_array(4, 4, 3)))), last("HWC"), fixed = TRUE)
  expect_refusal(nnf_conv2d(random_array(4, 5, 3), random_array(1, 3, 2, 2)), "shape", "input", last("HWC"))
  expect_no_match(conditionMessage(refusal(from_nchw(volcano, "HW"))), "as_nchw")
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
    tiny(x, output_size = c(4, 4)), "argument", "output_size", "of no size (`padding` crops all cells)"
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

test_that("the sizes of the documentation come out", {
  shape <- c(20, 16, 50, 100)
  m <- nn_conv_transpose2d(16, 33, 3, stride = 2)
  expect_equal(m$output_shape(shape), c(20, 33, 101, 201))
  m <- nn_conv_transpose2d(16, 33, c(3, 5), stride = c(2, 1), padding = c(4, 2))
  expect_equal(m$output_shape(shape), c(20, 33, 93, 100))
})

test_that("sizes are computed in 64 bits", {
  m <- nn_conv_transpose2d(1, 1, 2, stride = 2147483647, padding = 1)
  expect_equal(m$output_shape(c(1, 1, 1, 1), output_size = c(2147483646, 1)), c(1, 1, 2147483646, 1))
  expect_error(m$output_shape(c(1, 1, 3, 3)), class = "nnconv_error_shape")
  down <- nn_conv2d(1, 1, 3, stride = 2147483647, dilation = 1000000)
  expect_equal(down$output_shape(c(1, 1, 2147483647, 2147483647)), c(1, 1, 1, 1))
  expect_equal(down$output_shape(c(1, 1, 2000001, 2000001)), c(1, 1, 1, 1))
})

test_that("output_size overrides output_padding, and batch and channels in it are ignored", {
  set.seed(45)
  x <- random_array(2, 3, 4, 5)
  m <- nn_conv_transpose2d(3, 2, 3, stride = 3, padding = 1, output_padding = 2)
  other <- nn_conv_transpose2d(3, 2, 3, stride = 3, padding = 1, output_padding = c(1, 0))
  other$load_state_dict(m$state_dict())
  expect_identical(m(x, output_size = c(11, 13)), other(x))
  expect_identical(m(x, c(77, 88, 11, 13)), other(x))
  expect_identical(m(x, c(11L, 13L)), other(x))
})
