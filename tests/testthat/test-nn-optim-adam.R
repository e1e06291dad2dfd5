# Adam: its steps, its state, and what it learns.

cases <- pytorch_training()
for (case in grep("adam", names(cases), value = TRUE)) {
  test_that(paste("PyTorch takes the same steps with", case), {
    expect_pytorch_steps(eval(parse(text = case)), cases[[case]])
  })
}

test_that("decoupled weight decay shrinks parameters beside Adam's step", {
  gradient <- c(0.3, -2)
  with <- nn_optim_adam(lr = 0.1, weight_decay = 0.5, decoupled = TRUE)
  without <- nn_optim_adam(lr = 0.1)
  p <- c(1, 2)
  for (i in 1:3) {
    step <- without(c(0, 0), gradient)
    expect_equal(with(p, gradient), (1 - 0.1 * 0.5) * p + step, tolerance = 1e-15)
  }
  expect_identical(nn_optim_adamw(lr = 0.1)(p, gradient),
                   nn_optim_adam(lr = 0.1, weight_decay = 0.01, decoupled = TRUE)(p, gradient))
})

test_that("Adam takes the steps of the paper's algorithm 1", {
  set.seed(92)
  adam <- nn_optim_adam(lr = 0.1, betas = c(0.8, 0.9), eps = 1e-3, weight_decay = 0.2)
  got <- p <- c(1, -2, 0.5)
  m <- v <- c(0, 0, 0)
  for (t in 1:10) {
    gradient <- stats::rnorm(3)
    rate <- if (t == 7) 0.01 else 0.1
    got <- if (t == 7) adam(got, gradient, lr = 0.01) else adam(got, gradient)
    for (i in 1:3) {
      g <- gradient[i] + 0.2 * p[i]
      m[i] <- 0.8 * m[i] + (1 - 0.8) * g
      v[i] <- 0.9 * v[i] + (1 - 0.9) * g^2
      p[i] <- p[i] - rate * (m[i] / (1 - 0.8^t)) / (sqrt(v[i] / (1 - 0.9^t)) + 1e-3)
    }
    expect_equal(got, p, tolerance = 1e-14)
    if (t == 5) adam <- unserialize(serialize(adam, NULL)) # goes on where it was
  }
  expect_output(print(adam), "weight_decay = 0.2, decoupled = FALSE)\nafter 10 steps", fixed = TRUE)
  expect_identical(dim(nn_optim_adam()(array(0, c(2, 3)), array(1, c(3, 2)))), c(2L, 3L))
})

test_that("Adam lowers the loss of a chain, in both types", {
  set.seed(93)
  x <- random_array(4, 1, 8, 8)
  target <- nnf_conv2d(x, array(1 / 9, c(1, 1, 3, 3)), padding = 1)
  for (dtype in dtypes) {
    net <- nn_sequential(
      nn_conv2d(1, 4, 3, stride = 2, padding = 1), nn_leaky_relu(0.1),
      nn_conv_transpose2d(4, 1, 4, stride = 2, padding = 1)
    )
    net$to(dtype)
    adam <- nn_optim_adam(lr = 0.02)
    losses <- vapply(1:150, function(i) {
      step <- net$backward(x, function(y) y - target, c("output", "weight", "bias"))
      nn_parameters_vector(net) <- adam(nn_parameters_vector(net), nn_parameters_vector(step))
      mean((step$output - target)^2)
    }, 0)
    expect_lt(losses[150], losses[1] / 4)
  }
})

# Drawings of a straight edge between black and white, and the same with cells twice as large.
edges <- function(count, side) {
  drawn <- array(0, c(count, 1, 4 * side, 4 * side))
  for (i in seq_len(count)) {
    angle <- stats::runif(1, 0, 2 * pi)
    at <- outer(seq_len(4 * side) * cos(angle), seq_len(4 * side) * sin(angle), "+")
    drawn[i, 1, , ] <- at > stats::quantile(at, stats::runif(1, 0.3, 0.7))
  }
  means <- function(x) nnf_conv2d(x, array(1 / 4, c(1, 1, 2, 2)), stride = 2)
  list(fine = means(drawn), coarse = means(means(drawn)))
}

