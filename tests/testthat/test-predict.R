# predict() in batches and tiles: the same numbers as in one call.

random_layer <- function(channels, out, modes) {
  pick <- function(from, n = 2) from[sample.int(length(from), n, replace = TRUE)]
  stride <- pick(c(1, 1, 2, 3))
  dilation <- pick(c(1, 1, 2))
  arguments <- list(
    channels, out, kernel_size = pick(1:5), stride = stride, padding = pick(0:3),
    dilation = dilation, padding_mode = pick(modes, 1), bias = pick(c(TRUE, FALSE), 1)
  )
  if (pick(1:2, 1) == 1) {
    return(do.call(nn_conv2d, arguments))
  }
  arguments$output_padding <- vapply(pmax(stride, dilation), function(m) pick(seq_len(m) - 1, 1), 0)
  do.call(nn_conv_transpose2d, arguments)
}

# A chain of layers and activations, and an input that it takes.
random_chain <- function(channels, modes = c("zeros", "zeros", "reflect", "replicate")) {
  repeat {
    layers <- lapply(seq_len(length(channels) - 1L), function(i) {
      random_layer(channels[i], channels[i + 1L], modes)
    })
    net <- do.call(nn_sequential, unlist(lapply(layers, list, nn_leaky_relu(0.2))))
    x <- random_array(sample(1:2, 1), channels[1L], sample(8:40, 1), sample(8:40, 1))
    shape <- tryCatch(net$output_shape(dim(x)), nnconv_error = function(e) NULL)
    if (!is.null(shape) && prod(shape) < 5e5) {
      return(list(net = net, x = x))
    }
  }
}

rounds <- if (identical(Sys.getenv("NNCONV_EXTENDED_TESTS"), "true")) 2000 else 60

test_that("tiles of random chains give what the whole gives, bit for bit in the direct way", {
  set.seed(11)
  for (i in seq_len(rounds)) {
    # Odd rounds: few channels, and the dot kernels among them; even ones: transforms are possible.
    channels <- if (i %% 2) sample(c(1:4, 17), sample(2:4, 1), TRUE) else sample(4:9, 3, TRUE)
    case <- random_chain(channels)
    tile <- sample(3:25, 2)
    label <- paste("round", i, format(case$net), "on", toString(dim(case$x)), "by", toString(tile))
    case$net$to(dtype = sample(c("float64", "float32"), 1))
    with_algorithm("direct", {
      whole <- case$net(case$x)
      expect_identical(predict(case$net, case$x, tile = tile), whole, label = label)
    })
    bound <- max(abs(whole)) * if (case$net[[1]]$dtype == "float64") 1e-11 else 5e-4
    for (algorithm in c("automatic", "transforms", "col2im", "padded", "planes")) {
      error <- with_algorithm(algorithm, predict(case$net, case$x, tile = tile)) - whole
      expect_lte(max(abs(error)), bound, label = paste(label, algorithm))
    }
  }
})

test_that("a single layer is cut anywhere, in all modes but circular", {
  set.seed(12)
  x <- random_array(2, 3, 13, 11)
  withr::local_options(nnconv.algorithm = "direct")
  for (mode in c("zeros", "reflect", "replicate")) {
    for (stride in list(1, 2, c(3, 1))) {
      layers <- list(
        nn_conv2d(3, 2, c(4, 3), stride, padding = c(5, 3), dilation = 2, padding_mode = mode),
        nn_conv_transpose2d(3, 2, c(4, 3), stride, padding = c(5, 3), dilation = 2,
                            padding_mode = mode),
        nn_conv_transpose2d(3, 3, c(2, 1), stride = 4, padding = 1, output_padding = c(3, 2),
                            groups = 3, padding_mode = mode)
      )
      for (layer in layers) {
        whole <- layer(x)
        for (tile in list(1, c(2, 20), c(20, 3), 7, 100)) {
          expect_identical(predict(layer, x, tile = tile), whole,
                           label = paste(format(layer), toString(tile)))
        }
      }
    }
  }
  same <- nn_conv2d(3, 2, c(4, 3), padding = "same", padding_mode = "reflect")
  expect_identical(predict(same, x, tile = 4), same(x))
})

