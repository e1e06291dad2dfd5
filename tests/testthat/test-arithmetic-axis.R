# The picture of an arithmetic along one axis: a line for each product, between cells in their order.

layers_on_axis <- function() {
  list(
    nn_conv_transpose2d(1, 1, c(1, 3), stride = c(1, 2), padding = c(0, 1), output_padding = c(0, 1)),
    nn_conv_transpose2d(1, 1, c(1, 4), stride = c(1, 3)),
    nn_conv2d(1, 1, c(1, 3), padding = c(0, 1), padding_mode = "circular"),
    nn_conv2d(1, 1, c(1, 2), stride = c(1, 2), padding = c(0, 1))
  )
}

# Cell (from 1) and count of the small and of the large image along the width, by the definition.
counts_by_definition <- function(layer, size, result) {
  config <- config_of(layer)
  large <- if (is_transposed(config)) result else size
  small <- if (is_transposed(config)) size else result
  count <- numeric(large)
  for (i in seq_len(small)) for (tap in seq_len(config$kernel_size[2])) {
    place <- (i - 1) * config$stride[2] + (tap - 1) * config$dilation[2] + 1 - config$padding[2]
    if (config$padding_mode == "circular") place <- (place - 1) %% large + 1
    if (place >= 1 && place <= large) count[place] <- count[place] + 1
  }
  count
}

test_that("there is a line for each product, and a cell's count is that of its lines", {
  for (layer in layers_on_axis()) {
    a <- nn_arithmetic(layer, c(1, 6))
    scene <- axis_scene(a, "width")
    cells <- scene$cells[scene$cells$image == "large" & !scene$cells$border, ]
    count <- counts_by_definition(layer, 6, a$result_size[2])
    expect_equal(cells$count, count, label = format(layer))
    expect_identical(cells$number, as.numeric(seq_along(count)), label = format(layer))
    expect_equal(scene$most, max(count), label = format(layer))
    expect_identical(sum(!scene$lines$dropped), as.integer(sum(count)), label = format(layer))
    expect_identical(
      nrow(scene$lines),
      as.integer(sum(scene$cells$image == "small") * config_of(layer)$kernel_size[2])
    )
  }
})

test_that("a small cell stands over the middle of its kernel", {
  a <- nn_arithmetic(nn_conv_transpose2d(1, 1, c(1, 3), stride = c(1, 2)), c(1, 4))
  cells <- axis_scene(a, "width")$cells
  expect_equal(cells$x[cells$image == "small"], c(2, 4, 6, 8))
  expect_equal(cells$x[cells$image == "large"], 1:9)
  expect_identical(unique(cells$y[cells$image == "small"]), 0) # the input is above
})

test_that("the legend names the taps, and the height is drawn like the width", {
  a <- nn_arithmetic(nn_conv2d(1, 1, c(3, 1)), c(5, 2))
  legend <- axis_scene(a, "height")$legend
  expect_identical(legend$text[1:3], paste("tap", 1:3))
  withr::local_pdf(NULL)
  for (along in c("height", "width")) {
    words <- read_picture(function() plot(a, along = along))$all_words
    expect_true(any(grepl(paste0("along the ", along), words, fixed = TRUE)))
    expect_true(all(c("input", "result") %in% words))
  }
})
