# Gradients of single layers: values, shapes, what is wanted, and exact footprints.

# The largest relative error of all gradients of one layer, against the plain loops.
gradient_error <- function(layer, g, dtype) {
  is_conv <- layer == "conv2d"
  weight <- random_array(g$in_channels, g$out_channels / g$groups, g$kernel_size)
  large <- random_array(g$batch, g$out_channels, large_size(g))
  size <- if (is_conv) conv_size(g) else g$size
  small <- random_array(g$batch, g$in_channels, size)
  input <- if (is_conv) large else small
  grad_output <- if (is_conv) small else large
  backward <- if (is_conv) nnf_conv2d_backward else nnf_conv_transpose2d_backward
  arguments <- list(
    as_input(grad_output, g), as_input(input, g), weight, numeric(dim(grad_output)[2]),
    stride = g$stride, padding = g$padding, dilation = g$dilation, groups = g$groups,
    padding_mode = g$mode, dtype = dtype
  )
  if (!is_conv) arguments$output_padding <- g$output_padding
  got <- do.call(backward, arguments)
  wanted <- reference_derivatives(
    large, weight, small, g$stride, g$padding, g$dilation, g$groups, g$mode
  )
  max(
    relative_error(got$input, as_input(if (is_conv) wanted$large else wanted$small, g)),
    relative_error(got$weight, wanted$weight),
    relative_error(got$bias, apply(grad_output, 2, sum))
  )
}

# That of the result, for an image of the large size.
conv_size <- function(g) {
  (large_size(g) + both_sides(g$padding) - g$dilation * (g$kernel_size - 1) - 1) %/% g$stride + 1
}

test_that("all gradients of both layers are those of the plain loops, in both types", {
  set.seed(70)
  for (i in 1:150) {
    g <- random_geometry()
    for (layer in c("conv2d", "conv_transpose2d")) {
      for (dtype in names(tolerance)) {
        label <- paste(layer, label_of(g))
        expect_lte(gradient_error(layer, g, dtype), tolerance[[dtype]], label = label)
      }
    }
  }
})

test_that("many channels and images give the gradients of the plain loops", {
  set.seed(71)
  for (channels in list(c(17, 5), c(4, 33), c(1, 1), c(16, 16))) {
    for (batch in c(1, 9)) {
      g <- list(
        batch = batch, in_channels = channels[1], out_channels = channels[2], groups = 1,
        size = c(4, 5), kernel_size = c(3, 2), stride = c(2, 1), dilation = c(1, 1),
        padding = c(1, 0), output_padding = c(0, 0), mode = "zeros", unbatched = FALSE
      )
      for (layer in c("conv2d", "conv_transpose2d")) {
        for (dtype in names(tolerance)) {
          expect_lte(gradient_error(layer, g, dtype), tolerance[[dtype]], label = label_of(g))
        }
      }
    }
  }
})

test_that("layers whose channels are groups have the weight gradients of the plain loops", {
  set.seed(710)
  for (i in 1:60) {
    g <- random_geometry()
    g$in_channels <- g$out_channels <- g$groups <- sample(c(2, 3, 5, 17, 40), 1)
    for (layer in c("conv2d", "conv_transpose2d")) {
      for (dtype in names(tolerance)) {
        label <- paste(layer, label_of(g))
        expect_lte(gradient_error(layer, g, dtype), tolerance[[dtype]], label = label)
      }
    }
  }
})

test_that("such a gradient of a large picture is taken in bands, on any number of threads", {
  set.seed(711)
  m <- nn_conv2d(40, 40, c(5, 3), stride = c(2, 1), padding = 2, groups = 40)
  x <- random_array(2, 40, 121, 90)
  g <- random_array(m$output_shape(dim(x)))
  whole <- m$backward(x, g, "weight")$weight
  # of each channel by itself, which is no group
  for (channel in c(1, 40)) {
    alone <- nnf_conv2d_backward(
      g[, channel, , , drop = FALSE], x[, channel, , , drop = FALSE],
      m$weight[channel, , , , drop = FALSE], stride = c(2, 1), padding = 2, wanted = "weight"
    )
    expect_equal(whole[channel, , , , drop = FALSE], alone$weight, tolerance = 1e-12)
  }
  for_each_simd(function(set) {
    for (threads in 1:3) {
      got <- with_threads(threads, m$backward(x, g, "weight")$weight)
      if (set == "portable") expect_equal(got, whole) else expect_identical(got, whole)
    }
  })
  # A number that is not finite meets the products of its cell alone.
  g[1, 2, 1, 1] <- Inf # the corner, whose first taps lie outside
  got <- m$backward(x, g, "weight")$weight
  expect_identical(which(!is.finite(got[2, 1, , 3])), 3:5)
  expect_true(all(is.finite(got[2, 1, , 1])) && all(is.finite(got[-2, , , ])))
})

