# Methods of R's generics: format, print, str, summary, all.equal and others, for layers and chains.
# method takes the arguments of its generic, by their names and in their order.

long_chain <- function() {
  hidden <- function() nn_sequential(nn_conv2d(8, 8, 3, padding = 1), act = nn_leaky_relu(0.1))
  nn_sequential(
    nn_conv2d(1, 8, 5, padding = 2, padding_mode = "replicate"), hidden(), nn_sequential(nn_relu()),
    `a name` = nn_activation(function(x) {
      x * 2
    }, function(x) x^0 * 2),
    `7` = nn_conv_transpose2d(8, 1, 6, stride = 2, padding = 2)
  )
}

test_that("format() of a long chain has a line for each module, and makes it again", {
  net <- long_chain()
  expect_identical(strsplit(format(net), "\n")[[1L]], c(
    "nn_sequential(",
    "  nn_conv2d(1, 8, kernel_size = 5, padding = 2, padding_mode = \"replicate\"),",
    "  nn_sequential(",
    "    nn_conv2d(8, 8, kernel_size = 3, padding = 1),",
    "    act = nn_leaky_relu(negative_slope = 0.1)",
    "  ),",
    "  nn_sequential(nn_relu()),",
    "  `a name` = nn_activation(f = function (x) {",
    "      x * 2",
    "  }, derivative = function (x) x^0 * 2),",
    "  `7` = nn_conv_transpose2d(8, 1, kernel_size = 6, stride = 2, padding = 2)",
    ")"
  ))
  again <- eval(parse(text = format(net)))
  again$load_state_dict(net$state_dict())
  expect_identical(format(again), format(net))
  x <- random_array(1, 1, 6, 6)
  expect_identical(again(x), net(x))
  expect_identical(format(nn_sequential(nn_relu(), nn_tanh())), "nn_sequential(nn_relu(), nn_tanh())")
})

test_that("no line that a chain prints is long", {
  net <- do.call(nn_sequential, lapply(1:20, function(i) long_chain()[[2L]]))
  for (f in list(print, summary, str, function(x) print(summary(x, c(8, 4, 4))), function(x) cat(format(x)))) {
    expect_lte(max(nchar(capture.output(f(net)))), 100)
  }
})

test_that("summary() of a chain is a table, with an input_shape and without", {
  net <- long_chain()
  s <- summary(net)
  expect_identical(rownames(s$modules), c("0", "1.0", "1.act", "2.0", "a name", "7"))
  expect_identical(names(s$modules), c("module", "parameters"))
  expect_equal(s$modules$parameters, c(8 * 25 + 8, 64 * 9 + 8, 0, 0, 0, 8 * 36 + 1))
  expect_equal(sum(s$modules$parameters), s$parameters)
  expect_null(s$multiply_adds)
  expect_identical(s$layer, format(net))
  lines <- capture.output(print(s))
  expect_identical(lines[1:2], c("nn_sequential() of 6 modules", "parameters:    1,081"))
  expect_match(lines, "^1[.]act +nn_leaky_relu[(][)] +0$", all = FALSE)
  shaped <- summary(net, c(5, 1, 10, 10))
  expect_equal(shaped$modules$parameters, s$modules$parameters)
  expect_identical(names(shaped$modules), c("module", "output_shape", "parameters", "multiply_adds"))
  expect_equal(shaped$modules$multiply_adds[2], 5 * 64 * 9 * 100)
  expect_match(capture.output(print(shaped)), "^1[.]0 +nn_conv2d[(][)] 5 x 8 x 10 x 10 +584 +288,000$",
               all = FALSE)
  expect_output(print(summary(nn_sequential(nn_relu()))), "nn_sequential() of 1 module\n", fixed = TRUE)

  layer <- summary(net[[1]])
  expect_null(layer$modules)
  expect_identical(capture.output(print(layer)), c(format(net[[1]]), "parameters:    208"))
})

