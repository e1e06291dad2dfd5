# Tiles: which part of its input each of them reads, and what it makes of it.

test_that("a tile that reads nothing but holes or padding is what the layers' biases make of it", {
  set.seed(17)
  x <- random_array(1, 2, 14, 17)
  withr::local_options(nnconv.algorithm = "direct")
  holes <- nn_sequential(
    nn_conv2d(2, 2, 1, stride = 3),
    nn_conv_transpose2d(2, 2, 1, stride = 4, output_padding = 3),
    nn_conv2d(2, 2, 1, stride = 4, padding = 2)
  )
  expect_identical(predict(holes, x, tile = 1), holes(x))
  border <- nn_sequential(nn_conv2d(2, 2, 3), nn_conv2d(2, 3, 2, padding = 9))
  expect_identical(predict(border, x, tile = 1), border(x))
})

test_that("a tile does as many products as its share and its margin", {
  net <- nn_sequential(nn_conv2d(1, 1, 5, padding = 2), nn_conv_transpose2d(1, 1, 4, 2, 1),
                       nn_conv2d(1, 1, 3, padding = 1))
  steps <- module_steps(net)
  shapes <- lapply(shapes_through(net, c(1, 1, 100, 100)), as.double)
  parts <- tile_parts(steps, shapes, c(25, 50))
  expect_length(parts, 8)
  # Together they are the result, each cell once.
  covered <- matrix(0, 200, 200)
  for (p in parts) {
    rows <- p[1] + seq_len(p[3])
    columns <- p[2] + seq_len(p[4])
    covered[rows, columns] <- covered[rows, columns] + 1
  }
  expect_true(all(covered == 1))
  # By hand, rows 50 .. 99 of the result: conv 3 reads 49 .. 100, the transposed layer rows
  # (49 - 2) / 2 = 24 (rounded up) .. 50 (101 / 2), conv 5 reads 22 .. 52.
  windows <- tile_windows(steps, shapes, c(50, 0, 50, 100))
  expect_identical(windows[[3]]$source[c(1, 3)], c(49, 52))
  expect_identical(windows[[2]]$source[c(1, 3)], c(24, 27))
  expect_identical(windows[[1]]$source[c(1, 3)], c(22, 31))
})

test_that("a module of a window's sizes computes what the window does, or there is none", {
  set.seed(18)
  withr::local_options(nnconv.algorithm = "direct")
  pick <- function(from, n = 2) from[sample.int(length(from), n, replace = TRUE)]
  has_module <- logical()
  for (i in 1:200) {
    mode <- pick(padding_modes[1:3], 1)
    stride <- pick(1:3)
    arguments <- list(2, 3, pick(1:4), stride, padding = pick(0:2), padding_mode = mode, dilation = pick(1:2))
    module <- switch(
      pick(1:4, 1), do.call(nn_conv2d, arguments), do.call(nn_conv_transpose2d, arguments),
      nn_max_pool2d(2, ceil_mode = pick(c(TRUE, FALSE), 1), padding = pick(0:1)),
      nn_upsample(pick(c(2, 3), 1), mode = pick(c("nearest", "bilinear"), 1))
    )
    x <- random_array(1, 2, 15, 17)
    y <- module(x)
    first <- c(pick(0:(dim(y)[3] - 1), 1), pick(0:(dim(y)[4] - 1), 1))
    count <- c(pick(seq_len(dim(y)[3] - first[1]), 1), pick(seq_len(dim(y)[4] - first[2]), 1))
    part <- as.double(c(first, count))
    state <- environment(module)
    window <- kinds[[state$config$layer]]$window(state, c(15, 17), as.double(dim(y)[3:4]), part)
    source <- cut_part(x, c(0, 0, 15, 17), window$source)
    on_window <- state_on_window(state, window)
    has_module[i] <- !is.null(on_window)
    if (!has_module[i]) next
    steps <- straight(list(on_window, list(config = list(layer = "identity"))))
    made <- run_in_core(steps, 0L, source)
    expect_identical(made[[1]], 2)
    expect_identical(made[[2]], kinds[[state$config$layer]]$run_window(source, state, window), label = format(module))
  }
  expect_gt(mean(has_module), 0.4)
  expect_lt(mean(has_module), 0.95)
})

test_that("the core runs the steps of a tile up to what is cut or joined later", {
  set.seed(19)
  net <- nn_sequential(
    nn_conv2d(1, 4, 3, padding = 1), nn_batch_norm2d(4), nn_relu(), # 1, 2, 3
    nn_skip(nn_max_pool2d(2), nn_conv2d(4, 4, 3, padding = 1), # 4, 5
            nn_conv_transpose2d(4, 4, 2, stride = 2)), # 6, and 7 joins
    nn_relu(), nn_conv2d(8, 1, 3) # 8, 9
  )$eval()
  x <- random_array(1, 1, 64, 64)
  steps <- module_steps(net)
  shapes <- lapply(shapes_through(net, dim(x)), as.double)
  windows <- tile_windows(steps, shapes, c(20, 20, 16, 16))
  expect_identical(ends_of_runs(steps, windows), c(3L, 3L, 3L, 9L, 9L, 9L, 9L, 9L, 9L))
  source <- cut_part(x, c(0, 0, 64, 64), windows[[1]]$given)
  expect_identical(run_of_tile(steps, windows, 1:3, source, earlier_values(steps, source))$count, 3L)
  # The elements that R holds: the tile, what goes into the skip, and the result.
  values <- c(1, 4, 1) * vapply(list(windows[[1]]$given, windows[[4]]$given, c(20, 20, 16, 16)),
                                function(part) prod(part[3:4]), 0)
  tile <- run_tile(steps, windows, source)
  expect_identical(as.double(tile$elements), sum(values))
  expect_equal(tile$result, net(x)[, , 21:36, 21:36, drop = FALSE], tolerance = 1e-12)
  # A function of R's, and what comes behind it.
  cube <- nn_sequential(nn_conv2d(1, 2, 3), nn_activation(function(x) x^3, function(x) 3 * x^2),
                        nn_conv2d(2, 2, 3), nn_relu())
  expect_equal(predict(cube, x, tile = 20), cube(x), tolerance = 1e-12)
})
