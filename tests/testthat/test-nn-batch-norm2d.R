# Batch normalization: its definition channel by channel, its gradients and its buffers.

# One value for each channel, for all elements of an image x.
of_channels <- function(values, x) {
  shape <- image_shape(dim(x))
  array(rep(rep(values, each = shape[1]), shape[3] * shape[4]), dim(x))
}

# The definition, channel by channel.
reference_batch_norm <- function(x, weight, bias, eps) {
  channel <- function(values) {
    mean <- sum(values) / length(values)
    (values - mean) / sqrt(sum((values - mean)^2) / length(values) + eps)
  }
  at <- of_channels(seq_along(weight), x)
  y <- x
  for (c in seq_along(weight)) y[at == c] <- channel(x[at == c]) * weight[c] + bias[c]
  y
}

with_random_parameters <- function(m) {
  count <- m$num_features
  state <- list(weight = rnorm(count), bias = rnorm(count), running_mean = rnorm(count),
                running_var = 0.5 + runif(count), num_batches_tracked = 3)
  m$load_state_dict(state[names(m$state_dict())])
}

shapes <- list(c(2, 3, 4, 5), c(3, 2, 5), c(1, 1, 1, 900), c(300, 2, 1, 1), c(1, 300, 2, 2), c(7, 40, 9, 3))

test_that("channels are normalized by their own mean and variance, and gradients follow", {
  set.seed(11)
  for (shape in shapes) {
    x <- array(rnorm(prod(shape)), shape)
    g <- array(rnorm(prod(shape)), shape)
    m <- with_random_parameters(nn_batch_norm2d(image_shape(shape)[2], eps = 0.01))
    y <- reference_batch_norm(x, m$weight, m$bias, 0.01)
    expect_identical(dim(m(x)), dim(x))
    expect_equal(m(x), y, tolerance = 1e-13)
    got <- m$backward(x, g)
    at <- of_channels(seq_len(m$num_features), x)
    sums <- function(values) as.vector(rowsum(as.vector(values), as.vector(at)))
    expect_equal(got$bias, sums(g), tolerance = 1e-12)
    plain <- (y - of_channels(m$bias, x)) / of_channels(m$weight, x)
    expect_equal(got$weight, sums(g * plain), tolerance = 1e-10)
    for (i in sample(length(x), 5)) {
      slope <- (sum(g * m(replace(x, i, x[i] + 1e-5))) - sum(g * m(replace(x, i, x[i] - 1e-5)))) / 2e-5
      expect_equal(got$input[i], slope, tolerance = 1e-6)
    }
  }
})

test_that("running values follow the momentum, and take the unbiased variance", {
  set.seed(12)
  batches <- replicate(3, array(rnorm(60, 2, 3), c(2, 3, 2, 5)), simplify = FALSE)
  of_batch <- function(x, f) apply(x, 2, f)
  m <- nn_batch_norm2d(3, momentum = 0.3)
  plain <- nn_batch_norm2d(3, momentum = NULL)
  mean <- rep(0, 3)
  var <- rep(1, 3)
  for (x in batches) {
    m(x)
    plain$backward(x, x)
    mean <- 0.7 * mean + 0.3 * of_batch(x, base::mean)
    var <- 0.7 * var + 0.3 * of_batch(x, stats::var)
  }
  expect_equal(m$buffers, list(running_mean = mean, running_var = var, num_batches_tracked = 3))
  expect_equal(plain$running_mean, rowMeans(sapply(batches, of_batch, base::mean)))
  expect_equal(plain$running_var, rowMeans(sapply(batches, of_batch, stats::var)))
  m$eval()
  before <- m$state_dict()
  x <- batches[[1]]
  expected <- (x - of_channels(mean, x)) / sqrt(of_channels(var, x) + 1e-5)
  expect_equal(m(x), expected, tolerance = 1e-13)
  got <- m$backward(x, x)
  expect_equal(got$input, x / sqrt(of_channels(var, x) + 1e-5), tolerance = 1e-13)
  expect_equal(got$weight, of_batch(x * expected, sum), tolerance = 1e-12)
  expect_identical(m$state_dict(), before)
  expect_equal(m$reset_parameters()$buffers,
               list(running_mean = rep(0, 3), running_var = rep(1, 3), num_batches_tracked = 0))
})

