# Recovery: what is trained on data with known properties finds them, from any start, with any of
# the optimizers and losses, the better the more data; and noise changes as much as it should.

# A layer of given weights, and images with what it makes of them.
teacher_and_data <- function(make, images, noise = 0) {
  teacher <- make()
  x <- random_array(images, 2, 6, 5)
  y <- teacher(x)
  list(teacher = teacher, x = x, y = y + noise * random_array(dim(y)))
}

architectures <- list(
  conv2d = function() nn_conv2d(2, 2, 2),
  conv_transpose2d = function() nn_conv_transpose2d(2, 1, 3, stride = 2, padding = 1),
  chain = function() nn_sequential(nn_conv2d(2, 3, 1), nn_conv_transpose2d(3, 1, 2, stride = 2))
)

# A loss of the residuals, and its derivative.
losses <- list(
  squares = list(value = function(r) mean(r^2) / 2, gradient = function(r) r / length(r)),
  log_cosh = list(value = function(r) mean(log(cosh(r))), gradient = function(r) tanh(r) / length(r))
)

by_optim <- function(m, data, loss, ...) {
  value <- function(p) {
    nn_parameters_vector(m) <- p
    loss$value(m(data$x) - data$y)
  }
  gradient <- function(p) {
    nn_parameters_vector(m) <- p
    nn_parameters_vector(m$backward(data$x, function(y) loss$gradient(y - data$y)))
  }
  fit <- stats::optim(nn_parameters_vector(m), value, gradient, method = "BFGS",
                      control = list(maxit = 500, reltol = 1e-14))
  nn_parameters_vector(m) <- fit$par
  fit$value
}

by_adam <- function(m, data, loss, epochs = 800, lr = 0.03) {
  adam <- nn_optim_adam(lr = lr)
  for (i in seq_len(epochs)) {
    step <- m$backward(data$x, function(y) loss$gradient(y - data$y), c("weight", "bias"))
    nn_parameters_vector(m) <- adam(nn_parameters_vector(m), nn_parameters_vector(step))
  }
  loss$value(m(data$x) - data$y)
}

test_that("every architecture learns what another one of its kind does, by every way", {
  optimizers <- list(optim = by_optim, adam = by_adam)
  table <- expand.grid(make = names(architectures), optimizer = names(optimizers),
                       loss = names(losses), stringsAsFactors = FALSE)
  for (i in seq_len(nrow(table))) {
    row <- table[i, ]
    set.seed(i)
    make <- architectures[[row$make]]
    data <- teacher_and_data(make, 4)
    m <- make()
    loss <- losses[[row$loss]]
    before <- loss$value(m(data$x) - data$y)
    after <- optimizers[[row$optimizer]](m, data, loss)
    expect_lt(after, before / 1e4, label = toString(row))
  }
})

test_that("the weights are found from any start, up to a tolerance", {
  for (make in architectures[1:2]) { # a chain may come to the same by other weights
    set.seed(1)
    data <- teacher_and_data(make, 4)
    for (seed in 2:4) {
      set.seed(seed)
      m <- make()
      by_optim(m, data, losses$squares)
      expect_true(all.equal(m, data$teacher, tolerance = 1e-4))
    }
  }
})

test_that("with noise in the data, the weights are found the better the more images there are", {
  error <- function(images, seed) {
    set.seed(seed)
    data <- teacher_and_data(architectures$conv2d, images, noise = 0.5)
    m <- architectures$conv2d()
    by_optim(m, data, losses$squares)
    sqrt(mean((nn_parameters_vector(m) - nn_parameters_vector(data$teacher))^2))
  }
  mean_error <- function(images) mean(vapply(1:5, function(seed) error(images, seed), 0))
  few <- mean_error(4)
  many <- mean_error(64)
  expect_lt(many, few / 2) # a quarter is what statistics promise
})

test_that("more epochs lower the loss, and a learning rate that is too large ends farther from it", {
  set.seed(5)
  data <- teacher_and_data(architectures$conv_transpose2d, 4)
  start <- architectures$conv_transpose2d()
  after <- function(...) by_adam(start$clone(), data, losses$squares, ...)
  losses_by_epoch <- vapply(c(0, 10, 100, 400), function(n) after(epochs = n), 0)
  expect_true(all(diff(losses_by_epoch) < 0))
  expect_gt(after(epochs = 100, lr = 100), losses_by_epoch[1L])
  expect_gt(after(epochs = 100, lr = 1e-6), losses_by_epoch[1L] * 0.99)
})

test_that("noise of the last digits changes the last digits only", {
  set.seed(6)
  for (i in 1:20) {
    g <- random_geometry()
    x <- random_array(g$batch, g$in_channels, g$size)
    m <- nn_conv_transpose2d(g$in_channels, g$out_channels, g$kernel_size, g$stride, g$padding,
                             g$output_padding, g$groups, g$bias, g$dilation, g$mode)
    noise <- 1 + .Machine$double.eps * array(sample(-1:1, length(x), TRUE), dim(x))
    expect_lte(relative_error(m(x * noise), m(x)), 1e-13, label = label_of(g))
  }
})