test_that("NaN and infinite values of a picture spread as far as in the whole", {
  set.seed(13)
  net <- nn_sequential(nn_conv2d(1, 8, 3, padding = 1), nn_relu(), nn_conv2d(8, 8, 3, padding = 1),
                       nn_conv_transpose2d(8, 1, 4, stride = 2, padding = 1))
  x <- random_array(1, 40, 40)
  x[1, 19, 21] <- NaN
  x[1, 3, 30] <- Inf
  expect_identical(is.finite(predict(net, x, tile = 10)), is.finite(net(x)))
})

test_that("batches give what the whole gives", {
  set.seed(14)
  net <- nn_sequential(nn_conv2d(3, 16, 3, padding = 1, padding_mode = "circular"), nn_tanh(),
                       nn_conv_transpose2d(16, 4, 4, stride = 2, padding = 1))
  x <- random_array(7, 3, 9, 10)
  for (size in c(1:4, 7, 100)) {
    with_algorithm("direct", expect_identical(predict(net, x, batch_size = size), net(x)))
    expect_equal(predict(net, x, batch_size = size), net(x), tolerance = 1e-12)
  }
  expect_identical(predict(net, x[0, , , , drop = FALSE], batch_size = 2),
                   net(x[0, , , , drop = FALSE]))
  expect_identical(predict(net, x[1, , , ], batch_size = 2), net(x[1, , , ]))
  # Both together, of what is no double, and with a name for the size.
  up <- nn_conv_transpose2d(3, 5, 3, stride = 2, padding = 1, padding_mode = "reflect")
  withr::local_options(nnconv.algorithm = "direct")
  bytes <- array(sample(0:255, length(x), TRUE), dim(x))
  expect_identical(predict(up, bytes, batch_size = 3, tile = c(4, 5)), up(bytes))
  expect_identical(predict(up, bytes > 100, batch_size = 3, tile = 4), up(bytes > 100))
  for (size in list(c(18, 19), c(7, 5, 18, 20))) {
    expect_identical(predict(up, x, output_size = size, batch_size = 2), up(x, size))
    expect_identical(predict(up, x, output_size = size, tile = 4), up(x, size))
  }
  expect_identical(predict(up, x[1, , , ], output_size = c(5, 18, 20), tile = 4),
                   up(x[1, , , ], c(5, 18, 20)))
})

test_that("with few channels, a single image and one of a batch may differ in the last digits", {
  set.seed(15)
  m <- nn_conv2d(32, 1, 3)
  x <- random_array(4, 32, 12, 12)
  withr::local_options(nnconv.algorithm = "direct")
  expect_identical(predict(m, x, tile = 4), m(x))
  expect_identical(predict(m, x, batch_size = 2), m(x))
  expect_equal(predict(m, x, batch_size = 1), m(x), tolerance = 1e-14)
  expect_identical(predict(m, x, batch_size = 1)[2, , , ], m(x[2, , , , drop = FALSE])[1, , , ])
})

test_that("activations alone and functions of the user's are cut as well", {
  set.seed(16)
  x <- random_array(2, 3, 9, 8)
  expect_identical(predict(nn_relu(), x, tile = 4, batch_size = 1), pmax(x, 0))
  cube <- nn_activation(function(x) x^3, function(x) 3 * x^2)
  expect_identical(predict(nn_sequential(cube, nn_relu()), x, tile = c(4, 3)), pmax(x^3, 0))
  wrong <- nn_sequential(first = nn_conv2d(3, 3, 1), second = nn_activation(sum, sin))
  condition <- refusal(predict(wrong, x, tile = 4))
  expect_match(conditionMessage(condition), "In module `second`: `f` must be", fixed = TRUE)
})

