# Networks: the core runs the steps of a chain as R runs them one by one.

test_that("random chains with skips are their steps, bit for bit, but for folded normalizations", {
  for (seed in seq_len(if (is_extended()) 2000 else 80)) {
    set.seed(seed)
    dtype <- sample(c("float64", "float32"), 1)
    net <- random_chain(dtype)
    shape <- c(if (sample(3, 1) > 1) sample(1:3, 1), 3, sample(4:11, 2))
    x <- random_array(shape)
    with_algorithm("direct", expect_same(net, x))
    expect_by_planes(net, x, dtype)
    y <- net(x)
    expected <- by_steps(net, x)
    expect_identical(dim(y), dim(expected))
    expect_lte(max(abs(y - expected)), list(float64 = 1e-12, float32 = 1e-4)[[dtype]] * max(1, abs(expected)),
               label = format(net))
    if (!grepl("batch_norm", format(net))) expect_identical(y, expected)
    expect_identical(with_threads(2, net(x)), y)
  }
})

test_that("layers of few channels leave each other planes, and give the same numbers", {
  for (seed in seq_len(if (is_extended()) 2000 else 100)) {
    set.seed(seed + 9000)
    dtype <- sample(c("float64", "float32"), 1)
    net <- random_thin_chain(dtype)
    x <- random_array(sample(c(1:3, 9, 17), 1), net[[1]]$in_channels, sample(13:20, 2))
    if (seed %% 5 == 0) x[sample(length(x), 1)] <- sample(c(NaN, Inf, -Inf), 1)
    expect_by_planes(net, x, dtype)
  }
  # Large enough to be chosen.
  for (dtype in c("float64", "float32")) {
    set.seed(41)
    layers <- list(
      nn_conv2d(1, 12, 5, padding = 2, dtype = dtype), nn_prelu(12), nn_conv2d(12, 6, 3, padding = 1, dtype = dtype),
      nn_leaky_relu(0.1), nn_conv2d(6, 6, 3, dtype = dtype), nn_relu(),
      nn_conv_transpose2d(6, 2, 5, stride = 2, dtype = dtype), nn_sigmoid()
    )
    net <- do.call(nn_sequential, layers)
    x <- random_array(2, 1, 60, 53)
    y <- net(x)
    expect_identical(with_threads(2, net(x)), y)
    expect_lte(max(abs(y - by_steps(net, x))), list(float64 = 1e-14, float32 = 1e-6)[[dtype]])
    x[1, 1, 20:21, 7] <- c(Inf, NaN)
    expect_identical(is.nan(net(x)), is.nan(with_algorithm("direct", by_steps(net, x))))
  }
})

test_that("gradients of random chains with skips are those of their steps, bit for bit", {
  for (seed in seq_len(if (is_extended()) 1000 else 60)) {
    set.seed(seed + 5000)
    net <- random_chain(sample(c("float64", "float32"), 1))
    if (length(module_steps(net)$states) < 2) next
    x <- random_array(c(if (sample(3, 1) > 1) sample(1:3, 1), 3, sample(4:11, 2)))
    expect_same_back(net, x)
    g <- random_array(dim(net(x)))
    expect_identical(with_threads(2, net$backward(x, g)), net$backward(x, g))
  }
})