# The error of the linear map from `reach` cells on each side that fits `from` best, on `to`; for each
# place of a fine cell within the coarse one by itself, so that no kernel can do better on `from`.
error_of_linear <- function(from, to, reach) {
  seen <- function(coarse) {
    wide <- nnf_pad(coarse, rep(reach, 4), mode = "replicate")
    at <- expand.grid(row = 0:(2 * reach), column = 0:(2 * reach))
    cbind(1, mapply(function(row, column) {
      c(wide[, 1, row + seq_len(dim(coarse)[3]), column + seq_len(dim(coarse)[4])])
    }, at$row, at$column))
  }
  places <- expand.grid(row = 1:2, column = 1:2)
  squares <- mapply(function(row, column) {
    of <- function(fine) {
      c(fine[, 1, seq(row, dim(fine)[3], 2), seq(column, dim(fine)[4], 2)])
    }
    fit <- stats::lm.fit(seen(from$coarse), of(from$fine))
    mean((drop(seen(to$coarse) %*% fit$coefficients) - of(to$fine))^2)
  }, places$row, places$column)
  sqrt(mean(squares))
}

test_that("a network enlarges edges better than any linear map that sees as much", {
  set.seed(94)
  shown <- edges(300, 12)
  unseen <- edges(100, 12)
  linear <- error_of_linear(shown, unseen, reach = 3)

  # Cells of the result depend on 7 x 7 cells; the first channels begin as bilinear interpolation.
  net <- nn_sequential(
    nn_conv2d(1, 8, 3, padding = 2, padding_mode = "replicate"), nn_leaky_relu(0.1),
    nn_conv2d(8, 8, 3, padding = 1, padding_mode = "replicate"), nn_leaky_relu(0.1),
    nn_conv_transpose2d(8, 1, 6, stride = 2, padding = 4)
  )
  net[[1]]$weight[1, 1, , ] <- c(0, 0, 0, 0, 1, 0, 0, 0, 0)
  net[[3]]$weight[1, , , ] <- 0
  net[[3]]$weight[1, 1, 2, 2] <- 1
  net[[5]]$weight[] <- net[[5]]$weight / 10
  net[[5]]$weight[1, 1, , ] <- nnf_pad(nn_init_bilinear(1, 1, 4), c(1, 1, 1, 1))
  for (i in c(1, 3, 5)) net[[i]]$bias[1] <- 0
  adam <- nn_optim_adam()
  for (i in 1:400) {
    drawn <- sample(300, 16)
    target <- shown$fine[drawn, , , , drop = FALSE]
    step <- net$backward(
      shown$coarse[drawn, , , , drop = FALSE], function(y) 2 * (y - target) / length(y),
      c("weight", "bias")
    )
    nn_parameters_vector(net) <- adam(
      nn_parameters_vector(net), nn_parameters_vector(step), lr = 0.005 * (1 + cos(pi * i / 400)) / 2
    )
  }
  expect_lt(sqrt(mean((net(unseen$coarse) - unseen$fine)^2)), 0.9 * linear)
})

test_that("nn_optim_adam() checks its arguments", {
  for (argument in c("lr", "eps", "weight_decay")) {
    for (bad in list(-1, NA_real_, 1:2, Inf)) {
      expect_refusal(do.call(nn_optim_adam, stats::setNames(list(bad), argument)), "argument",
                     argument, "one finite number of at least 0, not ")
    }
    expect_refusal(do.call(nn_optim_adam, stats::setNames(list("a"), argument)), "type", argument,
                   "not \"a\".")
  }
  for (bad in list(0.9, c(0.9, 1), c(-0.1, 0.5))) {
    expect_refusal(nn_optim_adam(betas = bad), "argument", "betas",
                   "2 finite numbers of at least 0 and below 1, not ")
  }
  adam <- nn_optim_adam()
  expect_refusal(adam(1:3, 1:2), "shape", "gradient", "of length 3, as `parameters`, not c(1, 2).")
  expect_refusal(adam("a", 1), "type", "parameters", "not \"a\".")
  expect_refusal(adam(1, NULL), "type", "gradient", "not NULL.")
  expect_refusal(adam(1, 1, lr = -1), "argument", "lr", "of at least 0, not -1.")
  adam(1:3, 1:3)
  expect_refusal(adam(1:2, 1:2), "shape", "parameters", "of length 3, as in the steps before")
})
