# Laws that hold without any reference.

extended <- identical(Sys.getenv("NNCONV_EXTENDED_TESTS"), "true")

adjoint_gap <- function(g, dtype = "float64") {
  x <- random_array(g$batch, g$out_channels, large_size(g))
  u <- random_array(g$batch, g$in_channels, g$size)
  w <- random_array(g$in_channels, g$out_channels / g$groups, g$kernel_size)
  a <- nnf_conv2d(
    x, w, NULL, g$stride, g$padding, g$dilation, g$groups, padding_mode = g$mode, dtype = dtype
  )
  b <- nnf_conv_transpose2d(
    u, w, NULL, g$stride, g$padding, g$output_padding, g$groups, g$dilation,
    padding_mode = g$mode, dtype = dtype
  )
  stopifnot(identical(dim(a), dim(u)), identical(dim(b), dim(x)))
  abs(sum(a * u) - sum(x * b)) / max(sqrt(sum(a^2) * sum(u^2)), 1e-300)
}

test_that("the transposed layer is the adjoint of the convolution, in every mode", {
  set.seed(30)
  count <- if (extended) 10000 else 500
  done <- 0
  while (done < count) {
    g <- random_geometry()
    if (!is_adjoint_pair(g) || g$batch == 0) next
    done <- done + 1
    expect_lte(adjoint_gap(g), 1e-11, label = label_of(g))
  }
})

test_that("the adjoint identity holds in single precision too", {
  set.seed(31)
  done <- 0
  while (done < 50) {
    g <- random_geometry()
    if (!is_adjoint_pair(g) || g$batch == 0) next
    done <- done + 1
    expect_lte(adjoint_gap(g, "float32"), 1e-4, label = label_of(g))
  }
})

test_that("the trilinear form is the same by all three derivatives, and so for every layer", {
  set.seed(36)
  done <- 0
  while (done < if (extended) 10000 else 500) {
    g <- random_geometry()
    if (!is_adjoint_pair(g) || g$batch == 0) next
    done <- done + 1
    x <- random_array(g$batch, g$out_channels, large_size(g))
    y <- random_array(g$batch, g$in_channels, g$size)
    down <- nn_conv2d(
      g$out_channels, g$in_channels, g$kernel_size, g$stride, g$padding, g$dilation, g$groups,
      bias = FALSE, padding_mode = g$mode
    )
    up <- nn_conv_transpose2d(
      g$in_channels, g$out_channels, g$kernel_size, g$stride, g$padding, g$output_padding,
      g$groups, bias = FALSE, g$dilation, g$mode
    )
    up$weight <- down$weight
    by_result <- down(x)
    of_down <- down$backward(x, y)
    of_up <- up$backward(y, x)
    scale <- sqrt(sum(by_result^2) * sum(y^2))
    sums <- c(sum(by_result * y), sum(x * up(y)), sum(down$weight * of_down$weight))
    expect_lte(diff(range(sums)), 1e-11 * scale, label = label_of(g))
    # Each gradient is one of the three derivatives: nothing else is computed, bit for bit.
    expect_identical(of_up$weight, of_down$weight)
    expect_identical(of_up$input, by_result)
    expect_identical(of_down$input, up(y))
  }
})

test_that("gradients are what finite differences give", {
  # Exact for a form that is linear in each argument, whatever the step.
  set.seed(37)
  for (i in 1:60) {
    g <- random_geometry()
    if (g$batch == 0) next
    m <- nn_conv_transpose2d(
      g$in_channels, g$out_channels, g$kernel_size, g$stride, g$padding, g$output_padding,
      g$groups, g$bias, g$dilation, g$mode
    )
    x <- as_input(random_array(g$batch, g$in_channels, g$size), g)
    y <- random_array(dim(m(x)))
    gradients <- m$backward(x, y)
    value <- function(input) sum(m(input) * y)
    start <- value(x)
    step <- random_array(dim(x))
    expect_equal(value(x + step) - start, sum(gradients$input * step), tolerance = 1e-10)
    parameters <- nn_parameters_vector(m)
    step <- stats::rnorm(length(parameters))
    nn_parameters_vector(m) <- parameters + step
    expect_equal(value(x) - start, sum(nn_parameters_vector(gradients) * step), tolerance = 1e-10)
  }
})

