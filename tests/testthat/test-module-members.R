# Members: read and set by name and by path, and the names offered in the place of unknown ones.

nested <- function() {
  nn_sequential(
    nn_conv2d(1, 4, 3, padding = 1), nn_relu(),
    nn_sequential(nn_conv2d(4, 4, 3, padding = 1), act = nn_leaky_relu(0.2),
                  nn_sequential(nn_conv_transpose2d(4, 2, 2, stride = 2))),
    `10` = nn_conv2d(2, 1, 1, bias = FALSE)
  )
}

input <- array(as.numeric(1:60), c(1, 2, 5, 6))

test_that("paths read what print shows", {
  net <- nested()
  expect_identical(net$`2.0`, net[[3]][[1]])
  expect_identical(net[["2.2.0"]], net[[3]][[3]][[1]])
  expect_identical(net$`2.2`, net[[3]][[3]])
  expect_identical(net$`2.act.negative_slope`, 0.2)
  expect_identical(net$`2.2.0.stride`, c(2, 2))
  expect_identical(net$`2.0.state_dict`(), net[[3]][[1]]$parameters)
  expect_null(net$`10.bias`)
  for (name in names(net$parameters)) expect_identical(net[[name]], net$parameters[[name]])
  printed <- sub("[*] ([^:]+):.*", "\\1", grep("^[*] ", capture.output(print(net)), value = TRUE))
  expect_length(printed, 6 + 7)
  for (path in printed) expect_true(is.function(net[[path]]) || is.numeric(net[[path]]))
  expect_true(all(printed %in% utils::.DollarNames(net)))
  expect_identical(utils::.DollarNames(net, "^2[.]2"), c("2.2.0", "2.2.0.weight", "2.2.0.bias"))
})

test_that("paths set parameters, modules and modes, and nothing else", {
  net <- nested()
  x <- random_array(1, 1, 6, 5)
  net$`2.0.bias` <- 1:4
  expect_identical(net[[3]][[1]]$bias, c(1, 2, 3, 4))
  net[["2.2.0.weight"]][1, 1, 1, 1] <- 7
  expect_identical(net[[3]][[3]][[1]]$weight[1], 7)
  net$`2.act` <- nn_tanh()
  expect_identical(format(net[[3]]$act), "nn_tanh()")
  net$`0.training` <- FALSE
  expect_false(net[[1]]$training)
  expect_true(net$training)
  up <- nn_conv_transpose2d(4, 2, 4, stride = 2, padding = 1)
  net$`2.2.0` <- up
  before <- net(x)
  up$bias <- up$bias + 1
  expect_false(identical(net(x), before))

  state <- net$state_dict()
  expect_refusal(net$`2.0.bias` <- 1:3, "shape", "2.0.bias", "a vector of shape [4], not 1:3.")
  expect_refusal(net$`2.0.stride` <- 2, "member", "name", paste(
    "can be changed: 2.0.weight, 2.0.bias, 2.0.training, not \"2.0.stride\". Hyper-parameters are"
  ))
  expect_refusal(net$`10.bias` <- 1, "member", "name", "The layer was made with bias = FALSE.")
  expect_refusal(net$`2.0` <- 1, "type", "2.0", "a layer, an activation or a chain of them, not 1.")
  # A part has to fit into the whole chain, and the refused one is not put in.
  expect_refusal(net$`2.2.0` <- nn_conv2d(4, 3, 1), "argument", "2.2.0",
                 "after `2.2.0`, one that reads 3 channels, not `10`: nn_conv2d(2, 1, kernel_size = 1")
  expect_refusal(net$`2.2` <- nn_sequential(nn_conv2d(5, 2, 1)), "argument", "2.2",
                 "after `2.0`, one that reads 4 channels, not `2.2.0`: nn_conv2d(5, 2")
  expect_refusal(net$`2.2.0` <- net[[1]], "argument", "2.2.0", "layers that each come once")
  expect_identical(net$state_dict(), state)
  expect_identical(net$`2.2.0`, up)
})

test_that("a chain does not become a part of itself", {
  inner <- nn_sequential(nn_relu())
  net <- nn_sequential(inner, nn_tanh())
  for (whole in list(net, inner, nn_sequential(net))) {
    expect_refusal(net$`0.0` <- whole, "argument", "0.0",
                   "a module that does not hold the chain itself, not one that does.")
    expect_refusal(inner[[1]] <- whole, "argument", "0", "a module that does not hold the chain")
  }
  expect_identical(net(-1:1), tanh(c(0, 0, 1)))
})

test_that("the refusal of a member offers those that are near, by their paths", {
  near <- function(x, name) {
    condition <- refusal(x[[name]])
    expect_s3_class(condition, "nnconv_error_member")
    sub(".*Did you mean (.*)[?]$", "\\1", conditionMessage(condition))
  }
  layer <- nn_conv2d(1, 2, 3)
  expect_refusal(layer$weights, "member", "name", paste(
    "a member of an `nn_conv2d` layer, not \"weights\". Did you mean `weight`?"
  ))
  for (pair in list(c("wieght", "weight"), c("Bias", "bias"), c("biases", "bias"),
                    c("kernel", "kernel_size"), c("in_chanels", "in_channels"),
                    c("load", "load_state_dict"), c("paddingmode", "padding_mode"),
                    c("conv_weight", "weight"))) {
    expect_identical(near(layer, pair[1]), paste0("`", pair[2], "`"))
  }
  expect_identical(near(layer, "channels"), "`in_channels`, `out_channels`")

  net <- nested()
  expect_identical(near(net, "weights"), "`0.weight`, `2.0.weight`, `2.2.0.weight`, ... (4 in all)")
  expect_identical(near(net, "2.0.weights"), "`2.0.weight`")
  expect_identical(near(net, "2.2.0.strides"), "`2.2.0.stride`")
  expect_identical(near(net, "2.a"), "`2.act`, `2.act.negative_slope`")
  expect_match(conditionMessage(refusal(net$weight <- 1)), paste(
    "a member that can be changed: 0, 1, 2, 10, training, not \"weight\".",
    "Did you mean `0.weight`"
  ), fixed = TRUE)

  # Nothing is near.
  for (name in c("nothing", "q", "", "2.9.9.9.9", strrep("weight", 1e5), "\xff", "0.\xff")) {
    for (module in list(net, layer, nn_relu())) {
      expect_match(conditionMessage(refusal(module[[name]])), "`names()` lists them.", fixed = TRUE)
    }
  }
  expect_refusal(nn_relu()$weight, "member", "name", "a member of an `nn_relu` module, not \"weight\".")
  expect_refusal(net[[5]], "member", "name", "module or a place from 1 to 4, not 5.")
  expect_refusal(layer[[1]], "member", "name", "a member of an `nn_conv2d` layer, not 1.")
})

