# Runs of a training: steps, validation, the best parameters, and its ends.

small_data <- function(n = 12) {
  x <- random_array(n, 1, 5, 5)
  list(x = x, y = nnf_conv2d(x, array(1 / 9, c(1, 1, 3, 3)), padding = 1))
}
small_net <- function() {
  nn_sequential(nn_conv2d(1, 4, 3, padding = 1), nn_batch_norm2d(4), nn_relu(), nn_conv2d(4, 1, 3, padding = 1))
}
wanted <- c("weight", "bias")

test_that("an epoch is the loop that one writes by hand, bit for bit", {
  set.seed(1)
  data <- small_data()
  by_fit <- small_net()
  by_hand <- by_fit$clone()
  loss <- nn_mse_loss()
  set.seed(2)
  history <- nn_fit(by_fit, data$x, data$y, loss, nn_optim_adam(by_fit, lr = 0.05), epochs = 3, batch_size = 4,
                    schedule = function(epoch) 1 / epoch)
  set.seed(2)
  adam <- nn_optim_adam(by_hand)
  for (epoch in 1:3) {
    adam$lr <- 0.05 / epoch
    order <- sample(12)
    losses <- numeric()
    for (chosen in split(order, rep(1:3, each = 4))) {
      x <- data$x[chosen, , , , drop = FALSE]
      y <- data$y[chosen, , , , drop = FALSE]
      gradients <- by_hand$backward(x, function(output) {
        losses <<- c(losses, loss(output, y))
        loss$backward(output, y)
      }, wanted)
      adam$step(gradients)
    }
    expect_equal(history$loss[epoch], mean(losses), tolerance = 1e-15)
  }
  expect_identical(by_fit$state_dict(), by_hand$state_dict())
  expect_identical(history$lr, 0.05 / 1:3)
})

test_that("validation is in evaluation mode, and judges all of its images", {
  set.seed(3)
  data <- small_data(10)
  net <- small_net()
  seen <- numeric()
  history <- nn_fit(net, data$x, data$y, validation = list(data$x[1:7, , , , drop = FALSE],
                    data$y[1:7, , , , drop = FALSE]), epochs = 2, batch_size = 3, callbacks = function(history) {
    seen <<- c(seen, nn_mse_loss()(net$eval()(data$x[1:7, , , , drop = FALSE]), data$y[1:7, , , , drop = FALSE]))
  })
  expect_equal(history$validation, seen, tolerance = 1e-12)
})

test_that("the net ends with the parameters and buffers of its best epoch", {
  set.seed(4)
  data <- small_data(20)
  for (how in c("validation", "patience", "neither")) {
    net <- small_net()
    states <- list()
    history <- nn_fit(
      net, data$x, data$y, optimizer = nn_optim_adam(net, lr = 0.3), epochs = 8, batch_size = 5,
      validation = if (how == "validation") 0.3, patience = if (how == "patience") 100,
      callbacks = function(history) states[[length(history$loss)]] <<- lapply(net$state_dict(), identity)
    )
    expect_length(states, 8)
    best <- switch(how, validation = which.min(history$validation), patience = which.min(history$loss), 8L)
    expect_identical(net$state_dict(), states[[best]])
    expect_identical(history$best, if (how == "neither") NA_integer_ else best)
    expect_identical(history$ended, "epochs")
  }
})

test_that("patience ends the training", {
  set.seed(5)
  data <- small_data()
  net <- small_net()
  history <- nn_fit(net, data$x, data$y, optimizer = nn_optim_sgd(net, lr = 0), epochs = 50, patience = 3,
                    validation = list(data$x, data$y))
  expect_identical(history$ended, "patience")
  best <- which.min(history$validation)
  expect_length(history$loss, best + 3L)
})

test_that("a callback sees the history and may end the training", {
  set.seed(6)
  data <- small_data()
  net <- small_net()
  counts <- numeric()
  history <- nn_fit(net, data$x, data$y, epochs = 9, callbacks = list(
    function(history) counts <<- c(counts, length(history$loss)),
    function(history) if (length(history$loss) == 4) "stop"
  ))
  expect_identical(counts, c(1, 2, 3, 4))
  expect_identical(history$ended, "callback")
  expect_length(history$loss, 4)
})