test_that("normalization by the batch runs in the core, and its buffers are set at the end", {
  set.seed(16)
  x <- random_array(3, 2, 5, 4)
  make <- function(...) {
    nn_sequential(nn_conv2d(2, 3, 3, padding = 1), nn_batch_norm2d(3, ...), nn_relu(),
                  nn_skip(nn_batch_norm2d(3), nn_tanh(), join = "add"))
  }
  for (net in list(make(), make(momentum = NULL), make(affine = FALSE), make(track_running_stats = FALSE))) {
    other <- net$clone()
    expect_equal(core_steps(net, x), 6)
    expect_identical(net$buffers, other$buffers)
    for (i in 1:2) {
      expect_identical(net(x), by_steps(other, x, sets = TRUE))
      expect_identical(net$state_dict(), other$state_dict())
      g <- random_array(3, 3, 5, 4)
      expect_false(is.null(backward_in_core(module_steps(net), x, g, "input")))
      steps <- module_steps(other)
      run <- recorded_run(steps, x)
      all <- c("output", "input", "weight", "bias")
      expect_identical(net$backward(x, g, all), go_back(steps, run, g, all))
      set_buffers(run$buffers)
      expect_identical(net$state_dict(), other$state_dict())
      x <- x * 2 + 1
    }
    before <- net$state_dict()
    expect_error(net$backward(x, function(y) stop("in the middle")), "in the middle")
    expect_identical(net$state_dict(), before)
    expect_identical(dim(net(x[0, , , , drop = FALSE])), c(0L, 3L, 5L, 4L))
    expect_identical(net$state_dict(), before)
    expect_refusal(net(x[1, , 1, 1, drop = FALSE]), "shape", "input", "In module `1`: ")
    expect_identical(net$eval()(x), with_algorithm("automatic", net(x)))
  }
  # Behind a step of R's, and in a chain that fails later.
  net <- nn_sequential(nn_relu(), nn_batch_norm2d(2), nn_activation(sin, cos), nn_batch_norm2d(2), nn_conv2d(2, 1, 6))
  expect_refusal(net(x), "shape", "input", "In module `4`: ")
  expect_identical(net$buffers$`1.num_batches_tracked`, 0)
  net(random_array(2, 2, 7, 7))
  expect_identical(unlist(net$buffers[c("1.num_batches_tracked", "3.num_batches_tracked")], use.names = FALSE), c(1, 1))
})

test_that("every kind of step runs in the core", {
  set.seed(11)
  x <- random_array(2, 4, 6, 5)
  for (m in list(
    nn_relu(), nn_leaky_relu(-0.5), nn_sigmoid(), nn_tanh(), nn_prelu(), nn_prelu(4, 0.1), random_norm(4),
    nn_dropout()$eval(), nn_dropout2d()$eval(), nn_identity(), nn_max_pool2d(2, ceil_mode = TRUE),
    nn_max_pool2d(3, 2, 1, 1), nn_pixel_shuffle(2), nn_upsample(c(1.5, 0.5)), nn_upsample(2, "bilinear"),
    nn_conv2d(4, 2, 3, groups = 2, dtype = "float32"), nn_conv_transpose2d(4, 2, 3, 2, groups = 2),
    nn_conv_transpose2d(4, 2, 3, 2, output_size = c(14, 12)), nn_skip(nn_tanh()),
    nn_skip(nn_identity(), join = "add"), nn_conv2d(4, 2, c(7, 3), padding = "same", padding_mode = "circular")
  )) {
    expect_same(nn_sequential(m, nn_tanh()), x)
    expect_same(nn_sequential(nn_tanh(), m), x)
    expect_same(nn_sequential(m), x)
    expect_same(nn_sequential(nn_identity(), m, nn_identity()), x[2, , , ])
    expect_same_back(nn_sequential(m, nn_tanh()), x)
    expect_same_back(nn_sequential(nn_leaky_relu(0.1), m), x)
    expect_same_back(nn_sequential(nn_identity(), m, nn_identity()), x[2, , , ])
  }
})

test_that("sequences run in the core as well", {
  set.seed(12)
  net <- nn_sequential(
    nn_conv1d(2, 3, 3, padding = 1), nn_relu(),
    nn_skip(nn_conv1d(3, 2, 3, stride = 2), nn_tanh(), nn_conv_transpose1d(2, 3, 3, stride = 2)),
    nn_conv_transpose1d(6, 1, 4, stride = 2, padding = 1, dtype = "float32"), nn_prelu()
  )
  for (length in c(7, 8, 12)) {
    expect_same(net, random_array(2, 2, length))
    expect_same(net, random_array(2, length))
    expect_same_back(net, random_array(2, 2, length))
    expect_same_back(net, random_array(2, length))
  }
})

test_that("values that are no numbers, one cell and no images pass as they do step by step", {
  set.seed(13)
  net <- nn_sequential(
    nn_conv2d(2, 3, 3, padding = 1), nn_relu(), nn_skip(nn_tanh(), nn_conv2d(3, 3, 1), join = "add"),
    nn_leaky_relu(0.2), random_norm(3), nn_skip(nn_sigmoid()), nn_conv_transpose2d(6, 1, 2, stride = 2)
  )
  for (bad in list(NaN, NA_real_, Inf, -Inf, 1e300, 2^-1074)) {
    x <- random_array(2, 2, 5, 4)
    x[2, 1, 3, 2] <- bad
    expect_same(net, x)
    expect_same_back(net, x)
  }
  expect_same_back(net, random_array(1, 2, 1, 1))
  expect_same_back(net, random_array(0, 2, 4, 4))
  expect_same(net, random_array(1, 2, 1, 1))
  expect_same(net, random_array(0, 2, 4, 4))
  expect_identical(dim(net(random_array(0, 2, 4, 4))), c(0L, 1L, 8L, 8L))
  expect_same(nn_sequential(nn_relu(), nn_tanh()), random_array(0, 0))
})