test_that("channels far from zero lose no digits", {
  set.seed(13)
  x <- array(rnorm(6000), c(4, 3, 20, 25))
  far <- x + 2^20
  x <- far - 2^20 # the same numbers, exactly
  for (m in list(nn_batch_norm2d(3), nn_batch_norm2d(3, track_running_stats = FALSE)$eval())) {
    expect_equal(m(far), m(x), tolerance = 1e-9)
    expect_equal(m$backward(far, x^2)$input, m$backward(x, x^2)$input, tolerance = 1e-9)
  }
  expect_equal(r_channel_moments(far, dim(x) + 0)$squares, r_channel_moments(x, dim(x) + 0)$squares,
               tolerance = 1e-14)
})

test_that("results do not depend on threads", {
  set.seed(14)
  before <- nn_threads()
  withr::defer(nn_threads(before))
  x <- array(rnorm(2^20), c(4, 16, 128, 128))
  m <- nn_batch_norm2d(16)
  results <- lapply(1:3, function(threads) {
    nn_threads(threads)
    m$reset_parameters()
    list(m(x), m$backward(x, x), m$buffers)
  })
  expect_identical(results[[2]], results[[1]])
  expect_identical(results[[3]], results[[1]])
})

test_that("without parameters or buffers, none are there", {
  set.seed(15)
  x <- array(rnorm(40), c(2, 2, 2, 5))
  m <- nn_batch_norm2d(2, affine = FALSE)
  expect_identical(names(m$state_dict()), c("running_mean", "running_var", "num_batches_tracked"))
  expect_equal(m(x), reference_batch_norm(x, c(1, 1), c(0, 0), 1e-5), tolerance = 1e-13)
  expect_named(m$backward(x, x), "input")
  m <- nn_batch_norm2d(2, track_running_stats = FALSE)
  expect_identical(names(m$state_dict()), c("weight", "bias"))
  expect_identical(m$clone()$eval()(x), m(x))
  expect_identical(m$clone()$eval()$backward(x, x), m$backward(x, x))
})

test_that("a batch without images changes nothing, and a failing call neither", {
  m <- nn_batch_norm2d(2)
  net <- nn_sequential(m, nn_conv2d(2, 1, 9))
  before <- m$state_dict()
  empty <- array(0, c(0, 2, 3, 3))
  expect_identical(m(empty), empty)
  expect_identical(m$backward(empty, empty), list(input = empty, weight = c(0, 0), bias = c(0, 0)))
  x <- array(1:36 / 7, c(2, 2, 3, 3))
  expect_error(net(x), class = "nnconv_error_shape")
  expect_error(net$backward(x, x), class = "nnconv_error_shape")
  expect_error(m$backward(x, function(y) stop("no")), "no")
  expect_identical(m$state_dict(), before)
})

test_that("infinite numbers and NaN spoil their channel only", {
  for (bad in c(NaN, Inf, -Inf)) {
    x <- array(sin(1:60), c(2, 3, 2, 5))
    x[2, 2, 1, 3] <- bad
    m <- nn_batch_norm2d(3)
    good <- reference_batch_norm(x, c(1, 1, 1), c(0, 0, 0), 1e-5)[, c(1, 3), , ]
    expect_equal(m(x)[, c(1, 3), , ], good, tolerance = 1e-13)
    expect_true(all(is.nan(m(x)[, 2, , ])))
    expect_true(all(is.finite(m$running_var[c(1, 3)])))
    m <- nn_batch_norm2d(3)$eval()
    expect_equal(m(x), x / sqrt(1 + 1e-5), tolerance = 1e-13)
  }
})

