# Every refusal of gradients, chains and optimizers.

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

test_that("activations check their arguments", {
  expect_refusal(nn_leaky_relu("a"), "type", "negative_slope", "one finite number, not \"a\".")
  for (bad in list(1:2, NA_real_, Inf, numeric())) {
    expect_refusal(nn_leaky_relu(bad), "argument", "negative_slope", "one finite number, not ")
  }
  expect_refusal(nn_activation(1, cos), "type", "f", "a function of one argument, not 1.")
  expect_refusal(nn_activation(sin, "cos"), "type", "derivative", "one argument, not \"cos\".")
  expect_refusal(nn_activation(function() 1, cos), "type", "f", "not one without arguments.")
  expect_refusal(nn_relu()$backward(1, function() 1), "type", "grad_output", "without arguments.")
  expect_refusal(nn_activation(sum, cos)(1:3), "shape", "f",
                 "a function that returns numbers of its argument's shape, [3], not one that returns 6.")
  expect_refusal(nn_activation(sin, as.character)$backward(1, 1), "shape", "derivative", "[1], not")
  for (m in list(nn_relu(), nn_sigmoid(), nn_activation(sin, cos))) {
    expect_refusal(m("a"), "type", "input", "a numeric or logical array, not \"a\".")
    expect_refusal(m$backward("a", 1), "type", "input", "a numeric or logical array, not \"a\".")
    expect_refusal(m$backward(1, "a"), "type", "grad_output", "a numeric or logical array")
    expect_refusal(m$backward(1:3, 1:2), "shape", "grad_output", "the result's shape, [3], not 1:2.")
    expect_refusal(m$weight, "member", "name", "module, not \"weight\".")
    expect_refusal(m$output_shape("a"), "type", "dim", "the dimensions of an array, not \"a\".")
    expect_refusal(plot(m), "type", "x", "a layer, which has kernels, not an object of class nnconv_")
  }
})

test_that("a chain is made of modules that fit", {
  l <- nn_conv2d(2, 3, 3)
  expect_refusal(nn_sequential(), "argument", "...", "at least one layer or activation, not nothing.")
  expect_refusal(nn_sequential(l, 1), "type", "..2", "a layer, an activation or a chain of them")
  expect_refusal(nn_sequential(f = sin), "type", "f", "class function. `nn_activation()` makes")
  expect_refusal(nn_sequential(l, l), "argument", "...", "each come once, not one that comes twice.")
  expect_refusal(nn_sequential(l, nn_relu(), nn_conv2d(2, 3, 3)), "argument", "...", paste(
    "such that modules fit: after `0`, one that reads 3 channels,",
    "not `2`: nn_conv2d(2, 3, kernel_size = 3)."
  ))
  for (bad in c("a.b", "forward", "children")) {
    arguments <- stats::setNames(list(l), bad)
    expect_refusal(do.call(nn_sequential, arguments), "argument", "...", "named by names that differ")
  }
  expect_refusal(nn_sequential(`1` = nn_relu(), l), "argument", "...", 'not "1".')
  net <- nn_sequential(l, act = nn_relu())
  expect_refusal(net[[1]] <- 3, "type", "0", "a layer, an activation or a chain of them, not 3.")
  expect_refusal(net$act <- nn_conv2d(1, 1, 1), "argument", "act", "one that reads 3 channels")
  expect_refusal(net[[3]], "member", "name", "a place from 1 to 2, not 3.")
  expect_refusal(net$weight <- 1, "member", "name", "can be changed: 0, act, training, not \"weight\".")
  error <- refusal(net(array(0, c(1, 4, 4))))
  expect_match(conditionMessage(error), "In module `0`: `input` must be an array (N, 2, H, W)",
               fixed = TRUE)
  expect_identical(error$argument, "input")
  expect_identical(conditionCall(error), quote(net(array(0, c(1, 4, 4)))))
  small <- nn_sequential(net, nn_sequential(nn_conv2d(3, 1, 3)))
  expect_error(small(array(0, c(2, 4, 4))), "In module `1.0`: `input` must be as large as",
               class = "nnconv_error_shape", fixed = TRUE)
})

test_that("parameters as a vector are those of layers, and as many", {
  l <- nn_conv2d(2, 3, 3)
  allowed <- "a layer, a chain, what backward() returns, or a list of them, not "
  for (bad in list(1, "a", NULL, sum, data.frame(a = 1))) {
    expect_refusal(nn_parameters_vector(bad), "type", "x", paste0(allowed, describe(bad)))
  }
  expect_refusal(nn_parameters_vector(list(weight = "a")), "type", "x", "not \"a\".")
  expect_refusal(nn_parameters_vector(list(l, l)), "argument", "x", "layers that each come once")
  expect_refusal(nn_parameters_vector(l) <- 1:3, "shape", "value", "a vector of shape [57], not 1:3.")
  expect_refusal(nn_parameters_vector(l) <- "a", "type", "value", "not \"a\".")
  expect_refusal(nn_set_parameters_vector(l, 1:3), "shape", "value", "of shape [57], not 1:3.")
  expect_refusal(nn_set_parameters_vector(3, 1), "type", "x", "a layer, a chain or a list of them, not 3")
  expect_refusal(nn_set_parameters_vector(list(l, l), 1:114), "argument", "x", "that each come once")
  nothing <- list()
  expect_refusal(nn_parameters_vector(nothing) <- 1, "type", "x", "a layer, a chain or a list of them")
})

test_that("nn_optim_adam() checks its arguments", {
  for (argument in c("lr", "eps", "weight_decay")) {
    for (bad in list(-1, NA_real_, 1:2, Inf)) {
      expect_refusal(do.call(nn_optim_adam, stats::setNames(list(bad), argument)), "argument",
                     argument, "one finite number of at least 0, not ")
    }
    expect_refusal(do.call(nn_optim_adam, stats::setNames(list("a"), argument)), "type", argument,
                   "not \"a\".")
  }
  for (bad in list(0.9, c(0.9, 1), c(-0.1, 0.5))) {
    expect_refusal(nn_optim_adam(betas = bad), "argument", "betas",
                   "2 finite numbers of at least 0 and below 1, not ")
  }
  adam <- nn_optim_adam()
  expect_refusal(adam(1:3, 1:2), "shape", "gradient", "of length 3, as `parameters`, not c(1, 2).")
  expect_refusal(adam("a", 1), "type", "parameters", "not \"a\".")
  expect_refusal(adam(1, NULL), "type", "gradient", "not NULL.")
  expect_refusal(adam(1, 1, lr = -1), "argument", "lr", "of at least 0, not -1.")
  adam(1:3, 1:3)
  expect_refusal(adam(1:2, 1:2), "shape", "parameters", "of length 3, as in the steps before")
})