test_that("columns of modules show short labels", {
  layer <- nn_conv2d(3, 16, 3)
  net <- long_chain()
  expect_identical(toString(net), "nn_sequential [5]")
  expect_identical(toString(nn_relu()), "nn_relu")
  frame <- data.frame(n = 1:3, m = I(list(layer, net, nn_relu())))
  labels <- c("nn_conv2d [3 -> 16]", "nn_sequential [5]", "nn_relu")
  expect_identical(capture.output(print(frame)),
                   paste(c(" ", 1:3), c("n", 1:3), formatC(c("m", labels), width = nchar(labels[1]))))
})

test_that("tibbles show short labels", {
  skip_if_not_installed("pillar")
  sum_of <- getExportedValue("pillar", "obj_sum")
  type_of <- getExportedValue("pillar", "type_sum")
  modules <- list(nn_conv2d(3, 16, 3), long_chain(), nn_relu())
  expect_identical(vapply(modules, sum_of, ""), vapply(modules, toString, ""))
  expect_identical(vapply(modules, type_of, ""), c("nn_conv2d", "nn_sequential", "nn_relu"))
  skip_if_not_installed("tibble")
  withr::local_options(width = 80)
  printed <- capture.output(print(getExportedValue("tibble", "tibble")(m = modules)))
  expect_match(printed, "<nn_conv2d [3 -> 16]>", fixed = TRUE, all = FALSE)
  expect_match(printed, "<nn_sequential [5]>", fixed = TRUE, all = FALSE)
  expect_match(printed, "<nn_relu>", fixed = TRUE, all = FALSE)
})

# The arguments of a generic. Those of R's own operators stand in their help pages only, and the
# coordinates that plot() has in second place are for vectors.
generic_arguments <- function(name, package) {
  known <- list(
    `$` = c("x", "name"), `$<-` = c("x", "name", "value"), `[[` = c("x", "i", "...", "exact"),
    `[[<-` = c("x", "i", "...", "value"), plot = c("x", "...")
  )
  if (name %in% names(known)) {
    return(known[[name]])
  }
  where <- asNamespace(if (is.na(package)) "nnconv" else package)
  names(formals(args(get(name, where, mode = "function"))))
}

# What a method lacks or has in another order.
missing_arguments <- function(generic, method) {
  own <- names(formals(method))
  absent <- setdiff(generic, own)
  shared <- intersect(own, generic)
  c(absent, shared[shared != intersect(generic, own)])
}

test_that("a method that lacks an argument of its generic is found", {
  expect_identical(missing_arguments(c("x", "...", "exact"), function(x, i, ...) NULL), "exact")
  expect_identical(missing_arguments(c("x", "y"), function(y, x) NULL), c("y", "x"))
  expect_identical(missing_arguments(c("x", "..."), function(x, more, ...) NULL), character())
})

test_that("all S3 methods take their generic's arguments", {
  methods <- parseNamespaceFile("nnconv", dirname(system.file(package = "nnconv")))$S3methods
  expect_gt(nrow(methods), 20)
  for (i in seq_len(nrow(methods))) {
    generic <- methods[i, 1L]
    package <- methods[i, 4L]
    if (!is.na(package) && !requireNamespace(package, quietly = TRUE)) next
    method <- get(paste0(generic, ".", methods[i, 2L]), asNamespace("nnconv"))
    label <- paste(generic, "of", methods[i, 2L])
    absent <- missing_arguments(generic_arguments(generic, package), method)
    expect_identical(absent, character(), label = label)
  }
})

test_that("getElement() and [[ ]] reach members, by one exact name", {
  m <- nn_conv2d(1, 2, 3)
  expect_identical(getElement(m, "weight"), m$weight)
  expect_identical(m[["bias", exact = TRUE]], m$bias)
  expect_error(m[["bia", exact = FALSE]], class = "nnconv_error_member")
  error <- tryCatch(m[["weight", 1]], nnconv_error = identity)
  expect_identical(error$argument, "i")
  expect_match(conditionMessage(error), "one index, not 2 of them", fixed = TRUE)
  expect_error(m[["weight", 1]] <- 1, class = "nnconv_error_member")
})