test_that("tiles give the same bits in eval, and are refused in training", {
  set.seed(16)
  withr::local_options(nnconv.algorithm = "direct")
  net <- nn_sequential(nn_conv2d(2, 3, 3, padding = 1), with_random_parameters(nn_batch_norm2d(3)))
  x <- random_array(2, 2, 9, 8)
  expect_refusal(predict(net, x, tile = 3), "argument", "tile", "`eval()` selects the running statistics")
  expect_refusal(predict(net, x, batch_size = 1), "argument", "batch_size",
                 "`eval()` selects the running statistics")
  net$eval()
  expect_identical(predict(net, x, tile = 3), net(x))
  expect_identical(predict(net, x, batch_size = 1), net(x))
})

test_that("its state goes through files, copies and text", {
  m <- with_random_parameters(nn_batch_norm2d(3, eps = 0.1, momentum = NULL, affine = TRUE))
  file <- withr::local_tempfile()
  saveRDS(m, file)
  for (copy in list(m$clone(), readRDS(file), nn_batch_norm2d(3, 0.1, NULL)$load_state_dict(m$state_dict()))) {
    expect_true(all.equal(copy, m))
    expect_identical(copy$state_dict(), m$state_dict())
  }
  nn_save_safetensors(m$state_dict(), file)
  expect_identical(nn_batch_norm2d(3)$load_state_dict(nn_load_safetensors(file))$buffers, m$buffers)
  expect_identical(format(m), "nn_batch_norm2d(3, eps = 0.1, momentum = NULL)")
  expect_identical(eval(parse(text = format(m)))$eps, 0.1)
  expect_identical(toString(m), "nn_batch_norm2d [3]")
  expect_identical(nn_parameters_vector(m), c(m$weight, m$bias))
  expect_false(isTRUE(all.equal(m, nn_batch_norm2d(3, 0.1, NULL)$load_state_dict(
    replace(m$state_dict(), "running_mean", list(c(9, 9, 9)))
  ))))
})

test_that("batch norm checks its arguments, input and state", {
  m <- nn_batch_norm2d(2)
  expect_refusal(nn_batch_norm2d(0), "argument", "num_features", "one whole number between 1 and")
  expect_refusal(nn_batch_norm2d(2, eps = -1), "argument", "eps", "one finite number of at least 0")
  expect_refusal(nn_batch_norm2d(2, momentum = 2), "argument", "momentum", "one number from 0 to 1, not 2.")
  expect_refusal(nn_batch_norm2d(2, momentum = "a"), "type", "momentum", "from 0 to 1, not \"a\".")
  expect_refusal(nn_batch_norm2d(2, affine = NA), "argument", "affine", "TRUE or FALSE, not NA.")
  expect_refusal(nn_batch_norm2d(2, track_running_stats = 1), "type", "track_running_stats", "TRUE or FALSE")
  expect_refusal(m(array(0, c(1, 3, 2, 2))), "shape", "input", "an array (N, 2, H, W) or (2, H, W)")
  expect_refusal(m(array(0, c(1, 2, 1, 1))), "shape", "input", "more than one value, in training")
  expect_refusal(nn_batch_norm2d(2, track_running_stats = FALSE)$eval()(array(0, c(2, 1, 1))), "shape",
                 "input", "more than one value")
  expect_identical(m$clone()$eval()(array(0, c(1, 2, 1, 1))), array(0, c(1, 2, 1, 1)))
  expect_refusal(m$backward(array(0, c(2, 2, 2)), 1:8), "shape", "grad_output", "shape, [2, 2, 2]")
  expect_refusal(m$output_shape(c(3, 2, 2)), "argument", "dim", "(N, 2, H, W) or (2, H, W)")
  expect_identical(m$output_shape(c(5, 2, 3, 3)), c(5, 2, 3, 3))
  expect_refusal(nn_sequential(nn_conv2d(1, 3, 1), m), "argument", "...", "one that reads 3 channels")
  for (name in c("weight", "bias", "running_mean", "running_var", "num_batches_tracked")) {
    for (wrong in list("a", 1:2, c(1, 2, 3), list(1, 2))) {
      copy <- nn_batch_norm2d(2)$eval()
      assign(name, wrong, environment(copy))
      expect_refusal(predict(copy, array(0, c(1, 2, 4, 4)), tile = 2), "state", name, "was made with")
    }
  }
})
