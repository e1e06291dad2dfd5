# The pictures of arithmetic, in base graphics and ggplot2: on any device, with lines, numbers and legend.

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

# What the picture shows is what its tables hold.
test_that("light and ink differ by enough to be read, in print without color too", {
  luminance_of <- function(color) {
    part <- grDevices::col2rgb(color) / 255
    part <- ifelse(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055)^2.4)
    colSums(part * c(0.2126, 0.7152, 0.0722))
  }
  contrast <- function(a, b) {
    light <- cbind(luminance_of(a), luminance_of(b))
    (pmax(light[, 1], light[, 2]) + 0.05) / (pmin(light[, 1], light[, 2]) + 0.05)
  }
  for (most in c(1, 2, 4, 9, 25)) {
    colors <- shade_of(0:most, most)
    expect_true(all(diff(luminance_of(colors)) < 0))
    # WCAG 2.1, 1.4.3: 4.5 for text
    expect_gte(min(contrast(colors, ink_on(colors))), 4.5)
  }
  expect_gte(min(contrast(look$pale, ink_on(look$pale)), contrast(look$plain, "#1A1A1A")), 4.5)
  # 1.4.11: 3 for graphics
  expect_gte(min(contrast(look$active, "#FFFFFF"), contrast(look$line, "#FFFFFF")), 3)
})

test_that("lines end before numbers and go on behind them", {
  line <- data.frame(x0 = 0, y0 = 0, x1 = 10, y1 = 0)
  box <- function(left, right, top, bottom) data.frame(left, right, top, bottom)
  pieces <- clear_of(line, box(c(4, 2, 3), c(6, 3.5, 5), -1, 1))
  expect_equal(pieces, data.frame(x0 = c(0, 6), y0 = 0, x1 = c(2, 10), y1 = 0))
  # From a box, into a box, upright, and beside a box.
  expect_equal(clear_of(line, box(c(-1, 9), c(1, 11), -1, 1))[c("x0", "x1")], data.frame(x0 = 1, x1 = 9))
  upright <- data.frame(x0 = 1, y0 = 8, x1 = 1, y1 = 0)
  expect_equal(clear_of(upright, box(0, 2, 2, 4))[c("y0", "y1")], data.frame(y0 = c(8, 2), y1 = c(4, 0)))
  expect_equal(clear_of(upright, box(2, 3, 2, 4)), upright)
  expect_equal(clear_of(line, box(0, 1, 0, 1)[0, ]), line)
  expect_identical(nrow(clear_of(line, box(-1, 11, -1, 1))), 0L)

  # No point of a piece is inside a box, and no point outside is lost.
  set.seed(305)
  lines <- as.data.frame(matrix(runif(40, 0, 10), 10, dimnames = list(NULL, c("x0", "y0", "x1", "y1"))))
  left <- runif(30, 0, 10)
  top <- runif(30, 0, 10)
  boxes <- box(left, left + runif(30), top, top + runif(30))
  is_inside <- function(x, y) any(boxes$left < x & x < boxes$right & boxes$top < y & y < boxes$bottom)
  for (i in 1:10) {
    pieces <- clear_of(lines[i, ], boxes)
    t <- seq(0.0005, 0.9995, by = 0.001)
    start <- with(lines[i, ], c(x0, y0))
    way <- with(lines[i, ], c(x1, y1)) - start
    free <- !mapply(is_inside, start[1] + t * way[1], start[2] + t * way[2])
    drawn <- vapply(t, function(t) {
      any(abs(t - 0.5 * ((pieces$x0 + pieces$x1) - 2 * start[1]) / way[1]) <=
            0.5 * abs((pieces$x1 - pieces$x0) / way[1]))
    }, NA)
    expect_identical(drawn, free)
  }
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

test_that("autoplot() has the legend of plot(), and its lines end before numbers too", {
  skip_if_not_installed("ggplot2")
  withr::local_pdf(NULL)
  for (layer in list(
    nn_conv_transpose2d(1, 1, 3, stride = 2, padding = 1, output_padding = 1),
    nn_conv_transpose2d(1, 1, 2, stride = 3), nn_conv2d(1, 1, 3, padding = 1, padding_mode = "circular")
  )) {
    for (step in list(NULL, 1)) {
      a <- nn_arithmetic(layer, 4)
      legend <- scene_of(a, step, FALSE)$legend
      picture <- ggplot2::autoplot(a, step = step)
      scale <- picture$scales$get_scales("shape")
      expect_identical(scale$labels, legend$text)
      drawn <- read_picture(function() print(picture))
      expect_true(all(legend$text %in% drawn$all_words))
      expect_identical(nrow(drawn$lines) > 0, !is.null(step))
      for (i in seq_len(nrow(drawn$lines))) {
        expect_length(covered_parts(drawn$lines[i, ], drawn$words)$from, 0)
      }
      for (symbol in legend$symbol) {
        expect_s3_class(key_grob(symbol, 4), "gTree")
      }
    }
  }
})

test_that("autoplot() makes a picture of ggplot2", {
  skip_if_not_installed("ggplot2")
  withr::local_pdf(NULL)
  for (layer in list(
    nn_conv_transpose2d(1, 1, 3, stride = 2, padding = 1, output_padding = 1),
    nn_conv2d(1, 1, 3, padding = 1, padding_mode = "circular")
  )) {
    for (step in list(NULL, 1)) {
      picture <- ggplot2::autoplot(nn_arithmetic(layer, 4), step = step)
      expect_s3_class(picture, "ggplot")
      expect_silent(print(picture))
    }
  }
  expect_refusal(ggplot2::autoplot(a, step = 10), "argument", "step", "at most 9")
})