test_that("an input that is not changed is returned as it is", {
  x <- random_array(1, 2, 3, 3)
  expect_identical(nn_sequential(nn_identity(), nn_dropout()$eval())(x), x)
  before <- x + 0
  y <- nn_sequential(nn_relu(), nn_skip(nn_tanh(), join = "add"), nn_sigmoid())(x)
  expect_identical(x, before)
  skip <- nn_skip(nn_identity(), nn_tanh(), nn_relu(), join = "add")
  expect_identical(skip(x), x + pmax(tanh(x), 0))
  expect_identical(x, before)
})

test_that("R runs what the core leaves to it, and the core the rest", {
  set.seed(14)
  twice <- nn_function(function(x) 2 * x)
  net <- nn_sequential(
    nn_conv2d(2, 3, 3, padding = 1), nn_relu(), twice, nn_skip(nn_tanh(), twice, nn_conv2d(3, 3, 1)),
    nn_activation(sin, cos), nn_skip(nn_relu(), nn_activation(cos, sin), nn_skip(nn_tanh(), join = "add"),
                                     join = "add"), nn_sigmoid()
  )
  x <- random_array(2, 2, 5, 4)
  expect_same(net, x, all = FALSE)
  expect_equal(core_steps(net, x), 2)
  # A value that a later step of R's reads ends what runs at once.
  skip <- nn_sequential(nn_tanh(), nn_skip(nn_relu(), nn_sigmoid(), twice, join = "add"))
  expect_same(skip, x, all = FALSE)
  expect_equal(core_steps(skip, x), 1)
  training <- nn_sequential(nn_relu(), nn_batch_norm2d(2), nn_dropout(0.5), nn_tanh())
  expect_equal(core_steps(training, x), 2)
  set.seed(1)
  y <- training(x)
  expect_identical(training[[2]]$num_batches_tracked, 1)
  set.seed(1)
  expect_identical(by_steps(training, x), y)
})

test_that("other arrays are converted by the first step, and keep what that keeps", {
  x <- array(-8:7, c(1, 1, 4, 4))
  named <- structure(x + 0.5, dimnames = list("a", NULL, NULL, NULL), note = "kept")
  for (net in list(nn_sequential(nn_relu(), nn_tanh()), nn_sequential(nn_conv2d(1, 2, 2), nn_relu()),
                   nn_skip(nn_relu(), nn_sigmoid(), nn_tanh(), join = "add"))) {
    for (input in list(x, x > 0, named)) expect_same(net, input, all = FALSE)
  }
  expect_same(nn_sequential(nn_relu(), nn_tanh()), c(a = -1, b = 2), all = FALSE)
  expect_same(nn_sequential(nn_relu(), nn_tanh()), array(stats::rnorm(32), rep(2, 5)), all = FALSE)
})

test_that("gradients of the result are converted, or refused by the step", {
  net <- nn_sequential(nn_relu(), nn_skip(nn_conv2d(1, 1, 1), nn_tanh(), join = "add"))
  x <- random_array(1, 1, 4, 4)
  g <- array(-8:7, dim(x))
  expected <- back_by_steps(net, x, g)
  expect_identical(net$backward(x, g), expected)
  expect_identical(net$backward(x, g + 0), expected)
  expect_identical(net$backward(x, g > 0), net$backward(x, 1 * (g > 0)))
  calls <- 0
  count <- function(g) {
    function(y) {
      calls <<- calls + 1
      g
    }
  }
  expect_identical(net$backward(x, count(g)), expected)
  named <- structure(g + 0, dimnames = list(NULL, "a", NULL, NULL))
  expect_identical(net$backward(x, count(named)), back_by_steps(net, x, named))
  expect_equal(calls, 2) # each function once
  for (wrong in list(g[, , 1:3, , drop = FALSE], "a", NULL, 1)) {
    right <- tryCatch(back_by_steps(net, x, wrong), error = identity)
    for (given in list(wrong, count(wrong))) {
      error <- tryCatch(net$backward(x, given), error = identity)
      expect_identical(class(error), class(right))
      expect_identical(conditionMessage(error), conditionMessage(right))
    }
  }
  expect_error(net$backward(x, function(y) stop("of the user's")), "of the user's")
  expect_refusal(net$backward(x, function() 1), "type", "grad_output", "a function of one argument")
  y <- NULL
  net$backward(x, function(result) {
    y <<- result
    result[] <- 0
    result
  })
  expect_identical(y, net(x))
  environment(net[[2]][[1]])$weight <- array(1, c(1, 1, 2, 2))
  expect_refusal(net$backward(x, g), "state", "weight", "In module `1.0`: ")
})