test_that("progress is shown on the standard error, or not at all", {
  net <- nn_relu()
  x <- random_array(4, 1, 6, 6)
  shown <- function(...) {
    file <- withr::local_tempfile()
    connection <- file(file, "w")
    sink(connection, type = "message")
    on.exit({
      sink(type = "message")
      close(connection)
    })
    printed <- utils::capture.output(y <- predict(net, x, ..., progress = TRUE))
    expect_identical(printed, character())
    sink(type = "message")
    flush(connection)
    paste(readLines(file, warn = FALSE), collapse = "\n")
  }
  expect_match(shown(batch_size = 1), "100%", fixed = TRUE)
  expect_match(shown(tile = 2, batch_size = 2), "50%", fixed = TRUE)
  expect_identical(shown(batch_size = 4), "")
  expect_silent(predict(net, x, batch_size = 1, progress = FALSE))
})

test_that("inputs are untouched, and no result is shared", {
  x <- array(1:16 + 0, c(1, 1, 4, 4))
  copy <- x + 0
  first <- predict(nn_relu(), x, tile = 2)
  second <- predict(nn_relu(), -x, tile = 2)
  expect_identical(first, copy)
  expect_identical(second, copy * 0)
  expect_identical(x, copy)
})

test_that("bad sizes and inputs are refused", {
  m <- nn_conv2d(2, 1, 3)
  x <- random_array(2, 5, 5)
  for (name in c("batch_size", "tile")) {
    run <- function(value) {
      do.call(predict, c(list(m, x), stats::setNames(list(value), name)))
    }
    for (bad in list(0, -1, 1.5, NA_real_, Inf, numeric(), c(1, 2, 3))) {
      expect_refusal(run(bad), "argument", name, "between 1 and 2147483647")
    }
    for (bad in list("4", TRUE, list(4), 1i)) {
      expect_refusal(run(bad), "type", name, "between 1 and 2147483647")
    }
  }
  expect_refusal(predict(m, x, progress = NA), "argument", "progress", "TRUE or FALSE")
  expect_refusal(predict(m, x, progress = 1), "type", "progress", "TRUE or FALSE")
  expect_refusal(predict(m, "x", tile = 2), "type", "newdata", "a numeric or logical array")
  expect_refusal(predict(m, NULL, batch_size = 2), "type", "newdata", "a numeric or logical array")
  expect_refusal(predict(m, x[1, , ], tile = 2), "shape", "newdata",
                 "an array (N, 2, H, W) or (2, H, W), not an array [5, 5]")
  expect_refusal(predict(nn_relu(), 1:3, tile = 2), "shape", "newdata",
                 "an array (N, C, H, W) or (C, H, W)")
  expect_refusal(predict(m, x[, , 0, drop = FALSE], tile = 2), "shape", "newdata",
                 "at least one cell high")
  expect_refusal(predict(m, x[, 1:2, , drop = FALSE], tile = 2), "shape", "input",
                 "as large as the dilated kernel")
  expect_refusal(predict(m, x, output_size = c(3, 3), tile = 2), "argument", "output_size",
                 "left out for all but a transposed layer")
  up <- nn_conv_transpose2d(2, 1, 3, stride = 2)
  expect_refusal(predict(up, x, output_size = c(3, 3), tile = 2), "argument", "output_size",
                 "height 11 to 12")
  circular <- nn_sequential(m, nn_conv2d(1, 1, 3, padding = 1, padding_mode = "circular"))
  expect_refusal(predict(circular, x, tile = 2), "argument", "tile", "padding_mode = \"circular\"")
  nothing <- nn_conv2d(2, 1, 3, padding_mode = "circular") # pads nothing
  expect_equal(predict(nothing, x, tile = 2), nothing(x))
})

test_that("an interrupt ends it, and the session goes on", {
  skip_on_cran()
  skip_on_os("windows")
  out <- in_fresh_process(c(
    "library(nnconv)",
    "m <- nn_conv_transpose2d(64, 64, 9)",
    "x <- array(1, c(1, 64, 512, 512))",
    "system(sprintf('(sleep 1; kill -INT %d) &', Sys.getpid()))",
    "how <- tryCatch(predict(m, x, tile = 64), interrupt = function(i) 'interrupted')",
    "cat(identical(how, 'interrupted'), dim(predict(m, x[, , 1:2, 1:2, drop = FALSE], tile = 1)))"
  ))
  expect_identical(out[length(out)], "TRUE 1 64 10 10")
})
