# The pictures of arithmetic in base graphics: on any device, with lines that cross no number.

a <- nn_arithmetic(nn_conv_transpose2d(1, 1, 3, stride = 2), 3)

test_that("pictures are drawn on any device, and leave its parameters as they were", {
  plots <- list(
    function(a) plot(a), function(a) plot(a, step = 1), function(a) plot(a, along = "height"),
    function(a) nn_animate(a, steps = 2:3, pause = 0)
  )
  layers <- list(
    nn_conv_transpose2d(1, 1, 3, stride = 2, padding = 1, output_padding = 1),
    nn_conv_transpose2d(1, 1, 4, stride = 2, padding = 2, padding_mode = "reflect"),
    nn_conv2d(1, 1, c(1, 3), padding = "same", padding_mode = "circular"),
    nn_conv2d(1, 1, 2, stride = 3, padding = 1), nn_conv2d(1, 1, 1),
    nn_conv_transpose2d(1, 1, 9, dilation = 3)
  )
  for (size in list(c(7, 5), c(0.6, 0.5), c(0.1, 3), c(9, 0.2))) {
    grDevices::pdf(NULL, size[1], size[2])
    before <- graphics::par(no.readonly = TRUE)
    for (layer in layers) {
      for (draw in plots) draw(nn_arithmetic(layer, c(4, 5)))
      for (fixed in c("mar", "xpd", "mfrow", "cex", "bg", "fg")) {
        expect_identical(graphics::par(fixed), before[[fixed]])
      }
    }
    grDevices::dev.off()
  }
  withr::local_pdf(NULL)
  expect_identical(plot(layers[[1]], input = 4), layers[[1]])
  expect_identical(plot(a, step = 1), a)
  plot(nn_arithmetic(layers[[1]], c(200, 100)))
})

test_that("a picture is laid out anew when its device changes the size", {
  grDevices::pdf(NULL, 7, 5)
  grDevices::dev.control("enable")
  plot(a)
  picture <- grDevices::recordPlot()
  grDevices::dev.off()
  withr::local_pdf(NULL, width = 3, height = 9)
  suppressWarnings(grDevices::replayPlot(picture))
  expect_equal(graphics::par("usr"), c(0, 3, 9, 0))
})

test_that("in the pictures of steps no line crosses a word or a number", {
  withr::local_pdf(NULL)
  graphics::plot.new() # for the widths of words
  layers <- list(
    nn_conv_transpose2d(1, 1, 3, stride = 2),
    nn_conv_transpose2d(1, 1, 3, stride = 2, padding = 1, padding_mode = "circular"),
    nn_conv_transpose2d(1, 1, c(2, 5), stride = c(1, 3)),
    nn_conv2d(1, 1, 3, padding = 2, padding_mode = "reflect")
  )
  for (layer in layers) {
    for (step in c(1, 2, 13)) {
      a <- nn_arithmetic(layer, 5)
      for (size in list(c(7, 5), c(4, 3), c(4, 8))) {
        picture <- read_picture(function() plot(a, step = step), size[1], size[2])
        expect_gt(nrow(picture$lines), 1)
        expect_true(any(grepl("^[0-9,]+$", picture$words$text)))
        for (i in seq_len(nrow(picture$lines))) {
          expect_length(covered_parts(picture$lines[i, ], picture$words)$from, 0)
        }
      }
    }
  }
  # The test sees a line through a number.
  crossed <- read_picture(function() {
    plot(nn_arithmetic(layers[[1]], 5), step = 2)
    graphics::segments(0, 0, 7, 5)
    graphics::segments(0, 5, 7, 0)
  })
  covered <- lapply(seq_len(nrow(crossed$lines)), function(i) {
    covered_parts(crossed$lines[i, ], crossed$words)$from
  })
  expect_gt(sum(lengths(covered)), 0)
})

test_that("steps and axes that do not exist are refused", {
  withr::local_pdf(NULL)
  for (bad in list(0, 1.5, NA_real_, c(1, 2))) {
    expect_refusal(plot(a, step = bad), "argument", "step", "one whole number between 1 and")
  }
  expect_refusal(plot(a, step = "1"), "type", "step", "one whole number")
  expect_refusal(plot(a, step = 10), "argument", "step", "at most 9, the number of steps, not 10.")
  expect_refusal(plot(a, along = "depth"), "argument", "along", '"height", "width"')
  expect_refusal(plot(a, along = 1), "type", "along", '"height", "width"')
  expect_refusal(plot(a, along = "width", step = 1), "argument", "step", "NULL for a picture")
})
