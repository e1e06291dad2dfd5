# Layers of sequences, against loops and against the layers of images of height 1.

conv1d_by_loops <- function(x, w, b, stride, pad, dilation, groups) {
  n <- dim(x)[1]
  padded <- array(0, dim(x) + c(0, 0, 2 * pad))
  padded[, , pad + seq_len(dim(x)[3])] <- x
  length <- (dim(padded)[3] - dilation * (dim(w)[3] - 1) - 1) %/% stride + 1
  y <- array(0, c(n, dim(w)[1], length))
  for (o in seq_len(dim(w)[1])) for (i in seq_len(length)) {
    y[, o, i] <- b[o]
    for (c in seq_len(dim(w)[2])) for (u in seq_len(dim(w)[3])) {
      channel <- (o - 1) %/% (dim(w)[1] / groups) * dim(w)[2] + c
      y[, o, i] <- y[, o, i] + w[o, c, u] * padded[, channel, (i - 1) * stride + (u - 1) * dilation + 1]
    }
  }
  y
}

test_that("a convolution of sequences is its definition", {
  set.seed(320)
  for (i in 1:10) {
    k <- sample(1:4, 1)
    stride <- sample(1:3, 1)
    pad <- sample(0:2, 1)
    dilation <- sample(1:2, 1)
    groups <- sample(1:2, 1)
    m <- nn_conv1d(4, 6, k, stride, pad, dilation, groups)
    x <- random_array(2, 4, sample(9:12, 1))
    y <- m(x)
    expect_equal(y, conv1d_by_loops(x, m$weight, m$bias, stride, pad, dilation, groups))
    expect_equal(m$output_shape(dim(x)), dim(y))
    expect_equal(m(x[1, , ]), array(y[1, , ], dim(y)[-1]), tolerance = 1e-12)
    expect_equal(m$output_shape(dim(x)[-1]), dim(y)[-1])
    expect_identical(dim(m$weight), as.integer(c(6, 4 / groups, k)))
  }
})

as_image <- function(x) array(x, c(dim(x)[1:2], 1, dim(x)[3]))

test_that("both layers are those of images of height 1, with all arguments and gradients", {
  set.seed(321)
  x <- random_array(2, 4, 9)
  pairs <- list(
    list(nn_conv1d(4, 2, 3, 2, 1, 2, 2, FALSE, "reflect"),
         nn_conv2d(4, 2, c(1, 3), c(1, 2), c(0, 1), c(1, 2), 2, FALSE, "reflect")),
    list(nn_conv1d(4, 2, 4, padding = "same", padding_mode = "circular", dtype = "float32"),
         nn_conv2d(4, 2, c(1, 4), padding = "same", padding_mode = "circular", dtype = "float32")),
    list(nn_conv1d(4, 2, 3, padding = c(0, 2)), nn_conv2d(4, 2, c(1, 3), padding = c(0, 0, 0, 2))),
    list(nn_conv_transpose1d(4, 6, 3, 2, 1, 1, 2, TRUE, 2, "zeros"),
         nn_conv_transpose2d(4, 6, c(1, 3), c(1, 2), c(0, 1), c(0, 1), 2, TRUE, c(1, 2))),
    list(nn_conv_transpose1d(4, 3, 3, 2, padding = "same"),
         nn_conv_transpose2d(4, 3, c(1, 3), c(1, 2), padding = "same")),
    list(nn_conv_transpose1d(4, 3, 2, 3, output_size = 27),
         nn_conv_transpose2d(4, 3, c(1, 2), c(1, 3), output_size = c(1, 27))),
    list(nn_conv_transpose1d(4, 3, 2, output_padding = 4, extend = TRUE),
         nn_conv_transpose2d(4, 3, c(1, 2), output_padding = c(0, 4), extend = TRUE))
  )
  for (pair in pairs) {
    m <- pair[[1]]
    image <- pair[[2]]
    image$load_state_dict(lapply(m$state_dict(), function(w) if (is.null(dim(w))) w else as_image(w)))
    y <- m(x)
    expect_identical(as_image(y), image(as_image(x)))
    expect_equal(m$output_shape(dim(x)), dim(y))
    expect_identical(summary(m, dim(x))$multiply_adds, summary(image, dim(as_image(x)))$multiply_adds)
    got <- m$backward(x, y)
    expected <- image$backward(as_image(x), as_image(y))
    expect_named(got, names(expected))
    expect_identical(as_image(got$input), expected$input)
    expect_identical(as_image(got$weight), expected$weight)
    expect_identical(got$bias, expected$bias)
    expect_identical(as.matrix(m, c(4, 9)), as.matrix(image, c(4, 1, 9)))
    made <- eval(parse(text = format(m)))
    expect_identical(made$load_state_dict(m$state_dict())(x), y)
    expect_true(all.equal(made, m))
    set.seed(1)
    m$reset_parameters()
    set.seed(1)
    image$reset_parameters()
    expect_identical(nn_parameters_vector(m), nn_parameters_vector(image))
    keras <- m$state_dict(layout = "keras")
    expect_identical(dim(keras$kernel), rev(dim(m$weight)))
    expect_identical(made$load_state_dict(keras, layout = "keras")$weight, m$weight)
    expect_identical(serialize(m$clone(), NULL), serialize(m, NULL))
  }
  up <- pairs[[4]][[1]]
  expect_identical(dim(up(x, output_size = 20)), c(2L, 6L, 20L))
  expect_identical(dim(up(x, output_size = c(2, 6, 19))), c(2L, 6L, 19L))
  expect_equal(up$output_shape(dim(x), 20), c(2, 6, 20))
  expect_identical(up$to("float32")(x), up(x))
  expect_identical(up$dtype, "float32")
})