test_that("getCall() and update() make modules anew, with other arguments", {
  m <- nn_conv_transpose2d(4, 6, c(3, 2), stride = 2, groups = 2, bias = FALSE, dtype = "float32")
  expect_identical(deparse(getCall(m), 200), paste0(
    "nnconv::nn_conv_transpose2d(in_channels = 4, out_channels = 6, kernel_size = c(3, 2), ",
    "stride = 2, groups = 2, bias = FALSE, dtype = \"float32\")"
  ))
  expect_identical(format(eval(getCall(m))), format(m))
  other <- update(m, stride = 3, out_channels = 8)
  expect_identical(c(other$stride, other$out_channels, other$groups), c(3, 3, 8, 2))
  expect_false(identical(other$weight[1:8], m$weight[1:8]))
  expect_error(update(m, groups = 5), class = "nnconv_error_argument")

  shift <- 3 # a variable that only the functions know
  net <- nn_sequential(m, act = nn_activation(function(x) x + shift, function(x) x^0), nn_relu())
  again <- update(net)
  expect_identical(format(again), format(net))
  expect_identical(names(again$children), names(net$children))
  again$load_state_dict(net$state_dict())
  x <- random_array(4, 3, 3)
  expect_identical(again(x), net(x))
})

test_that("summary() counts parameters and multiply-adds", {
  up <- nn_conv_transpose2d(6, 4, c(3, 2), stride = 2, groups = 2)
  s <- summary(up, c(5, 6, 7, 8))
  expect_equal(s$parameters, 6 * 2 * 6 + 4)
  expect_equal(s$multiply_adds, 5 * 6 * 2 * 6 * 7 * 8)
  expect_equal(s$output_shape, c(5, 4, 15, 16))
  down <- nn_conv2d(6, 4, c(3, 2), stride = 2, groups = 2, bias = FALSE)
  s <- summary(down, c(6, 7, 8))
  expect_equal(s$parameters, 4 * 3 * 6)
  expect_equal(s$multiply_adds, 4 * 3 * 6 * 3 * 4)
  expect_equal(s$output_shape, c(4, 3, 4))
  expect_output(print(s), "multiply-adds: 864", fixed = TRUE)
  expect_null(summary(down)$multiply_adds)
  expect_equal(summary(up, c(7, 8, 6)[c(3, 1, 2)], output_size = c(16, 17))$output_shape,
               c(4, 16, 17))
  expect_error(summary(up, c(5, 7, 7, 8)), class = "nnconv_error_argument")
})

test_that("format() is the call that makes the layer, toString() a label", {
  for (m in c(some_layers(), list(
    nn_conv2d(1, 1, 3), nn_conv2d(4, 4, 3, padding = "same", groups = 4, padding_mode = "reflect"),
    nn_conv_transpose2d(1, 2, 5, 3, 1, c(2, 0), 1, FALSE, c(1, 1), dtype = "float32"),
    nn_conv_transpose2d(1, 2, 3, 2, "same"), nn_conv2d(1, 2, 3, padding = c(0, 1, 2, 3)),
    nn_conv_transpose2d(1, 2, 3, c(2, 1), 1:4, output_size = c(11, 12)),
    nn_conv_transpose2d(1, 2, 3, 2, output_padding = c(0, 5), extend = TRUE)
  ))) {
    again <- eval(parse(text = format(m)))
    again$load_state_dict(m$state_dict())
    expect_true(all.equal(again, m))
  }
  expect_identical(format(nn_conv2d(1, 1, 3)), "nn_conv2d(1, 1, kernel_size = 3)")
  expect_identical(toString(nn_conv2d(3, 100000, 1)), "nn_conv2d [3 -> 100000]")
  expect_identical(toString(nn_conv_transpose2d(3, 16, 1)), "nn_conv_transpose2d [3 -> 16]")
})