test_that("refusals are those of the step, by its name", {
  net <- nn_sequential(nn_conv2d(2, 3, 3), nn_relu(), inner = nn_sequential(nn_tanh(), nn_conv2d(3, 1, 3)))
  x <- random_array(1, 2, 6, 6)
  expect_refusal(net(x[, , 1:3, 1:3, drop = FALSE]), "shape", "input", "In module `inner.1`: ")
  expect_refusal(net(x[, 1, , , drop = FALSE]), "shape", "input", "In module `0`: ")
  layer <- environment(environment(environment(net)$children$inner)$children$`1`)
  right <- mget(c("weight", "bias", "config"), layer)
  for (wrong in list(as.vector(right$weight), right$weight > 0, NULL, aperm(right$weight), 1, quote(x))) {
    layer$weight <- wrong
    expect_refusal(net(x), "state", "weight", "In module `inner.1`: ")
  }
  layer$weight <- right$weight
  layer$bias <- c(1, 2)
  expect_refusal(net(x), "state", "bias", "In module `inner.1`: ")
  layer$bias <- right$bias
  layer$config$stride <- 0
  expect_refusal(net(x), "state", "stride", "In module `inner.1`: ")
  layer$config <- right$config
  withr::local_options(nnconv.algorithm = "none")
  expect_error(net(x), "nnconv.algorithm", class = "nnconv_error")
})

test_that("normalization folds into a layer before it, unless that would change more than rounding", {
  set.seed(15)
  x <- random_array(2, 2, 9, 8)
  folds <- function(net) {
    y <- net(x)
    expected <- by_steps(net, x)
    expect_equal(y, expected, tolerance = 1e-13)
    !identical(y, expected)
  }
  layers <- list(
    nn_conv2d(2, 4, 3, groups = 2), nn_conv2d(2, 4, 3, bias = FALSE), nn_conv_transpose2d(2, 4, 3, stride = 2),
    nn_conv_transpose2d(2, 4, 3, stride = 2, groups = 2, bias = FALSE)
  )
  for (layer in layers) {
    norm <- random_norm(4)
    net <- nn_sequential(layer, norm, nn_relu())
    expect_true(folds(net))
    expect_false(with_algorithm("direct", folds(net)))
    expect_false(folds(nn_sequential(layer, nn_relu(), norm)))
    # Another step reads what is between.
    expect_false(folds(nn_sequential(layer, nn_skip(norm, nn_relu(), join = "add"))))
  }
  net <- nn_sequential(nn_conv2d(2, 4, 3), random_norm(4), nn_relu())
  norm <- environment(net[[2]])
  set <- function(name, value) {
    old <- norm[[name]]
    norm[[name]] <- value
    same <- identical(net(x), by_steps(net, x))
    norm[[name]] <- old
    same
  }
  for (bad in list(NaN, Inf, 0, 1e40, -1)) {
    expect_true(set("running_var", c(1, bad, 2, 3)) || bad %in% 0)
    expect_true(set("running_mean", c(1, bad, 2, 3)) || is.finite(bad))
  }
  expect_true(set("running_var", c(1, 1e200, 2, 3)))
  norm$weight <- c(1, 0, 1e-30, 2)
  expect_identical(net(x), by_steps(net, x))
  norm$weight <- rep(1, 4)
  environment(net[[1]])$weight[3] <- Inf
  expect_identical(net(x), by_steps(net, x))
})

test_that("modules that were saved by earlier versions run as they do step by step", {
  for (file in list.files(test_path("fixtures"), "^saved-.*[.]rds$", full.names = TRUE)) {
    for (saved in readRDS(file)$modules) expect_identical(saved$module(saved$x), by_steps(saved$module, saved$x))
  }
})