test_that("chains and skips of sequences work as those of images, also in parts", {
  set.seed(322)
  net <- nn_sequential(
    nn_conv1d(1, 3, 3, padding = 1), nn_tanh(),
    nn_skip(nn_conv1d(3, 4, 4, 2, 1), nn_relu(), nn_conv_transpose1d(4, 2, 4, 2, 1)),
    nn_conv1d(5, 1, 3, padding = 1)
  )
  x <- random_array(3, 1, 25)
  y <- net(x)
  expect_identical(dim(y), c(3L, 1L, 25L))
  expect_equal(net$output_shape(dim(x)), dim(y))
  joined <- net[[3]](net[[2]](net[[1]](x)))
  expect_identical(joined[, 1:3, ], net[[2]](net[[1]](x)))
  expect_equal(net(array(x[2, , ], c(1, 25))), array(y[2, , ], c(1, 25)), tolerance = 1e-12)
  got <- net$backward(x, y)
  step <- random_array(dim(x))
  h <- 1e-5
  expect_equal(sum((net(x + h * step) - net(x - h * step)) * y) / (2 * h), sum(got$input * step), tolerance = 1e-6)
  withr::local_options(nnconv.algorithm = "direct")
  y <- net(x)
  for (tile in c(1, 4, 10)) expect_identical(predict(net, x, tile = tile), y)
  one <- array(x[1, , ], c(1, 25))
  expect_identical(predict(net, one, tile = 6), net(one))
  total <- nn_sequential(net, nn_function(function(x) x[, , -1, drop = FALSE]))
  expect_equal(predict(total, x, batch_size = 2), total(x), tolerance = 1e-12)
  expect_refusal(predict(net, x[, , , drop = FALSE][, 1, 1], tile = 2), "shape", "newdata", "(N, 1, L) or (1, L)")
})

test_that("what layers of sequences refuse, they refuse in words of sequences", {
  expect_refusal(nn_conv1d(1, 1, c(3, 3)), "argument", "kernel_size", "one whole number between 1")
  expect_refusal(nn_conv1d(1, 1, 3, padding = 1:4), "argument", "padding", "or two, c(left, right),")
  expect_refusal(nn_conv_transpose1d(1, 1, 3, output_padding = 1), "argument", "output_padding", "at most")
  m <- nn_conv1d(2, 3, 3)
  expect_refusal(m(random_array(1, 3, 5)), "shape", "input", "an array (N, 2, L) or (2, L)")
  expect_refusal(m(random_array(1, 2, 5, 5)), "shape", "input", "an array (N, 2, L) or (2, L)")
  expect_refusal(m(random_array(2, 0)), "shape", "input", "at least one cell long")
  expect_refusal(m(random_array(2, 2)), "shape", "input", "as large as the dilated kernel")
  expect_refusal(m("a"), "type", "input", "a numeric or logical array")
  expect_refusal(m$output_shape(c(1, 3, 5)), "argument", "dim", "(N, 2, L) or (2, L)")
  expect_refusal(m$backward(random_array(2, 5), 1:9), "shape", "grad_output", "an array [3, 3], the shape")
  up <- nn_conv_transpose1d(2, 1, 3, stride = 2)
  expect_refusal(up(random_array(2, 5), output_size = 13), "argument", "output_size", "width 11 to 12")
  expect_refusal(up(random_array(2, 5), output_size = c(1, 2, 3, 4)), "argument", "output_size",
                 "a length or the 2 extents of the result")
  expect_refusal(nn_sequential(m, nn_relu(), nn_conv2d(3, 1, 1)), "argument", "...",
                 "with `0`, others that read sequences (N, C, L), not `2`: nn_conv2d(3, 1, kernel_size = 1).")
  expect_refusal(nn_skip(nn_conv1d(1, 1, 3, 3), nn_conv_transpose1d(1, 1, 1, 2))(random_array(1, 9)),
                 "shape", "input", "with length 5 to 6, not length 9.")
})
