# Arguments that torch does not have: padding by name and by sides, output_size of a layer, extend.

# One legal geometry whose transposed layer has what `kind` says; `canvas` are the cells that it
# has beyond the kernels, for the plain loops, and `pads` its four sides.
with_kind <- function(g, kind) {
  g$arguments <- list(padding = g$padding)
  g$canvas <- g$output_padding
  if (kind == "same") {
    g$arguments <- list(padding = "same")
    g$padding <- reference_same(g$kernel_size, g$dilation, g$stride)
    g$canvas <- reference_same_extension(g$kernel_size, g$dilation, g$stride)
  } else if (kind == "extend") {
    g$canvas <- sample(0:9, 2, replace = TRUE)
    g$arguments$output_padding <- g$canvas
    g$arguments$extend <- TRUE
  } else if (kind == "output_size") {
    g$canvas <- vapply(g$stride, function(s) sample.int(s, 1) - 1L, 1L)
    g$arguments$output_size <- large_size(within_canvas(g))
  } else {
    g$padding <- g$arguments$padding <- sample(0:3, 4, replace = TRUE)
    g$arguments$output_padding <- g$output_padding
  }
  g
}

within_canvas <- function(g) replace(g, "output_padding", list(g$canvas))

random_kind <- function(kind) {
  repeat {
    g <- with_kind(random_geometry(), kind)
    if (is_legal(within_canvas(g))) {
      return(g)
    }
  }
}

layer_of_kind <- function(g, dtype = "float64") {
  do.call(nn_conv_transpose2d, c(
    list(g$in_channels, g$out_channels, g$kernel_size, stride = g$stride, groups = g$groups,
         bias = g$bias, dilation = g$dilation, padding_mode = g$mode, dtype = dtype),
    g$arguments
  ))
}

times <- if (identical(Sys.getenv("NNCONV_EXTENDED_TESTS"), "true")) 30 else 1
kinds <- c("same", "sides", "output_size", "extend")

for (kind in kinds) {
  test_that(paste("the transposed layer computes its definition with", kind), {
    set.seed(810)
    for (i in seq_len(50 * times)) {
      g <- random_kind(kind)
      x <- random_array(g$batch, g$in_channels, g$size)
      for (dtype in names(tolerance)) {
        m <- layer_of_kind(g, dtype)
        y <- m(as_input(x, g))
        reference <- reference_conv_transpose2d(
          x, m$weight, m$bias, g$stride, g$padding, g$canvas, g$dilation, g$groups, g$mode
        )
        error <- relative_error(y, as_input(reference, g))
        expect_lte(error, tolerance[[dtype]], label = label_of(g))
        expect_equal(m$output_shape(dim(as_input(x, g))), dim(y), label = label_of(g))
      }
    }
  })

  test_that(paste("gradients are those of the plain loops with", kind), {
    set.seed(811)
    for (i in seq_len(30 * times)) {
      g <- random_kind(kind)
      x <- random_array(g$batch, g$in_channels, g$size)
      m <- layer_of_kind(g)
      y <- random_array(g$batch, g$out_channels, large_size(within_canvas(g)))
      got <- m$backward(as_input(x, g), as_input(y, g))
      wanted <- reference_derivatives(
        y, m$weight, x, g$stride, g$padding, g$dilation, g$groups, g$mode
      )
      expect_lte(relative_error(got$input, as_input(wanted$small, g)), 1e-12, label = label_of(g))
      expect_lte(relative_error(got$weight, wanted$weight), 1e-12, label = label_of(g))
      if (g$bias) expect_equal(got$bias, apply(y, 2, sum), tolerance = 1e-12)
    }
  })

  test_that(paste("the functional form is the layer with", kind), {
    set.seed(812)
    for (i in 1:20) {
      g <- random_kind(kind)
      m <- layer_of_kind(g)
      x <- as_input(random_array(g$batch, g$in_channels, g$size), g)
      y <- do.call(nnf_conv_transpose2d, c(
        list(x, m$weight, m$bias, stride = g$stride, groups = g$groups, dilation = g$dilation,
             padding_mode = g$mode), g$arguments
      ))
      expect_identical(y, m(x), label = label_of(g))
      backward <- do.call(nnf_conv_transpose2d_backward, c(
        list(y, x, m$weight, m$bias, stride = g$stride, groups = g$groups, dilation = g$dilation,
             padding_mode = g$mode), g$arguments[names(g$arguments) != "output_size"]
      ))
      expect_identical(backward, m$backward(x, y), label = label_of(g))
    }
  })
}

