# Histories: print, tables and pictures.

made <- function(loss = c(4, 2, 1), validation = c(5, 3, 4), best = 2L, ended = "epochs") {
  history <- new_history("nn_conv2d [1 -> 1]")
  for (i in seq_along(loss)) history <- longer_history(history, loss[i], validation[i], 0.1 / i, 0.5)
  history$best <- best
  history$ended <- ended
  history
}

test_that("a history prints its losses, its best epoch and its end", {
  expect_identical(utils::capture.output(print(made())), c(
    "Training of nn_conv2d [1 -> 1]: 3 epochs in 1.5 s",
    "loss:       4 at first, 1 at last, 2 in the best epoch, 2",
    "validation: 5 at first, 4 at last, 3 in the best epoch, 2"
  ))
  alone <- made(validation = c(NA, NA, NA), best = NA_integer_, ended = "interrupt")
  expect_identical(utils::capture.output(print(alone)), c(
    "Training of nn_conv2d [1 -> 1]: 3 epochs in 1.5 s, interrupted",
    "loss:       4 at first, 1 at last"
  ))
  for (ended in c("patience", "callback", "loss", NA)) {
    expect_output(print(made(1, 1, ended = ended)), ": 1 epoch in 0.5 s, (not )?ended")
  }
  expect_output(print(new_history("net")), "Training of net: 0 epochs in 0 s, not ended", fixed = TRUE)
  expect_output(expect_invisible(print(made())))
})

test_that("a history is a table of its epochs", {
  expect_identical(as.data.frame(made()), data.frame(
    epoch = 1:3, loss = c(4, 2, 1), validation = c(5, 3, 4), lr = 0.1 / 1:3, seconds = 0.5
  ))
  expect_identical(nrow(as.data.frame(new_history("net"))), 0L)
})

test_that("tidy() and glance() of generics give plain data frames", {
  skip_if_not_installed("generics")
  tidy <- getExportedValue("generics", "tidy")
  glance <- getExportedValue("generics", "glance")
  expect_identical(tidy(made()), data.frame(
    epoch = c(1:3, 1:3), data = rep(c("training", "validation"), each = 3), loss = c(4, 2, 1, 5, 3, 4)
  ))
  expect_identical(glance(made()), data.frame(
    epochs = 3L, best = 2L, loss = 2, validation = 3, seconds = 1.5, ended = "epochs"
  ))
  last <- glance(made(validation = c(NA_real_, NA, NA), best = NA_integer_))
  expect_identical(last[c("loss", "validation")], data.frame(loss = 1, validation = NA_real_))
})

test_that("pictures show what there is", {
  withr::local_pdf(NULL)
  histories <- list(
    made(), made(validation = c(NA, NA, NA), best = NA_integer_), made(loss = c(1, -1, 0)), made(1, 2, 1L),
    made(loss = c(1, Inf, 2))
  )
  for (history in histories) {
    expect_identical(plot(history, main = "a training"), history)
    expect_invisible(plot(history))
  }
  expect_refusal(plot(new_history("net")), "argument", "x", "a history of one epoch or more")
  expect_refusal(plot(made(), main = 1), "type", "main", "a string or NULL")
  drawn <- read_picture(function() plot(made()))
  expect_true(all(c("epoch", "loss", "training", "validation") %in% drawn$all_words))
})

test_that("autoplot() draws the same curves", {
  skip_if_not_installed("ggplot2")
  withr::local_pdf(NULL)
  for (history in list(made(), made(validation = c(NA, NA, NA)), made(1, -2, 1L))) {
    picture <- ggplot2::autoplot(history, main = "a training")
    expect_s3_class(picture, "ggplot")
    expect_identical(ggplot2::layer_data(picture)$x, as.numeric(picture$data$epoch))
    drawn <- read_picture(function() print(picture))
    expect_true(all(c("epoch", "a training", unique(curves_of(history)$data)) %in% drawn$all_words))
  }
})
