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