test_that("print() and str() show arguments and parameters", {
  m <- some_layers()[[2]]
  expect_output(print(m), "An `nn_conv2d` layer with 48 parameters.", fixed = TRUE)
  expect_output(print(m), "* dilation: 1 x 2", fixed = TRUE)
  expect_output(print(m), "* weight: Double [1:4, 1:2, 1:3, 1:2]", fixed = TRUE)
  expect_output(str(m), "kernel_size = c(3, 2)", fixed = TRUE)
  expect_output(str(some_layers()[[1]]), "$ bias", fixed = TRUE)
  expect_invisible(print(m)) |> utils::capture.output()
})

test_that("all.equal() compares kind, arguments and parameters", {
  m <- some_layers()[[1]]
  expect_true(all.equal(m, m$clone()))
  nudged <- m$clone()
  nudged$bias <- m$bias + 1e-6
  expect_match(all.equal(m, nudged), "bias")
  expect_true(all.equal(m, nudged, tolerance = 0.1))
  expect_match(all.equal(m, some_layers()[[2]]), "nn_conv2d")
  expect_match(all.equal(m, 1), "not a layer")
  other <- nn_conv_transpose2d(2, 4, c(3, 2), 2, padding = 0, groups = 2, dilation = c(1, 2))
  other$load_state_dict(m$state_dict())
  expect_match(all.equal(m, other), "padding")
})

test_that("summary() has a line for each module of a chain", {
  s <- summary(small_chain(), c(5, 2, 8, 6))
  expect_equal(s$output_shape, c(5, 3, 8, 6))
  expect_equal(s$parameters, 4 * 2 * 9 + 4 + 4 * 3 * 16)
  expect_equal(s$multiply_adds, 5 * 12 * 4 * 2 * 9 + 5 * 12 * 4 * 3 * 16)
  expect_identical(rownames(s$modules), c("0", "act", "2", "3"))
  expect_equal(sum(s$modules$multiply_adds), s$multiply_adds)
  expect_equal(sum(s$modules$parameters), s$parameters)
  expect_identical(s$modules$output_shape[1:2], rep("5 x 4 x 4 x 3", 2))
  expect_output(print(s), "nn_leaky_relu()", fixed = TRUE)
})

test_that("format() of chains and activations is the call that makes them", {
  for (m in list(small_chain(), nn_sequential(small_chain(), nn_relu()), nn_leaky_relu(),
                 nn_activation(sin, cos), nn_sigmoid())) {
    again <- eval(parse(text = format(m)))
    again$load_state_dict(m$state_dict())
    expect_true(all.equal(again, m))
    expect_output(print(m), class(m)[1] |> sub(pattern = "nnconv_", replacement = "nn_"))
  }
  expect_output(str(small_chain()), "$ 2.weight", fixed = TRUE)
  expect_output(print(nn_leaky_relu(0.2)), "* negative_slope: 0.2", fixed = TRUE)
})

test_that("a chain in a chain prints its modules by the paths that their parameters have", {
  printed <- capture.output(nn_sequential(nn_relu(), inner = nn_sequential(nn_conv2d(1, 1, 2))))
  expect_true("* 0: nn_relu()" %in% printed)
  expect_true("* inner.0: nn_conv2d(1, 1, kernel_size = 2)" %in% printed)
  expect_true("* inner.0.bias: Double [1:1]" %in% printed)
})

test_that("all.equal() tells chains apart in a line", {
  net <- small_chain()
  other <- net$clone()
  other$act <- nn_relu()
  expect_identical(all.equal(net, other), paste(
    "one is an nn_sequential of 0 = nn_conv2d, act = nn_leaky_relu, 2 = nn_conv_transpose2d,",
    "3 = nn_tanh, the other an nn_sequential of 0 = nn_conv2d, act = nn_relu,",
    "2 = nn_conv_transpose2d, 3 = nn_tanh"
  ))
  other$act <- nn_leaky_relu(0.1)
  expect_match(all.equal(net, other), "act.negative_slope", fixed = TRUE)
})