test_that("padding = \"same\" and \"valid\" have gradients too", {
  set.seed(72)
  x <- random_array(2, 4, 6, 7)
  for (mode in padding_modes) for (kernel in list(c(2, 4), c(3, 1))) {
    m <- nn_conv2d(4, 2, kernel, padding = "same", dilation = c(2, 1), groups = 2,
                   padding_mode = mode)
    y <- random_array(2, 2, 6, 7)
    wanted <- reference_derivatives(
      x, m$weight, y, c(1, 1), reference_same(kernel, c(2, 1)), c(2, 1), 2, mode
    )
    got <- m$backward(x, y)
    expect_lte(relative_error(got$input, wanted$large), 1e-12)
    expect_lte(relative_error(got$weight, wanted$weight), 1e-12)
  }
  m <- nn_conv2d(4, 2, 3, padding = "valid", bias = FALSE)
  plain <- nnf_conv2d_backward(m(x), x, m$weight)
  expect_identical(m$backward(x, m(x)), plain)
})

test_that("what is wanted is computed, and a bias only where there is one", {
  x <- random_array(1, 2, 4, 4)
  for (m in list(nn_conv_transpose2d(2, 3, 2), nn_conv2d(2, 3, 2))) {
    y <- m(x)
    all <- m$backward(x, y)
    expect_named(all, c("input", "weight", "bias"))
    expect_null(dim(all$bias))
    expect_identical(m$backward(x, y, "weight"), all["weight"])
    expect_identical(m$backward(x, y, c("bias", "input")), all[c("input", "bias")])
    with_output <- m$backward(x, y, c("output", "input"))
    expect_identical(with_output, c(list(output = y), all["input"]))
    expect_identical(m$backward(x, identity), all)
  }
  plain <- nn_conv2d(2, 3, 2, bias = FALSE)
  expect_named(plain$backward(x, plain(x)), c("input", "weight"))
  expect_length(plain$backward(x, plain(x), "bias"), 0)
})

test_that("a layer without a batch has gradients without a batch", {
  x <- random_array(2, 4, 5)
  for (m in list(nn_conv_transpose2d(2, 3, 2, stride = 2), nn_conv2d(2, 3, 2))) {
    y <- m(x)
    whole <- m$backward(array(x, c(1, dim(x))), array(y, c(1, dim(y))))
    own <- m$backward(x, y)
    expect_identical(own$input, array(whole$input, dim(x)))
    expect_identical(own[-1], whole[-1])
  }
})

test_that("a batch of no images has gradients of zeros", {
  x <- array(0, c(0, 2, 4, 5))
  for (m in list(nn_conv_transpose2d(2, 3, 2), nn_conv2d(2, 3, 2))) {
    expect_identical(m$backward(x, m(x)), list(
      input = x, weight = array(0, dim(m$weight)), bias = c(0, 0, 0)
    ))
  }
})

test_that("the transposed layer takes gradients of every size that it can return", {
  set.seed(74)
  m <- nn_conv_transpose2d(2, 3, 3, stride = c(3, 1), padding = 1, output_padding = c(0, 2),
                           dilation = c(1, 3), padding_mode = "replicate")
  x <- random_array(1, 2, 3, 4)
  sizes <- list(c(7, 10), c(8, 8), c(9, 8)) # its own, whose width no output_size allows; and others
  for (size in sizes) {
    y <- if (size[2] == 10) m(x) else m(x, output_size = size)
    expect_identical(as.double(dim(y)[3:4]), size)
    wanted <- reference_derivatives(
      y, m$weight, x, c(3, 1), c(1, 1, 1, 1), c(1, 3), 1, "replicate"
    )
    got <- m$backward(x, y)
    expect_lte(relative_error(got$input, wanted$small), 1e-12)
    expect_lte(relative_error(got$weight, wanted$weight), 1e-12)
  }
})

