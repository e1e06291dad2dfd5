# What the refusals of training say, as a snapshot; test-messages.R has the others.

test_that("optimizers of modules", {
  m <- nn_conv2d(1, 1, 1)
  adam <- nn_optim_adam(m)
  both <- nn_optim_adam(list(m, nn_prelu()))
  g <- list(weight = array(0, c(1, 1, 1, 1)), bias = 0)
  expect_refusals(
    "type parameters" = nn_optim_adam(0.1),
    "type parameters" = nn_optim_adam(coef(m)),
    "argument parameters" = nn_optim_adam(nn_relu()),
    "argument parameters" = nn_optim_adam(list(m, m)),
    "argument parameters" = adam(1, 1),
    "member step" = nn_optim_adam()$step(g),
    "member name" = adam$rate,
    "member name" = adam$steps <- 1,
    "type gradients" = adam$step(1),
    "type gradients" = both$step(list(g)),
    "argument gradients" = adam$step(g["bias"]),
    "argument gradients" = adam$step(c(g, more = 1)),
    "shape gradients$bias" = adam$step(replace(g, "bias", list(1:2)))
  )
})

test_that("losses", {
  mse <- nn_mse_loss()
  entropy <- nn_cross_entropy_loss()
  own <- nn_loss(function(output, target) output, function(output, target) 1)
  x <- array(0, c(2, 3, 4))
  expect_refusals(
    "argument reduction" = nn_mse_loss("none"),
    "shape target" = mse(1:3, 1:2),
    "shape target" = mse(array(0, c(1, 2, 3, 3)), array(0, c(1, 2, 4, 4))),
    "type output" = mse("a", 1),
    "shape output" = entropy(1:3, 1),
    "shape target" = entropy(x, 1:2),
    "argument target" = entropy(x, array(0:3, c(2, 4))),
    "member name" = mse$forward,
    "type value" = nn_loss(1, sum),
    "type gradient" = nn_loss(sum, function(x) x),
    "type value" = own(1:2, 1:2),
    "shape gradient" = own$backward(1:2, 1:2)
  )
})

test_that("trainings", {
  m <- nn_conv2d(1, 1, 1)
  x <- array(0, c(4, 1, 2, 2))
  draw <- function(n) list(x, x)
  expect_refusals(
    "type loss" = nn_fit(m, x, x, sum),
    "type optimizer" = nn_fit(m, x, x, optimizer = nn_optim_adam),
    "argument optimizer" = nn_fit(m, x, x, optimizer = nn_optim_adam()),
    "argument optimizer" = nn_fit(m, x, x, optimizer = nn_optim_adam(nn_prelu())),
    "type callbacks" = nn_fit(m, x, x, callbacks = 1),
    "type augment" = nn_fit(m, x, x, augment = function(x) x),
    "type augment" = nn_fit(m, x, x, augment = function(x, y) x),
    "shape x" = nn_fit(m, function(n) list(x, 1:3)),
    "shape x" = nn_fit(m, 1:4, 1:4),
    "type y" = nn_fit(m, x),
    "shape y" = nn_fit(m, x, 1:3),
    "argument y" = nn_fit(m, draw, x),
    "argument steps" = nn_fit(m, x, x, steps = 2),
    "argument validation" = nn_fit(m, draw, validation = 0.1),
    "argument validation" = nn_fit(m, x, x, validation = 0.01),
    "type validation" = nn_fit(m, x, x, validation = "a"),
    "argument schedule" = nn_fit(m, x, x, schedule = function(epoch) -1),
    "loss loss" = nn_fit(m, x, x + Inf),
    "argument x" = plot(new_history("net"))
  )
})
