# The pictures of arithmetic in ggplot2: legend, lines, and devices.

a <- nn_arithmetic(nn_conv_transpose2d(1, 1, 3, stride = 2), 3)

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