test_that("NaN and infinite values spread over their products and no further", {
  m <- nn_conv2d(1, 2, 3, stride = 3, padding = 1)
  m$weight[] <- 0
  x <- array(0, c(1, 1, 6, 6))
  y <- array(0, c(1, 2, 2, 2))
  x[1, 1, 1, 1] <- Inf # meets the middle tap of the first cell
  got <- m$backward(x, y)$weight
  expect_identical(is.nan(got[1, 1, , ]), row(diag(3)) == 2 & col(diag(3)) == 2)
  x[] <- 0
  y[1, 2, 2, 1] <- NaN # whose first column of taps lies in the padding
  got <- m$backward(x, y)
  expect_identical(is.nan(got$bias), c(FALSE, TRUE))
  expect_identical(is.nan(got$weight[2, 1, , ]), col(diag(3)) > 1)
  expect_false(anyNA(got$weight[1, , , ]))
  expect_identical(is.nan(got$input[1, 1, , ]), outer(1:6 %in% 3:5, 1:6 < 3, `&`))
})

test_that("a cell that no tap reaches and a tap that reaches no cell have gradient zero", {
  m <- nn_conv2d(1, 1, c(1, 5), stride = 3, padding = c(0, 2))
  got <- m$backward(array(NaN, c(1, 4, 1)), array(1, c(1, 2, 1)))
  expect_identical(got$input[1, , ] == 0, c(FALSE, TRUE, TRUE, FALSE))
  expect_identical(is.nan(got$weight[1, 1, 1, ]), c(FALSE, FALSE, TRUE, FALSE, FALSE))
  expect_identical(got$weight[1, 1, 1, -3], c(0, 0, 0, 0))
})

test_that("the gradient of the bias is exact to the last digits over a million cells", {
  set.seed(75)
  y <- array(1 + stats::runif(3e6), c(1, 3, 1000, 1000))
  m <- nn_conv2d(1, 3, 1)
  got <- m$backward(array(0, c(1, 1, 1000, 1000)), y, "bias")$bias
  exact <- apply(y, 2, sum) # in extended precision where the machine has it
  expect_lte(max(abs(got / exact - 1)), 1e-14)
})

test_that("gradients do not depend on the number of threads", {
  set.seed(76)
  before <- nn_threads()
  withr::defer(nn_threads(before))
  x <- random_array(2, 16, 40, 40)
  for (dtype in names(tolerance)) {
    for (m in list(
      nn_conv2d(16, 24, 3, padding = 1, padding_mode = "reflect", dtype = dtype),
      nn_conv_transpose2d(16, 24, 3, stride = 2, padding = 1, dtype = dtype)
    )) {
      y <- m(x)
      results <- lapply(1:4, function(threads) {
        nn_threads(threads)
        m$backward(x, y)
      })
      for (result in results[-1]) expect_identical(result, results[[1]])
    }
  }
})

test_that("the functional gradients check what the functional forms check", {
  x <- array(0, c(1, 2, 4, 4))
  w <- array(0, c(2, 2, 3, 3))
  for (pair in list(list(nnf_conv_transpose2d, nnf_conv_transpose2d_backward),
                    list(nnf_conv2d, nnf_conv2d_backward))) {
    y <- pair[[1]](x, w)
    f <- pair[[2]]
    expect_refusal(f(y, x, 1:9), "shape", "weight", "an array of four dimensions")
    expect_refusal(f(y, x, w, bias = 1:3), "shape", "bias", "a vector of shape [2], not 1:3.")
    expect_refusal(f(y, x, w, stride = 0), "argument", "stride", pair_range)
    expect_refusal(f(y, x, w, dilation = 0), "argument", "dilation", pair_range)
    expect_refusal(f(y, x, w, padding = -1), "argument", "padding", "between 0 and")
    expect_refusal(f(y, x, w, groups = 3), "argument", "groups", "dimension of `weight`, 2, not 3.")
    expect_refusal(f(y, x, w, padding_mode = "a"), "argument", "padding_mode", 'not "a".')
    expect_refusal(f(y, x, w, dtype = "a"), "argument", "dtype", 'not "a".')
    expect_refusal(f(y, x, w, wanted = "output"), "argument", "wanted", 'not "output".')
    expect_refusal(f(y[1, , , ], x, w), "shape", "grad_output", "an array [1, 2, ")
  }
  expect_refusal(nnf_conv_transpose2d_backward(x, x, w, output_padding = 1), "argument",
                 "output_padding", "smaller than either `stride` or `dilation`")
})
