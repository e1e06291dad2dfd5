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

test_that("a refusal names the part of a checkpoint that fits, and a rename that changes nothing", {
  m <- nn_conv2d(2, 3, 1)
  state <- m$state_dict()
  advice <- function(...) {
    message <- message_of(m$load_state_dict(...))
    regmatches(message, regexpr("(Its part|`rename`) .*", message))
  }
  expect_identical(advice(list(epoch = 1, model = state)), "Its part `model` fits.")
  deep <- list(args = list(lr = 1), nets = list(list(1), other = list(weight = 1), ours = m$state_dict("up.")))
  expect_identical(advice(deep), "Its part `nets$ours` fits with prefix = \"up.\".")
  # The advice is right.
  m$reset_parameters()
  m$load_state_dict(deep$nets$ours, prefix = "up.")
  expect_identical(m$state_dict(), state)
  # Other shapes and names do not fit, nor does what is too deep or has broken names.
  for (part in list(
    list(weight = 1, bias = 1), state[1], list(a = list(b = list(c = state))), unname(state),
    stats::setNames(state, c("\xffweight", "bias")), structure(list(1), class = "data.frame")
  )) {
    expect_identical(advice(list(a = 1, b = part)), character())
  }
  other <- stats::setNames(state, c("w", "b"))
  expect_identical(advice(other, rename = c(weight = "w", bias = "b")), paste(
    "`rename` changes no name: its names are the old ones, and its values the new ones."
  ))
  expect_identical(advice(other, rename = c("^w$" = "weight")), character())
  m$load_state_dict(other, rename = c("^w$" = "weight", "^b$" = "bias"))
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

test_that("names of other software are renamed by a function or by patterns in turn", {
  m <- nn_sequential(nn_conv2d(1, 2, 3), nn_relu(), nn_conv2d(2, 1, 1))
  state <- m$state_dict()
  foreign <- stats::setNames(state, c("enc.conv1.weight", "enc.conv1.bias", "dec.conv2.weight", "dec.conv2.bias"))
  loaded <- function(...) {
    other <- nn_sequential(nn_conv2d(1, 2, 3), nn_relu(), nn_conv2d(2, 1, 1))
    other$load_state_dict(...)
    other$state_dict()
  }
  in_turn <- c("enc" = "0", "dec" = "1", "^1[.]" = "2.", "[.]conv([0-9])" = "")
  expect_identical(loaded(foreign, rename = in_turn), state)
  by_hand <- function(names) paste0(rep(c("0.", "2."), each = 2), sub(".*[.]", "", names))
  expect_identical(loaded(foreign, rename = by_hand), state)
  expect_identical(loaded(c(foreign, n = 5), rename = function(names) c(by_hand(names[1:4]), NA)), state)
  whole <- stats::setNames(foreign, paste0("module.", names(foreign)))
  expect_identical(loaded(whole, "module.", rename = in_turn), state)
  expect_identical(loaded(m$state_dict(layout = "keras"), layout = "keras", rename = identity), state)
  expect_match(message_of(loaded(foreign, rename = c("[.]conv." = "", "enc|dec" = "0"))), "Twice: dec.conv2.weight")
  # The function gets the names that follow the prefix.
  seen <- NULL
  loaded(whole, "module.", rename = function(names) by_hand(seen <<- names))
  expect_identical(seen, names(foreign))
})

test_that("a `rename` that is none is refused, and changes nothing", {
  m <- nn_conv2d(1, 1, 1)
  state <- m$state_dict()
  for (bad in list(1, list("a"), TRUE, NA)) {
    expect_refusal(m$load_state_dict(state, rename = bad), "type", "rename", "a function of names, or replacements")
  }
  for (bad in list("a", c(a = NA_character_), c(a = "b", "c"))) {
    expect_refusal(m$load_state_dict(state, rename = bad), "argument", "rename", "a function of names, or")
  }
  expect_refusal(m$load_state_dict(state, rename = c("(" = "b")), "argument", "rename", "not \"(\".")
  expect_refusal(m$load_state_dict(state, rename = function() "a"), "type", "rename", "one without arguments")
  fails <- function(names) stop("for a reason")
  expect_refusal(m$load_state_dict(state, rename = fails), "argument", "rename", "one that fails. for a reason")
  for (bad in list(1, c("a", "b", "c"), NULL)) {
    expect_refusal(m$load_state_dict(state, rename = function(names) bad), "argument", "rename",
                   "a function that returns 2 names, not one that returns")
  }
  expect_refusal(m$load_state_dict(state, strict = NA), "argument", "strict", "TRUE or FALSE")
  expect_identical(m$state_dict(), state)
})

test_that("without `strict`, what fits is loaded and the rest is returned", {
  m <- nn_sequential(nn_conv2d(1, 2, 3), nn_conv2d(2, 1, 1))
  before <- m$state_dict()
  given <- list(a.0.bias = c(5, 6), a.num = 3, a.1.weight = before$`1.weight` * 2, b = 1, a.1.scale = 2)
  left <- withVisible(m$load_state_dict(given, prefix = "a.", strict = FALSE))
  expect_identical(left, list(value = list(
    missing_keys = c("a.0.weight", "a.1.bias"), unexpected_keys = c("a.num", "a.1.scale")
  ), visible = TRUE))
  after <- m$state_dict()
  expect_identical(after[c(1, 4)], before[c(1, 4)])
  expect_identical(after[2:3], list(`0.bias` = c(5, 6), `1.weight` = before$`1.weight` * 2))
  expect_identical(m$load_state_dict(list(), strict = FALSE),
                   list(missing_keys = names(before), unexpected_keys = character()))
  expect_identical(m$load_state_dict(before, strict = FALSE),
                   list(missing_keys = character(), unexpected_keys = character()))
  expect_identical(nn_relu()$load_state_dict(list(x = 1), strict = FALSE),
                   list(missing_keys = character(), unexpected_keys = "x"))
  # Shapes that do not fit, and entries that come twice, are errors all the same.
  expect_refusal(m$load_state_dict(list(`0.bias` = 1:3), strict = FALSE), "shape", "0.bias", "shape [2]")
  expect_refusal(m$load_state_dict(c(before, before[1]), strict = FALSE), "state", "state_dict", "Twice: 0.weight")
  expect_identical(m$state_dict(), before)
})

test_that("integers of any type are loaded, also those whose doubles hold bits", {
  m <- nn_conv2d(1, 3, 1)
  integer64 <- function(bytes) structure(readBin(as.raw(bytes), "double", length(bytes) / 8), class = "integer64")
  three <- integer64(c(7, rep(0, 7), rep(255, 8), rep(0, 6), 1, 0))
  m$load_state_dict(list(weight = array(1:3, c(3, 1, 1, 1)), bias = three))
  expect_identical(m$bias, c(7, -1, 2^48))
  expect_identical(m$weight, array(1:3 + 0, c(3, 1, 1, 1)))
  beyond <- integer64(c(rep(0, 16), rep(0, 7), 128)) # NA of the package bit64
  expect_refusal(m$load_state_dict(list(weight = m$weight, bias = beyond)), "argument", "bias", "integers up to 2^53")
  expect_match(message_of(m$load_state_dict(list(a.weight = m$weight, a.bias = three))), "prefix = \"a.\"", fixed = TRUE)
})
