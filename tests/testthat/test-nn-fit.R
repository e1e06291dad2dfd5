# nn_fit(): what it trains, and what it refuses.

set.seed(1)
x <- random_array(40, 2, 6, 6)

test_that("nn_fit() finds the weights of another layer, with every loss that has its minimum there", {
  teacher <- nn_conv2d(2, 2, 3)
  targets <- list(
    list(nn_mse_loss(), teacher(x)), list(nn_l1_loss(), teacher(x)),
    list(nn_bce_with_logits_loss(), 1 / (1 + exp(-teacher(x))))
  )
  for (target in targets) {
    m <- nn_conv2d(2, 2, 3)
    history <- nn_fit(m, x, target[[2]], target[[1]], nn_optim_adam(m, lr = 0.05), epochs = 150, batch_size = 20,
                      schedule = function(epoch) 1 - (epoch - 1) / 150)
    expect_true(all.equal(m, teacher, tolerance = 0.02), label = class(target[[1]])[1])
    expect_s3_class(history, "nnconv_history")
    expect_false(withVisible(nn_fit(m, x, target[[2]], epochs = 1))$visible)
  }
})

test_that("a classifier of pixels learns", {
  set.seed(2)
  classes <- apply(x, c(1, 3, 4), function(pixel) 1 + (pixel[1] > 0) + (pixel[1] > 0 && pixel[2] > 0))
  net <- nn_sequential(nn_conv2d(2, 12, 1), nn_relu(), nn_conv2d(12, 3, 1))
  nn_fit(net, x, classes, nn_cross_entropy_loss(), nn_optim_adam(net, lr = 0.05), epochs = 60, batch_size = 10)
  found <- apply(net(x), c(1, 3, 4), which.max)
  expect_gt(mean(found == classes), 0.95)
})

test_that("an optimizer of a part trains that part only", {
  set.seed(3)
  net <- nn_sequential(nn_conv2d(2, 3, 3), nn_relu(), nn_sequential(nn_conv2d(3, 2, 1), nn_prelu()))
  before <- net$state_dict()
  nn_fit(net, x, x[, , 1:4, 1:4], optimizer = nn_optim_adam(list(net$`2.1`, net$`2.0`)), epochs = 1)
  same <- mapply(identical, before, net$state_dict())
  expect_identical(names(same)[same], c("0.weight", "0.bias"))
})

test_that("augment changes the batches of the training alone", {
  set.seed(4)
  m <- nn_conv2d(1, 1, 1)
  x <- array(1, c(10, 1, 2, 2))
  history <- nn_fit(m, x, x, optimizer = nn_optim_adam(m, lr = 0.1), epochs = 300, validation = list(x, x),
                    augment = function(x, y) list(x, y + 1), patience = 300)
  last <- length(history$loss)
  expect_lt(history$loss[last], 0.01)
  expect_gt(history$validation[last], 0.5) # targets of validation are not 2 but 1
})

test_that("fit() of generics is nn_fit()", {
  skip_if_not_installed("generics")
  fit <- getExportedValue("generics", "fit")
  m <- nn_conv2d(2, 1, 1)
  copy <- m$clone()
  set.seed(5)
  fit(m, x, x[, 1, , , drop = FALSE], epochs = 2)
  set.seed(5)
  nn_fit(copy, x, x[, 1, , , drop = FALSE], epochs = 2)
  expect_true(all.equal(m, copy, tolerance = 0))
})

test_that("nn_fit() checks its arguments", {
  m <- nn_conv2d(2, 2, 1)
  fit <- function(...) {
    given <- list(...)
    usual <- list(net = m, x = x, y = x)
    do.call(nn_fit, c(given, usual[setdiff(names(usual), names(given))]))
  }
  expect_refusal(fit(net = 1), "type", "net", "not 1.")
  expect_refusal(fit(net = nn_relu()), "argument", "parameters", "a module that has parameters")
  expect_refusal(fit(loss = "mse"), "type", "loss", "a loss such as nn_mse_loss(), or one of nn_loss(), not \"mse\".")
  expect_refusal(fit(optimizer = nn_optim_adam), "type", "optimizer", "an optimizer of `net` or of a part of it")
  expect_refusal(fit(optimizer = nn_optim_adam()), "argument", "optimizer", "not one of vectors.")
  expect_refusal(fit(optimizer = nn_optim_adam(m$clone())), "argument", "optimizer", "not one of other modules.")
  expect_refusal(fit(epochs = 0), "argument", "epochs", "between 1 and")
  expect_refusal(fit(batch_size = 1.5), "argument", "batch_size", "not 1.5.")
  expect_refusal(fit(patience = 0), "argument", "patience", "not 0.")
  expect_refusal(fit(schedule = 0.1), "type", "schedule", "a function of one argument, not 0.1.")
  expect_refusal(fit(schedule = function(epoch) -1), "argument", "schedule", "of at least 0, not -1.")
  expect_refusal(fit(augment = function(x) x), "type", "augment", "not one of one argument.")
  expect_refusal(fit(augment = function(x, y) x), "type", "augment", "one that returns")
  expect_refusal(fit(callbacks = 1), "type", "callbacks", "a function or a list of functions, not 1.")
  expect_refusal(fit(callbacks = list(1)), "type", "callbacks", "a function of one argument, not 1.")
  expect_refusal(fit(progress = NA), "argument", "progress", "TRUE or FALSE, not NA.")
  expect_refusal(fit(y = x[, 1, , ]), "shape", "target", "of the output's shape")
})
