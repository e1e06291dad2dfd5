# PReLU: its definition, and its gradients.

test_that("numbers that are not above zero are multiplied by the weight of their channel", {
  set.seed(21)
  for (shape in list(c(2, 3, 4, 5), c(3, 2, 5), c(300, 3, 1, 2), c(1, 3, 40, 30))) {
    x <- array(rnorm(prod(shape)), shape)
    x[1:2] <- 0
    g <- array(rnorm(prod(shape)), shape)
    rank <- length(shape)
    for (count in c(1, 3)) {
      m <- nn_prelu(count)
      m$weight <- rnorm(count)
      channel <- slice.index(x, rank - 2L)
      slope <- array(m$weight[if (count == 1) rep(1, length(x)) else channel], shape)
      expect_identical(m(x), ifelse(x > 0, x, slope * x))
      got <- m$backward(x, g)
      expect_identical(got$input, ifelse(x > 0, g, slope * g))
      below <- ifelse(x > 0, 0, g * x)
      sums <- if (count == 1) sum(below) else apply(below, rank - 2L, sum)
      expect_equal(got$weight, sums, tolerance = 1e-12)
      expect_named(m$backward(x, g, "weight"), "weight")
    }
  }
  m <- nn_prelu()
  for (x in list(c(-2, 3), matrix(c(-4, 0), 1), c(FALSE, TRUE))) {
    expect_identical(m(x), ifelse(x > 0, x + 0, 0.25 * x))
  }
  expect_identical(m(c(a = -4)), c(a = -1))
  expect_identical(m$backward(numeric(), numeric()), list(input = numeric(), weight = 0))
})

test_that("NaN and infinite numbers follow the formula", {
  x <- c(NaN, Inf, -Inf, 1)
  m <- nn_prelu(init = 0.5)
  expect_identical(m(x), c(NaN, Inf, -Inf, 1))
  expect_identical(m$backward(x, c(2, NaN, 2, 2))$input, c(1, NaN, 1, 2))
  expect_identical(m$backward(x[-1], c(NaN, 2, 2))$weight, -Inf)
  expect_identical(m$backward(x, c(1, 1, 1, 1))$weight, NaN)
})

test_that("PReLU has its place in chains, tiles and text", {
  set.seed(22)
  withr::local_options(nnconv.algorithm = "direct")
  net <- nn_sequential(nn_conv2d(2, 3, 3), nn_prelu(3, init = 0.3), nn_prelu())
  x <- random_array(2, 2, 9, 8)
  expect_identical(predict(net, x, tile = 3), net(x))
  expect_identical(format(net[[2]]), "nn_prelu(num_parameters = 3, init = 0.3)")
  expect_identical(format(eval(parse(text = format(net)))), format(net))
  expect_identical(toString(net[[2]]), "nn_prelu [3]")
  expect_length(nn_parameters_vector(net), 57 + 3 + 1)
  net[[2]]$weight <- 7:9
  expect_identical(net[[2]]$reset_parameters()$weight, rep(0.3, 3))
  expect_identical(net$clone()$state_dict(), net$state_dict())
})

test_that("PReLU checks its arguments, input and state", {
  expect_refusal(nn_prelu(0), "argument", "num_parameters", "one whole number between 1 and")
  expect_refusal(nn_prelu(init = NaN), "argument", "init", "one finite number, not NaN.")
  expect_refusal(nn_prelu(2)(1:2), "shape", "input", "an array (N, 2, H, W) or (2, H, W), not 1:2.")
  expect_refusal(nn_prelu()("a"), "type", "input", "a numeric or logical array")
  expect_refusal(nn_prelu()$backward(1:3, 1:2), "shape", "grad_output", "shape, [3], not 1:2.")
  expect_refusal(nn_prelu(2)$output_shape(c(3, 4, 4)), "argument", "dim", "(N, 2, H, W)")
  expect_refusal(nn_sequential(nn_conv2d(1, 3, 1), nn_prelu(2)), "argument", "...", "reads 3 channels")
  m <- nn_prelu(2)
  for (wrong in list("a", 1:2, 1, NULL)) {
    assign("weight", wrong, environment(m))
    expect_refusal(m(array(0, c(2, 3, 3))), "state", "weight", "as the layer or optimizer was made with")
  }
})
