# Gradient descent: its steps, against plain loops and PyTorch.

cases <- pytorch_training()
for (case in grep("sgd", names(cases), value = TRUE)) {
  test_that(paste("PyTorch takes the same steps with", case), {
    expect_pytorch_steps(eval(parse(text = case)), cases[[case]])
  })
}

test_that("gradient descent is its formula, with every form of momentum", {
  set.seed(10)
  for (nesterov in c(FALSE, TRUE)) {
    dampening <- if (nesterov) 0 else 0.4
    sgd <- nn_optim_sgd(lr = 0.1, momentum = 0.7, dampening = dampening, weight_decay = 0.2,
                        nesterov = nesterov)
    got <- p <- c(1, -2, 0.5)
    v <- numeric(3)
    for (t in 1:8) {
      gradient <- stats::rnorm(3)
      rate <- if (t == 5) 0.01 else 0.1
      got <- if (t == 5) sgd(got, gradient, lr = 0.01) else sgd(got, gradient)
      for (i in 1:3) {
        g <- gradient[i] + 0.2 * p[i]
        v[i] <- if (t == 1) g else 0.7 * v[i] + (1 - dampening) * g
        p[i] <- p[i] - rate * (if (nesterov) g + 0.7 * v[i] else v[i])
      }
      expect_equal(got, p, tolerance = 1e-14)
      if (t == 3) sgd <- unserialize(serialize(sgd, NULL)) # goes on where it was
    }
  }
  expect_identical(nn_optim_sgd(lr = 0.5)(matrix(1:4, 2), 1:4), matrix(1:4 / 2, 2))
})

test_that("nn_optim_sgd() checks its arguments", {
  for (argument in c("lr", "momentum", "weight_decay")) {
    expect_refusal(do.call(nn_optim_sgd, stats::setNames(list(-1), argument)), "argument", argument,
                   "one finite number of at least 0, not -1.")
  }
  expect_refusal(nn_optim_sgd(dampening = 2), "argument", "dampening", "at most 1, not 2.")
  expect_refusal(nn_optim_sgd(nesterov = 1), "type", "nesterov", "TRUE or FALSE, not 1.")
  expect_refusal(nn_optim_sgd(nesterov = TRUE), "argument", "nesterov", "FALSE without momentum")
  expect_refusal(nn_optim_sgd(momentum = 0.9, dampening = 0.1, nesterov = TRUE), "argument",
                 "nesterov", "or with dampening, not TRUE.")
  sgd <- nn_optim_sgd(momentum = 0.9)
  sgd(1:3, 1:3)
  expect_refusal(sgd(1:2, 1:2), "shape", "parameters", "of length 3, as in the steps before")
})
