# Pictures of kernels.

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

test_that("plot() draws channels that there are, with a title that can be written", {
  withr::local_pdf(NULL)
  m <- nn_conv2d(2, 3, 3)
  expect_refusal(plot(m, main = list(1)), "type", "main", "text, an expression or a number, not a list")
  invalid <- "\xff"
  Encoding(invalid) <- "UTF-8" # in some locales, all bytes are letters
  expect_refusal(plot(m, main = invalid), "type", "main", "expression or a number, not \"")
  expect_silent(plot(m, main = expression(x^2)))
})
