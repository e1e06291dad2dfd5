# What R's generic functions say of modules: lines that can be read, labels in columns; and that each
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
