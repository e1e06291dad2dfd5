# What a diagram shows, in which order.

test_that("every step has one part, in the order of the steps", {
  for (net in diagram_networks()) {
    steps <- module_steps(net)
    parts <- diagram_parts(net)
    expect_identical(nrow(parts), length(steps$states))
    expect_identical(is.na(parts$join), is.na(steps$joined))
    shown <- parts[!parts$again, ]
    expect_false(is.unsorted(shown$row))
    expect_identical(unique(shown$row), seq_len(max(parts$row)))
    expect_false(any(duplicated(shown[c("row", "place")])))
    expect_lte(max(parts$place), most_in_row)
    expect_true(all(parts$from < parts$row, na.rm = TRUE))
  }
})

test_that("a row is a layer and the modules behind it that keep the shape, or a join", {
  net <- nn_sequential(
    nn_relu(), nn_conv2d(2, 4, 3), nn_batch_norm2d(4), nn_relu(),
    nn_skip(nn_tanh(), nn_max_pool2d(3, 1, 1), nn_dropout(), join = "add"), nn_prelu(),
    nn_conv2d(4, 4, 1), nn_identity(), nn_upsample(2), nn_pixel_shuffle(2)
  )
  parts <- diagram_parts(net)
  expect_identical(parts$label, c(
    "relu", "conv2d(2, 4, 3)", "batch_norm2d(4)", "relu", "tanh", "max_pool2d(3, 1, 1)", "dropout",
    "+", "prelu", "conv2d(4, 4, 1)", "identity", "upsample(2)", "pixel_shuffle(2)"
  ))
  expect_identical(parts$row, c(1L, 2L, 2L, 2L, 3L, 3L, 3L, 4L, 5L, 6L, 6L, 7L, 8L))
  expect_identical(parts$depth, c(0L, 0L, 0L, 0L, 1L, 1L, 1L, 0L, 0L, 0L, 0L, 0L, 0L))
  expect_identical(parts$from[8], 2L)
  expect_identical(parts$role, c(
    "kept", "same", "kept", "kept", "kept", "kept", "kept", "join", "kept", "same", "kept", "larger",
    "larger"
  ))
  expect_identical(parts$path, names(module_steps(net)$states))
  expect_identical(diagram_parts(nn_sequential(nn_conv2d(1, 1, 3, stride = 2)))$role, "smaller")
  expect_identical(diagram_parts(do.call(nn_sequential, rep(list(nn_tanh()), 11)))$row,
                   rep(1:3, c(4, 4, 3)))
})

test_that("labels are calls that make the module again", {
  layers <- list(
    nn_conv2d(3, 8, 4, 2, 1), nn_conv2d(3, 8, c(3, 4), padding = 1, bias = FALSE),
    nn_conv_transpose2d(8, 4, 2, 2), nn_conv1d(2, 3, 5), nn_leaky_relu(0.2), nn_batch_norm2d(8),
    nn_upsample(2, mode = "bilinear"), nn_max_pool2d(3, 2, ceil_mode = TRUE)
  )
  for (layer in layers) {
    made <- eval(parse(text = paste0("nn_", short_text(environment(layer)))))
    expect_identical(config_of(made), config_of(layer))
  }
  expect_identical(short_text(environment(nn_activation(sin, cos))), "activation(...)")
  expect_identical(short_text(environment(nn_relu())), "relu")
  long <- short_text(environment(nn_conv2d(
    100, 200, c(3, 5), c(2, 1), c(1, 2), c(2, 3), 10, FALSE, padding_mode = "reflect"
  )))
  expect_identical(nchar(long), longest_text)
  expect_match(long, "[.]{3}$")
})

test_that("shapes are those of the values, or the channels that are known", {
  net <- deep_unet()
  parts <- diagram_parts(net, c(3, 33, 50))
  shapes <- vapply(shapes_through(net, c(3, 33, 50)), shape_label, "")
  expect_identical(parts$before, shapes[-length(shapes)])
  expect_identical(parts$after, shapes[-1])
  channels <- sub(" .*", "", shapes)
  without <- diagram_parts(net)
  expect_identical(c(without$before[1], without$after), channels)
  expect_identical(diagram_parts(nn_relu())$after, "")
  expect_identical(diagram_parts(nn_sequential(nn_relu(), nn_conv2d(3, 2, 1)))$before, c("3", "3"))
  expect_identical(diagram_parts(nn_conv1d(2, 3, 5), c(2, 9))$after, "3 x 5")
  expect_refusal(diagram_parts(net, c(1, 33, 50)), "argument", "dim", "(3, H, W)")
})

test_that("depths count the branches around a step", {
  for (net in diagram_networks()) {
    joined <- module_steps(net)$joined
    counted <- vapply(seq_along(joined), function(i) {
      sum(joined < i & seq_along(joined) > i, na.rm = TRUE)
    }, 1L)
    expect_identical(depths_of(joined), counted)
  }
  expect_identical(max(diagram_parts(nested_skips())$depth), 12L)
})

test_that("blocks that come three times or more are folded into one", {
  parts <- diagram_parts(residual_chain(5))
  expect_identical(max(parts$row), 1L + 3L + 2L + 3L)
  expect_identical(parts$times, rep(c(1L, 5L, 1L), c(1, 20, 5)))
  expect_identical(sum(parts$again), 16L)
  expect_identical(parts$row[2:5], c(2L, 2L, 3L, 4L))
  expect_identical(parts$row[6:9], parts$row[2:5])
  expect_identical(parts$from[c(5, 9, 23)], c(1L, 1L, 1L))
  expect_false(any(diagram_parts(residual_chain(2))$again))

  # Blocks of several rows, but only where channels and sizes come back.
  pair <- function(a, b) list(nn_conv2d(a, b, 3, padding = 1), nn_conv2d(b, a, 1))
  chain <- do.call(nn_sequential, c(pair(4, 8), pair(4, 8), pair(4, 8), pair(4, 9)))
  expect_identical(diagram_parts(chain)$row, c(1:2, 1:2, 1:2, 3:4))
  same <- lapply(1:4, function(i) nn_conv2d(2, 2, 3))
  expect_identical(diagram_parts(do.call(nn_sequential, same))$times, rep(4L, 4))
  expect_identical(diagram_parts(do.call(nn_sequential, same), c(2, 20, 20))$times, rep(1L, 4))
})

test_that("no block begins in a branch and ends outside", {
  for (net in diagram_networks()) {
    parts <- diagram_parts(net)
    for (block in setdiff(unique(parts$block), 0L)) {
      inside <- parts[parts$block == block & !parts$again, ]
      joins <- inside[!is.na(inside$join), ]
      expect_true(all(joins$from >= min(inside$row) - 1L))
      expect_identical(inside$depth[nrow(inside)], min(inside$depth))
    }
  }
})