test_that("members tell parameters and every hyper-parameter by its name", {
  m <- some_layers()[[1]]
  expect_identical(dim(m$weight), c(2L, 2L, 3L, 2L))
  expect_length(m$bias, 4)
  expect_identical(m$parameters, list(weight = m$weight, bias = m$bias))
  expect_identical(m$state_dict(), m$parameters)
  expect_identical(coef(m), m$parameters)
  hyper <- list(
    in_channels = 2, out_channels = 4, kernel_size = c(3, 2), stride = c(2, 2),
    padding = c(1, 1), output_padding = c(0, 0), groups = 2, dilation = c(1, 2),
    padding_mode = "zeros", dtype = "float64", output_size = NULL, extend = FALSE
  )
  for (name in names(hyper)) {
    expect_identical(m[[name]], hyper[[name]])
    expect_true(name %in% names(m))
  }
  expect_identical(nn_conv2d(1, 1, 3, padding = "same")$padding, "same")
  plain <- some_layers()[[2]]
  expect_null(plain$bias)
  expect_named(plain$parameters, "weight")
})

test_that("parameters can be assigned, in parts too, and are checked", {
  m <- some_layers()[[1]]
  m$weight[1, 1, 1, 1] <- 5
  expect_identical(m$weight[1], 5)
  m[["bias"]] <- 1:4
  expect_identical(m$bias, c(1, 2, 3, 4))
  m$bias <- array(4:1, 4)
  expect_identical(m$bias, c(4, 3, 2, 1))
  before <- m$state_dict()
  expect_error(m$weight <- array(0, c(2, 2, 2, 3)), class = "nnconv_error_shape")
  expect_error(m$weight <- 1:24, class = "nnconv_error_shape")
  expect_error(m$weight <- NULL, class = "nnconv_error_type")
  expect_error(m$weight <- array("a", c(2, 2, 3, 2)), class = "nnconv_error_type")
  expect_error(m$bias <- 1:3, "`bias` must be a vector of shape [4], not 1:3.", fixed = TRUE,
               class = "nnconv_error_shape")
  expect_error(m$bias <- NULL, class = "nnconv_error_type")
  expect_identical(m$state_dict(), before)
})

test_that("unknown members and fixed ones are refused with the names that exist", {
  m <- some_layers()[[1]]
  expect_error(m$wieght, class = "nnconv_error_member")
  expect_error(m[[1]], class = "nnconv_error_member")
  expect_error(m[[1]] <- 2, class = "nnconv_error_member")
  expect_error(m[[NA_character_]] <- 2, class = "nnconv_error_member")
  expect_error(m$pads, class = "nnconv_error_member")
  expect_error(m$stride <- 3, "fixed when the layer is made", class = "nnconv_error_member")
  expect_error(m$dtype <- "float32", "m$to(dtype = )", fixed = TRUE, class = "nnconv_error_member")
  expect_error(m$state_dict <- 1, "weight, bias, training", class = "nnconv_error_member")
  plain <- some_layers()[[2]]
  expect_error(plain$bias <- 1:4, "bias = FALSE", class = "nnconv_error_member")
})

test_that("to() changes the arithmetic and keeps the parameters' digits", {
  m <- some_layers()[[1]]
  before <- m$weight
  exact <- m(input)
  expect_identical(m$to(dtype = "float32"), m)
  expect_identical(m$dtype, "float32")
  expect_false(identical(m(input), exact))
  expect_equal(m(input), exact, tolerance = 1e-5)
  m$to("float64")
  expect_identical(m$weight, before)
  expect_identical(m(input), exact)
  expect_error(m$to("half"), class = "nnconv_error_argument")
})

test_that("train() and eval() set the mode", {
  m <- some_layers()[[1]]
  expect_true(m$training)
  expect_identical(m$eval(), m)
  expect_false(m$training)
  m$train()
  expect_true(m$training)
  m$train(FALSE)
  expect_false(m$training)
  m$training <- TRUE
  expect_true(m$training)
  expect_error(m$train("yes"), class = "nnconv_error_type")
})

test_that("the tab key completes members", {
  m <- some_layers()[[1]]
  expect_identical(utils::.DollarNames(m, "^out"),
                   c("output_shape", "out_channels", "output_padding", "output_size"))
})

test_that("functions of a module hold the module, and nothing of where they were read", {
  net <- nested()
  size <- length(serialize(net, NULL))
  for (name in names(module_members)) {
    beside <- stats::runif(1e5)
    member <- net[[name]]
    if (is.function(member)) expect_lt(length(serialize(member, NULL)), size + 1e4)
  }
})
