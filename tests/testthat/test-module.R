# What every layer can do beside being called.

some_layers <- function() {
  list(
    nn_conv_transpose2d(2, 4, c(3, 2), stride = 2, padding = 1, groups = 2, dilation = c(1, 2)),
    nn_conv2d(2, 4, c(3, 2), stride = 2, padding = 1, dilation = c(1, 2), bias = FALSE)
  )
}

input <- array(as.numeric(1:60), c(1, 2, 5, 6))

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

test_that("forward() and predict() are the call", {
  for (m in some_layers()) {
    expect_identical(m$forward(input), m(input))
    expect_identical(predict(m, input), m(input))
  }
  m <- some_layers()[[1]]
  expect_identical(m$forward(input, c(10, 12)), m(input, c(10, 12)))
  expect_identical(predict(m, input, output_size = c(10, 12)), m(input, c(10, 12)))
})

test_that("a second name is the same layer, a clone is another one", {
  for (m in some_layers()) {
    same <- m
    copy <- m$clone()
    before <- m$weight
    m$weight <- before + 1
    expect_identical(same$weight, before + 1)
    expect_identical(copy$weight, before)
    expect_identical(class(copy), class(m))
    copy$to("float32")
    expect_identical(m$dtype, "float64")
    expect_identical(dim(copy(input)), dim(m(input)))
  }
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

test_that("initial values are uniform, bounded by the fan in, and set by the seed", {
  set.seed(1)
  m <- nn_conv_transpose2d(8, 6, 3, groups = 2)
  bound <- sqrt(2 / (6 * 9))
  expect_lte(max(abs(m$weight), abs(m$bias)), bound)
  expect_gt(max(abs(m$weight)), 0.95 * bound)
  expect_gt(stats::ks.test(as.vector(m$weight), "punif", -bound, bound)$p.value, 0.001)
  set.seed(1)
  expect_identical(m$weight, array(stats::runif(8 * 3 * 9, -bound, bound), c(8, 3, 3, 3)))
  expect_identical(m$bias, stats::runif(6, -bound, bound))

  set.seed(1)
  down <- nn_conv2d(8, 6, c(3, 1), groups = 2)
  bound <- 1 / sqrt(4 * 3)
  set.seed(1)
  expect_identical(down$weight, array(stats::runif(6 * 4 * 3, -bound, bound), c(6, 4, 3, 1)))

  before <- m$weight
  set.seed(2)
  expect_identical(m$reset_parameters(), m)
  expect_false(identical(m$weight, before))
  set.seed(2)
  expect_identical(nn_conv_transpose2d(8, 6, 3, groups = 2)$weight, m$weight)
  plain <- some_layers()[[2]]
  plain$reset_parameters()
  expect_null(plain$bias)
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

test_that("output_shape() is the shape of the result, and refuses what the call refuses", {
  for (m in some_layers()) {
    expect_equal(m$output_shape(dim(input)), dim(m(input)))
    expect_equal(m$output_shape(dim(input)[-1]), dim(m(input[1, , , ])))
    for (bad in list(c(1, 3, 5, 5), 1:2, c(1, 2, 5.5, 5), c(1, 2, NA, 5), c(-1, 2, 5, 5), 2^40)) {
      expect_error(m$output_shape(bad), class = "nnconv_error_argument")
    }
    expect_error(m$output_shape("a"), class = "nnconv_error_type")
    expect_error(m$output_shape(c(1, 2, 0, 5)), class = "nnconv_error_shape")
  }
  up <- some_layers()[[1]]
  expect_equal(up$output_shape(dim(input), c(10, 12)), c(1, 4, 10, 12))
  expect_error(up$output_shape(dim(input), c(99, 12)), class = "nnconv_error_argument")
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

test_that("the tab key completes members", {
  m <- some_layers()[[1]]
  expect_identical(utils::.DollarNames(m, "^out"),
                   c("output_shape", "out_channels", "output_padding", "output_size"))
})

test_that("plot() draws the kernels", {
  file <- withr::local_tempfile(fileext = ".pdf")
  grDevices::pdf(file) # every R has it
  m <- some_layers()[[1]]
  expect_identical(plot(m), m)
  plot(nn_conv2d(20, 20, 1), rows = 1:20, columns = c(1, 20), main = "one by one")
  expect_error(plot(m, rows = 3), "`rows` must be whole numbers from 1 to 2, not 3.", fixed = TRUE)
  expect_error(plot(m, columns = "a"), class = "nnconv_error_type")
  m$weight <- m$weight * 0
  plot(m)
  grDevices::dev.off()
  expect_gt(file.size(file), 1000)
})

test_that("plot() has a key, names the channels and says how many it leaves out", {
  withr::local_pdf(NULL)
  graphics::plot.new()
  m <- nn_conv2d(64, 20, 3)
  m$weight[] <- 0.125
  m$weight[1, 2:4, 1, 1] <- -0.25
  drawn <- read_picture(function() plot(m))
  expect_true(all(c("0.25", "0", "-0.25", "weight", "input channel", "output channel", 1:8) %in%
                    drawn$all_words))
  expect_true("8 of 20 output channels, 8 of 64 input channels; see `rows` and `columns`" %in%
                drawn$all_words)
  expect_identical(nrow(drawn$lines), 3L + 3L) # a minus in three cells and thrice in the key
  some <- read_picture(function() plot(m, rows = 1:20, columns = 4))$all_words
  expect_true("1 of 64 input channels; see `rows` and `columns`" %in% some)

  m <- nn_conv_transpose2d(4, 6, 2, groups = 2)
  m$weight[] <- 0
  drawn <- read_picture(function() plot(m))
  expect_true(all(c("0", "weight", "input channel", "output channel of the group") %in% drawn$all_words))
  expect_false(any(grepl(" of [0-9]", drawn$all_words)))
  expect_identical(nrow(drawn$lines), 0L)

  # Small pictures have all words too, and the scale is even around 0.
  small <- read_picture(function() plot(m, main = strrep("long ", 30)), 4, 3)$all_words
  expect_true(all(c("input channel", "weight") %in% small))
  expect_identical(sum(lengths(regmatches(small, gregexpr("long", small)))), 30L)
  for (size in list(c(0.6, 0.5), c(0.2, 3), c(9, 0.2))) {
    expect_silent(withr::with_pdf(NULL, plot(m), width = size[1], height = size[2]))
  }
  shades <- shade_of_weights(matrix(c(-2, 0, 2, NaN), 1), 2)
  expect_identical(as.vector(shades), c(weight_colors()[c(1, 128, 255)], NA))
  expect_identical(unique(as.vector(shade_of_weights(matrix(0, 2, 2), 0))), weight_colors()[128])
})

test_that("a saved layer is plain numbers, and computes the same elsewhere", {
  for (m in some_layers()) {
    invisible(lapply(1:5, function(i) m(input))) # compiled by now, which saves more
    bytes <- serialize(m, NULL, refhook = function(object) {
      if (!is.environment(object)) stop("a reference object")
    })
    numbers <- 8 * sum(lengths(m$parameters))
    expect_lte(length(bytes) - numbers, 4096)
    back <- unserialize(bytes)
    expect_true(all.equal(back, m))
    expect_identical(back(input), m(input))
    back$weight <- back$weight * 2
    expect_false(isTRUE(all.equal(back, m)))
  }
})

test_that("readRDS() in a fresh process gives a working layer", {
  skip_on_cran()
  m <- some_layers()[[1]]
  files <- withr::local_tempfile(pattern = c("layer", "input", "result"), fileext = ".rds")
  saveRDS(m, files[1])
  saveRDS(input, files[2])
  in_fresh_process(sprintf(
    "m <- readRDS('%s'); saveRDS(m(readRDS('%s')), '%s')", files[1], files[2], files[3]
  ))
  expect_identical(readRDS(files[3]), m(input))
})