test_that("both layers are linear in the input and in the weights", {
  set.seed(32)
  for (i in 1:40) {
    g <- random_geometry()
    if (g$batch == 0) next
    up <- function(x, w) {
      nnf_conv_transpose2d(
        x, w, NULL, g$stride, g$padding, g$output_padding, g$groups, g$dilation,
        padding_mode = g$mode
      )
    }
    x <- replicate(2, random_array(g$batch, g$in_channels, g$size), simplify = FALSE)
    shape <- c(g$in_channels, g$out_channels / g$groups, g$kernel_size)
    w <- replicate(2, random_array(shape), simplify = FALSE)
    scale <- max(abs(up(x[[1]], w[[1]])), 1)
    expect_lte(
      max(abs(up(2 * x[[1]] - 3 * x[[2]], w[[1]]) -
                2 * up(x[[1]], w[[1]]) + 3 * up(x[[2]], w[[1]]))) / scale, 1e-11
    )
    expect_lte(
      max(abs(up(x[[1]], 2 * w[[1]] - 3 * w[[2]]) -
                2 * up(x[[1]], w[[1]]) + 3 * up(x[[1]], w[[2]]))) / scale, 1e-11
    )
  }
})

test_that("the bias is added once to every cell, after folding", {
  set.seed(33)
  for (mode in padding_modes) {
    w <- random_array(2, 3, 3, 3)
    x <- random_array(1, 2, 4, 4)
    b <- c(10, 20, 30)
    plain <- nnf_conv_transpose2d(x, w, stride = 2, padding = 2, padding_mode = mode)
    biased <- nnf_conv_transpose2d(x, w, b, stride = 2, padding = 2, padding_mode = mode)
    expect_equal(biased, sweep(plain, 2, b, `+`), tolerance = 1e-13)
  }
})

test_that("a group is a layer of its own", {
  set.seed(34)
  x <- random_array(2, 6, 5, 4)
  w <- random_array(6, 2, 3, 2)
  whole <- nnf_conv_transpose2d(x, w, stride = c(2, 3), groups = 3, dilation = 2)
  for (g in 1:3) {
    own <- nnf_conv_transpose2d(
      x[, 2 * g - 1:0, , ], w[2 * g - 1:0, , , ], stride = c(2, 3), dilation = 2
    )
    expect_equal(whole[, 2 * g - 1:0, , ], own, tolerance = 1e-14)
  }
})

test_that("padding the input by hand is the same as the convolution's padding mode", {
  set.seed(35)
  x <- random_array(2, 3, 6, 7)
  w <- random_array(4, 3, 3, 3)
  for (mode in padding_modes[-1]) {
    by_hand <- nnf_conv2d(nnf_pad(x, c(1, 1, 2, 2), mode), w)
    expect_identical(nnf_conv2d(x, w, padding = c(2, 1), padding_mode = mode), by_hand)
  }
  expect_identical(nnf_conv2d(x, w, padding = c(2, 1)), {
    nnf_conv2d(nnf_pad(x, c(1, 1, 2, 2)), w)
  })
})

test_that("output_size gives back every size that a convolution was given", {
  # PyTorch's own sweep: 4752 combinations, dilation included.
  wrong <- 0
  count <- 0
  for (k in 2:4) for (d in 1:4) for (s in 1:3) for (p in 0:2) {
    down <- nn_conv2d(1, 1, k, stride = s, padding = p, dilation = d)
    up <- nn_conv_transpose2d(1, 1, k, stride = s, padding = p, dilation = d)
    for (h in 13:23) for (w in 13:16) {
      count <- count + 1
      small <- down$output_shape(c(1, 1, h, w))
      if (h == 13 + count %% 11) small <- dim(down(array(1, c(1, 1, h, w)))) # really run some
      back <- up$output_shape(small, output_size = c(h, w))
      wrong <- wrong + !identical(as.double(back), c(1, 1, h, w))
    }
  }
  expect_equal(count, 4752)
  expect_equal(wrong, 0)
})