test_that("with \"same\", the transposed layer is the adjoint of the strided convolution of its size", {
  # TensorFlow's "SAME" for an input of the size H: max((ceiling(H / s) - 1) s + extent - H, 0)
  # cells of padding, of which the smaller half comes first.
  set.seed(813)
  for (i in seq_len(100 * times)) {
    g <- random_kind("same")
    if (g$batch == 0) next
    large <- g$size * g$stride
    extent <- g$dilation * (g$kernel_size - 1) + 1
    total <- pmax((ceiling(large / g$stride) - 1) * g$stride + extent - large, 0)
    first <- total %/% 2
    pads <- c(first[1], total[1] - first[1], first[2], total[2] - first[2])
    up <- layer_of_kind(replace(g, "bias", list(FALSE)))
    x <- random_array(g$batch, g$out_channels, large)
    u <- random_array(g$batch, g$in_channels, g$size)
    down <- nnf_conv2d(x, up$weight, NULL, g$stride, pads, g$dilation, g$groups, g$mode)
    expect_identical(dim(down), dim(u), label = label_of(g))
    expect_identical(dim(up(u)), dim(x), label = label_of(g))
    expect_lte(abs(sum(down * u) - sum(x * up(u))), 1e-11 * sqrt(sum(down^2) * sum(u^2)),
               label = label_of(g))
    # Each is the other's gradient, bit for bit.
    expect_identical(up$backward(u, x)$input, down, label = label_of(g))
  }
})

test_that("at stride 1, \"same\" is the same cells in both layers", {
  set.seed(814)
  for (mode in padding_modes) for (kernel in list(c(2, 5), c(4, 1))) {
    up <- nn_conv_transpose2d(2, 3, kernel, padding = "same", bias = FALSE, dilation = c(2, 1),
                              padding_mode = mode)
    down <- nn_conv2d(3, 2, kernel, padding = "same", bias = FALSE, dilation = c(2, 1),
                      padding_mode = mode)
    down$weight <- up$weight
    x <- random_array(1, 3, 8, 9)
    u <- random_array(1, 2, 8, 9)
    expect_identical(up$backward(u, x)$input, down(x))
    expect_identical(down$backward(x, u)$input, up(u))
  }
})

test_that("extend adds cells that hold what no kernel reaches, at the bottom and on the right", {
  set.seed(816)
  x <- random_array(1, 2, 3, 4)
  m <- nn_conv_transpose2d(2, 2, 3, stride = 2, padding = 1, output_padding = c(6, 9), extend = TRUE)
  y <- m(x)
  full <- nnf_conv_transpose2d(x, m$weight, m$bias, stride = 2)[, , -1, -1, drop = FALSE]
  expect_identical(dim(y), c(1L, 2L, 11L, 16L))
  expect_identical(y[, , 1:6, 1:8, drop = FALSE], full)
  expect_identical(y[1, , 7:11, ], array(m$bias, c(2, 5, 16)))
  expect_identical(y[1, , , 9:16], array(m$bias, c(2, 11, 8)))
  expect_identical(m(x, output_size = c(11, 16)), y)
  plain <- nn_conv_transpose2d(2, 2, 3, stride = 2, padding = 1)
  plain$load_state_dict(m$state_dict())
  expect_identical(m(x, output_size = c(6, 7)), plain(x, output_size = c(6, 7)))
})
