# Lists of parameters: loaded exactly, or refused with what is missing or unexpected, and which prefix would do.

message_of <- function(expr) conditionMessage(refusal(expr))

chain_of <- function(count) do.call(nn_sequential, lapply(seq_len(count), function(i) nn_conv2d(1, 1, 1)))

input <- array(as.numeric(1:60), c(1, 2, 5, 6))

test_that("a refusal names what is missing, unexpected and there twice, and nothing else", {
  net <- chain_of(20)
  state <- net$state_dict()
  expect_refusal(net$load_state_dict(state[-3]), "state", "state_dict", paste(
    "a list with exactly the parameters of the module, not one with 1 missing. Missing: 1.weight."
  ))
  expect_identical(message_of(net$load_state_dict(c(state[-c(3, 6)], other = 1, more = 2))), paste(
    "`state_dict` must be a list with exactly the parameters of the module, not one with 2 missing",
    "and 2 unexpected. Missing: 1.weight, 2.bias. Unexpected: other, more."
  ))
  expect_match(message_of(net$load_state_dict(c(state, state[1:2]))),
               "not one with 2 twice. Twice: 0.weight, 0.bias.", fixed = TRUE)
  expect_match(message_of(net$load_state_dict(c(state[-1], 5))),
               "Missing: 0.weight. Unexpected: one without a name.", fixed = TRUE)
  expect_match(message_of(net$load_state_dict(list())),
               "not one without names. Missing: 0.weight, 0.bias, ", fixed = TRUE)
  expect_match(message_of(net$load_state_dict(list())), ", ... (40 in all).", fixed = TRUE)
  expect_lt(nchar(message_of(net$load_state_dict(list()))), 300)
  expect_lt(nchar(message_of(net$load_state_dict(list(a = 1), prefix = "b."))), 300)
  expect_lt(nchar(message_of(net$load_state_dict(3))), 300)
  expect_match(message_of(nn_relu()$load_state_dict(list(a = 1))), "1 unexpected. Unexpected: a.",
               fixed = TRUE)
  expect_identical(net$state_dict(), state)
})

test_that("a refusal offers the prefixes after which names and shapes fit, and no others", {
  first <- nn_conv2d(1, 2, 3)
  second <- nn_conv2d(2, 2, 3)
  third <- nn_conv2d(2, 2, 3)
  net <- nn_sequential(first, second, third)
  state <- net$state_dict()
  fits <- function(module, state, ...) {
    found <- regmatches(m <- message_of(module$load_state_dict(state, ...)), regexpr("It fits .*", m))
    if (length(found)) found else "none"
  }
  expect_identical(fits(first, state), "It fits with prefix = \"0.\".")
  expect_identical(fits(second, state), "It fits with prefix = \"1.\" or \"2.\".")
  expect_identical(fits(first, state, prefix = "3."), "It fits with prefix = \"0.\".")
  expect_identical(fits(net, state, prefix = "module."), "It fits with prefix = \"\".")
  whole <- stats::setNames(state, paste0("module.", names(state)))
  expect_identical(fits(net, whole), "It fits with prefix = \"module.\".")
  expect_identical(fits(second, whole), "It fits with prefix = \"module.1.\" or \"module.2.\".")
  # What is offered works.
  net$load_state_dict(whole, prefix = "module.")
  second$load_state_dict(whole, prefix = "module.2.")
  expect_identical(second$state_dict(), third$state_dict())

  expect_identical(fits(nn_conv2d(3, 2, 3), state), "none") # no such shape
  expect_identical(fits(nn_conv2d(2, 2, 3, bias = FALSE), state), "none") # the biases are too many
  expect_identical(fits(nn_relu(), state), "none")
  expect_identical(fits(first, list(a.weight = "text", a.bias = 1:2)), "none")
  expect_identical(fits(first, list(a.weight = NULL, a.bias = NULL)), "none")

  keras <- stats::setNames(second$state_dict(layout = "keras"), c("conv/kernel", "conv/bias"))
  expect_identical(fits(second, keras, layout = "keras"), "It fits with prefix = \"conv/\".")
  names(keras)[1] <- "conv/weight"
  expect_identical(fits(second, keras, layout = "keras"), "It fits with prefix = \"conv/\".")
  expect_identical(fits(first, keras, layout = "keras"), "none")
  expect_identical(fits(nn_conv2d(2, 2, c(3, 1)), keras, layout = "keras"), "none")
})

test_that("names of any bytes, and none, are refused like others", {
  m <- nn_conv2d(1, 1, 1)
  state <- m$state_dict()
  for (bad in c("\xff", NA, "", "a\nb`", "100%s")) {
    expect_s3_class(refusal(m$load_state_dict(stats::setNames(state, c(bad, "bias")))),
                    "nnconv_error_state")
    expect_s3_class(refusal(m$load_state_dict(stats::setNames(state, c(bad, bad)), prefix = "a")),
                    "nnconv_error_state")
  }
  expect_match(message_of(m$load_state_dict(stats::setNames(state, c("\xffweight", "bias")))),
               "Missing: weight. Unexpected: <ff>weight.", fixed = TRUE)
})

test_that("load_state_dict() takes exactly the layer's entries, or changes nothing", {
  m <- some_layers()[[1]]
  other <- some_layers()[[1]]
  expect_false(isTRUE(all.equal(m, other)))
  expect_identical(m$load_state_dict(other$state_dict()), m)
  expect_true(all.equal(m, other))
  expect_identical(m(input), other(input))
  m$load_state_dict(rev(other$state_dict())) # by name, not by position

  before <- m$state_dict()
  w <- before$weight
  b <- before$bias
  expect_error(m$load_state_dict(list(weight = w)), "Missing: bias.", class = "nnconv_error_state")
  expect_error(m$load_state_dict(list(weight = w, bias = b, extra = 1)), "Unexpected: extra.",
               class = "nnconv_error_state")
  expect_error(m$load_state_dict(list(w, b)), "one without names", class = "nnconv_error_state")
  expect_error(m$load_state_dict(list(weight = w, weight = w, bias = b)), "Twice: weight.",
               class = "nnconv_error_state")
  expect_error(m$load_state_dict(w), class = "nnconv_error_type")
  expect_error(m$load_state_dict(data.frame(weight = 1, bias = 1)), class = "nnconv_error_type")
  expect_error(m$load_state_dict(list(weight = w * 0, bias = 1)), class = "nnconv_error_shape")
  expect_error(m$load_state_dict(list(weight = w[1, , , ], bias = b * 0)),
               class = "nnconv_error_shape")
  expect_identical(m$state_dict(), before)
  expect_error(some_layers()[[2]]$load_state_dict(before), "Unexpected: bias.",
               class = "nnconv_error_state")
})
