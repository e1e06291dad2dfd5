# backward() of modules: the gradients of a chain, and of a layer by itself.

test_that("the gradients of a chain are those composed by hand", {
  set.seed(82)
  net <- small_chain()
  x <- chain_input(2)
  parts <- list(net[[1]](x))
  parts[[2]] <- net$act(parts[[1]])
  parts[[3]] <- net[[3]](parts[[2]])
  y <- random_array(dim(parts[[3]]))
  last <- y * (1 - tanh(parts[[3]])^2)
  up <- net[[3]]$backward(parts[[2]], last)
  down <- net[[1]]$backward(x, up$input * ifelse(parts[[1]] > 0, 1, 0.2))
  got <- net$backward(x, y)
  expect_equal(got, list(
    input = down$input, "0.weight" = down$weight, "0.bias" = down$bias, "2.weight" = up$weight
  ), tolerance = 1e-14)

  expect_identical(net$backward(x, y, "input"), got["input"])
  expect_identical(net$backward(x, y, c("weight", "bias")), got[-1])
  expect_identical(net$backward(x, y, "bias"), got["0.bias"])
  expect_identical(net$backward(x, function(result) {
    expect_identical(result, net(x))
    y
  }, c("bias", "output")), c(list(output = net(x)), got["0.bias"]))
  expect_identical(
    net$backward(x[1, , , ], y[1, , , ], "input")$input,
    net$backward(x[1, , , , drop = FALSE], y[1, , , , drop = FALSE])$input[1, , , ]
  )
})

test_that("the gradients of a chain are those of finite differences", {
  set.seed(83)
  net <- nn_sequential(
    nn_conv2d(2, 3, 3, padding = "same", padding_mode = "circular"), nn_sigmoid(),
    nn_sequential(nn_conv_transpose2d(3, 4, 3, stride = 2, groups = 1), nn_activation(sin, cos)),
    last = nn_conv2d(4, 1, c(2, 3), dilation = 2)
  )
  x <- chain_input(2)
  target <- random_array(dim(net(x)))
  loss <- function(parameters, input = x) {
    nn_parameters_vector(net) <- parameters
    sum((net(input) - target)^2) / 2
  }
  start <- nn_parameters_vector(net)
  got <- net$backward(x, function(y) y - target)
  expect_named(got, c("input", names(net$parameters)))
  expect_identical(lapply(got[-1], dim), lapply(net$parameters, dim))
  h <- 1e-5
  for (i in 1:20) {
    step <- stats::rnorm(length(start))
    expect_equal(
      (loss(start + h * step) - loss(start - h * step)) / (2 * h),
      sum(nn_parameters_vector(got) * step), tolerance = 1e-6
    )
    step <- random_array(dim(x))
    expect_equal(
      (loss(start, x + h * step) - loss(start, x - h * step)) / (2 * h), sum(got$input * step),
      tolerance = 1e-6
    )
  }
})

test_that("modules before the first that is wanted take no part in the way back", {
  net <- nn_sequential(
    nn_conv2d(1, 1, 3, bias = FALSE), nn_activation(sin, function(x) refuse("x", "left alone", "seen")),
    nn_conv2d(1, 1, 3)
  )
  x <- random_array(1, 7, 7)
  expect_named(net$backward(x, net(x), "bias"), "2.bias")
  expect_error(net$backward(x, net(x), "weight"), "In module `1`", class = "nnconv_error")
})

test_that("the layers' backward() is the functional form", {
  set.seed(73)
  x <- random_array(2, 4, 5, 6)
  up <- nn_conv_transpose2d(4, 6, 3, 2, 1, 1, 2, TRUE, c(1, 2), "reflect", "float32")
  y <- random_array(dim(up(x)))
  expect_identical(up$backward(x, y), nnf_conv_transpose2d_backward(
    y, x, up$weight, up$bias, 2, 1, 1, 2, c(1, 2), "reflect", "float32"
  ))
  down <- nn_conv2d(4, 6, 3, 2, 1, c(1, 2), 2, TRUE, "circular", "float32")
  y <- random_array(dim(down(x)))
  expect_identical(down$backward(x, y), nnf_conv2d_backward(
    y, x, down$weight, down$bias, 2, 1, c(1, 2), 2, "circular", "float32"
  ))
})

test_that("gradients are asked for with the shape of the result", {
  x <- array(0, c(2, 3, 4, 4))
  up <- nn_conv_transpose2d(3, 5, 3, stride = c(2, 1))
  down <- nn_conv2d(3, 5, 3)
  for (bad in list(array(0, c(2, 5, 8, 6)), array(0, c(2, 4, 9, 6)), array(0, c(1, 5, 9, 6)),
                   array(0, c(5, 9, 6)), array(0, c(9, 6)), array(0, c(2, 5, 11, 6)))) {
    expect_refusal(
      up$backward(x, bad), "shape", "grad_output", paste(
        "an array [2, 5, 9, 6], the shape of the result (or with height 9 to 10 and width 6),",
        describe_shape(bad), sep = " not "
      )
    )
  }
  expect_refusal(up$backward(x, 1:3), "shape", "grad_output", "not 1:3.")
  expect_refusal(up$backward(x[1, , , ], up(x)), "shape", "grad_output", "an array [5, 9, 6], the")
  expect_refusal(down$backward(x, array(0, c(2, 5, 2, 3))), "shape", "grad_output",
                 "an array [2, 5, 2, 2], the shape of the result, not an array [2, 5, 2, 3].")
  expect_refusal(down$backward(x, sum), "shape", "grad_output", "the shape of the result, not ")
  same <- nn_conv_transpose2d(3, 1, 1) # one size only, which need not be told twice
  expect_refusal(same$backward(x, x), "shape", "grad_output", "the shape of the result, not an")
  tiny <- nn_conv_transpose2d(3, 1, 1, padding = 3)
  expect_refusal(tiny$backward(x, x), "shape", "padding", "cell of the result is left")
  for (m in list(up, down)) {
    expect_refusal(m$backward(x, "a"), "type", "grad_output", "a numeric or logical array")
    expect_refusal(m$backward(x, NULL), "type", "grad_output", "not NULL.")
    expect_refusal(m$backward("a", m(x)), "type", "input", "a numeric or logical array")
    expect_refusal(m$backward(x[, 1:2, , ], m(x)), "shape", "input", "(N, 3, H, W)")
    expect_refusal(m$backward(x, m(x), "grad"), "argument", "wanted",
                   'some of "input", "weight", "bias", "output", not "grad".')
    expect_refusal(m$backward(x, m(x), character()), "argument", "wanted", "not character(0).")
    expect_refusal(m$backward(x, m(x), TRUE), "type", "wanted", "not TRUE.")
  }
  expect_identical(conditionCall(refusal(up$backward(x, 1:3))), quote(up$backward(x, 1:3)))
})