test_that("modes are as before, after an error too", {
  set.seed(7)
  data <- small_data()
  net <- small_net()$eval()
  net[[2]]$train()
  modes <- function() vapply(1:4, function(i) net[[i]]$training, NA)
  before <- modes()
  during <- NULL
  augment <- function(x, y) {
    during <<- modes()
    list(x, y)
  }
  nn_fit(net, data$x, data$y, epochs = 1, augment = augment)
  expect_identical(modes(), before)
  expect_identical(during, rep(TRUE, 4))
  expect_error(nn_fit(net, data$x, data$y, epochs = 1, callbacks = function(history) stop("my own")), "my own")
  expect_identical(modes(), before)
  expect_false(net$training)
})

test_that("an interrupt ends the training, and another call goes on", {
  set.seed(8)
  data <- small_data()
  net <- small_net()
  optimizer <- nn_optim_adam(net, lr = 0.05)
  interrupt <- function() signalCondition(structure(class = c("interrupt", "condition"), list(message = "", call = NULL)))
  calls <- 0
  augment <- function(x, y) {
    calls <<- calls + 1
    if (calls == 8) interrupt() # in the third epoch
    list(x, y)
  }
  history <- nn_fit(net, data$x, data$y, optimizer = optimizer, epochs = 5, batch_size = 4, augment = augment,
                    validation = list(data$x, data$y))
  expect_identical(history$ended, "interrupt")
  expect_length(history$loss, 2)
  expect_identical(optimizer$steps, 7)
  best <- which.min(history$validation)
  expect_identical(history$best, best)
  expect_equal(nn_mse_loss()(net$eval()(data$x), data$y), min(history$validation))
  nn_fit(net, data$x, data$y, optimizer = optimizer, epochs = 1, batch_size = 4)
  expect_identical(optimizer$steps, 10)
})

test_that("a loss that is not finite is refused, with the history, and leaves the last good parameters", {
  set.seed(9)
  data <- small_data()
  net <- small_net()
  y <- data$y
  before <- NULL
  augment <- function(x, y) {
    if (environment(optimizer)$steps == 5) {
      before <<- coef(net)
      y[1] <- NaN
    }
    list(x, y)
  }
  optimizer <- nn_optim_sgd(net, lr = 0.1)
  error <- refusal(nn_fit(net, data$x, y, optimizer = optimizer, epochs = 9, batch_size = 4, augment = augment))
  expect_s3_class(error, "nnconv_error_loss")
  expect_identical(error$argument, "loss")
  expect_match(conditionMessage(error), "finite in every step, not NaN in step 3 of epoch 2.", fixed = TRUE)
  expect_identical(error$history$ended, "loss")
  expect_length(error$history$loss, 1)
  expect_identical(coef(net), before)
  expect_identical(conditionCall(error)[[1]], quote(nn_fit))
})

test_that("set.seed() repeats a training", {
  set.seed(10)
  data <- small_data()
  start <- nn_sequential(nn_conv2d(1, 4, 3, padding = 1), nn_dropout(0.5), nn_conv2d(4, 1, 1))
  train <- function() {
    net <- start$clone()
    set.seed(11)
    history <- nn_fit(net, data$x, data$y, epochs = 3, batch_size = 5, validation = 0.25)
    list(net$state_dict(), history[c("loss", "validation", "best")])
  }
  expect_identical(train(), train())
})

test_that("progress is a line on the standard error", {
  set.seed(12)
  data <- small_data()
  net <- small_net()
  shown <- utils::capture.output(
    nn_fit(net, data$x, data$y, epochs = 2, batch_size = 6, validation = 0.3, progress = TRUE), type = "message"
  )
  lines <- strsplit(paste(shown, collapse = "\n"), "\r")[[1]]
  expect_match(lines[2], "^epoch 1 of 2, step 1 of 2: loss [0-9.e-]+$")
  expect_match(lines[length(lines)], "^epoch 2 of 2, step 2 of 2: loss [0-9.e-]+, validation [0-9.e-]+ *$")
  expect_silent(nn_fit(net, data$x, data$y, epochs = 1, progress = FALSE))
})
