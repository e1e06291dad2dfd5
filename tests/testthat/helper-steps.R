# Steps: chains as R runs them step by step, and random ones to compare with the core's.

# The result of a module as R makes it step by step.
by_steps <- function(module, x, sets = FALSE) {
  steps <- module_steps(module)
  kept <- earlier_values(steps, x)
  for (i in seq_along(steps$states)) {
    made <- in_module(names(steps$states)[i], run_step(steps, i, x, kept))
    if (sets && is.list(made) && length(made$buffers)) set_buffers(list(list(steps$states[[i]], made$buffers)))
    x <- if (is.list(made)) made$output else made
    kept <- keep_value(kept, i, x)
  }
  x
}

# The number of steps that the core runs at once, from the first one on.
core_steps <- function(module, x) {
  made <- run_in_core(module_steps(module), 0L, x)
  if (is.null(made)) 0 else made[[1L]]
}

expect_same <- function(module, x, all = TRUE) {
  expect_identical(module(x), by_steps(module, x))
  if (all) expect_equal(core_steps(module, x), length(module_steps(module)$states))
}

# By planes, which layers of a network leave to each other. Phases of unequal taps are joined in
# arrays, not in planes: the sums are rounded elsewhere.
expect_by_planes <- function(module, x, dtype) {
  with_algorithm("planes", {
    y <- module(x)
    expected <- by_steps(module, x)
    expect_identical(dim(y), dim(expected))
    expect_identical(is.nan(y), is.nan(expected))
    finite <- is.finite(expected)
    expect_identical(is.finite(y), finite)
    most <- list(float64 = 1e-12, float32 = 1e-4)[[dtype]] * max(1, abs(expected[finite]))
    expect_lte(max(0, abs(y - expected)[finite]), most, label = format(module))
    expect_identical(with_threads(2, module(x)), y)
  })
}

# The gradients of a module as R computes them step by step.
back_by_steps <- function(module, x, gradient, wanted = c("input", "weight", "bias")) {
  steps <- module_steps(module)
  go_back(steps, recorded_run(steps, x), gradient, wanted)
}

expect_same_back <- function(module, x, gradient = random_array(dim(by_steps(module, x)))) {
  expect_false(is.null(backward_in_core(module_steps(module), x, gradient, "input")))
  for (wanted in list("input", c("input", "weight", "bias"), "weight", c("output", "bias"), "output")) {
    expect_identical(module$backward(x, gradient, wanted), back_by_steps(module, x, gradient, wanted))
  }
  f <- function(y) y * 0.5
  all <- c("output", "input", "weight", "bias")
  expect_identical(module$backward(x, f, all), back_by_steps(module, x, f, all))
}

random_norm <- function(channels) {
  norm <- nn_batch_norm2d(channels, affine = sample(c(TRUE, FALSE), 1))
  list2env(list(running_mean = stats::rnorm(channels), running_var = stats::runif(channels, 0.2, 3)),
           environment(norm))
  norm$eval()
}

# Random modules, one after the other, from three channels to three of images of the same size, or
# hardly smaller and larger in between.
random_modules <- function(depth, dtype) {
  kinds <- list(
    conv = function() nn_conv2d(3, 3, c(3, 1), padding = c(1, 0), dtype = dtype),
    transposed = function() nn_conv_transpose2d(3, 3, 3, padding = 1, dtype = dtype),
    reflect = function() nn_conv2d(3, 3, 3, padding = 1, padding_mode = "reflect", dtype = dtype),
    relu = nn_relu, leaky = function() nn_leaky_relu(0.3), sigmoid = nn_sigmoid, tanh = nn_tanh,
    prelu = function() nn_prelu(sample(c(1, 3), 1)), norm = function() random_norm(3),
    dropout = function() nn_dropout()$eval(), dropout2d = function() nn_dropout2d()$eval(),
    identity = nn_identity,
    shuffle = function() list(nn_conv2d(3, 12, 1, dtype = dtype), nn_pixel_shuffle(2), nn_max_pool2d(2)),
    upsample = function() list(nn_upsample(2, sample(c("nearest", "bilinear"), 1)), nn_max_pool2d(3, 2, 1)),
    pool = function() nn_max_pool2d(3, 1, 1)
  )
  if (depth > 0) {
    inner <- function() unlist(replicate(sample(2, 1), random_modules(depth - 1, dtype)), FALSE)
    kinds$concat <- function() list(do.call(nn_skip, inner()), nn_conv2d(6, 3, 1, dtype = dtype))
    kinds$add <- function() do.call(nn_skip, c(inner(), join = "add"))
    kinds$chain <- function() do.call(nn_sequential, inner())
    kinds$down <- function() {
      nn_skip(nn_conv2d(3, 2, 3, stride = 2, dtype = dtype), nn_tanh(),
              nn_conv_transpose2d(2, 3, 3, stride = 2, dtype = dtype), join = "add")
    }
    kinds <- kinds[rep(seq_along(kinds), ifelse(names(kinds) %in% c("concat", "add", "chain", "down"), 3, 1))]
  }
  made <- kinds[[sample(length(kinds), 1)]]()
  if (is.function(made)) list(made) else made
}

# Layers of few channels, one after the other, with what may stand between them.
random_thin_chain <- function(dtype) {
  channels <- sample(1:4, 1)
  modules <- list()
  for (i in seq_len(sample(2:5, 1))) {
    groups <- if (sample(4, 1) == 1) channels else 1
    to <- groups * sample(1:3, 1)
    dilation <- if (sample(4, 1) == 1) 2 else 1
    kernel <- sample(1:(6 - dilation), 2, replace = TRUE)
    layer <- if (sample(2, 1) == 1) {
      padding <- pmax(0, dilation * (kernel - 1) %/% 2 + sample(0:1, 2, replace = TRUE))
      nn_conv2d(channels, to, kernel, padding = padding, groups = groups, dilation = dilation,
                stride = if (sample(5, 1) == 1) 2 else 1, dtype = dtype,
                padding_mode = sample(c(rep("zeros", 3), "replicate", "reflect", "circular"), 1))
    } else {
      nn_conv_transpose2d(channels, to, kernel, stride = sample(1:3, 2, replace = TRUE), groups = groups,
                          padding = sample(0:1, 2, replace = TRUE), dtype = dtype)
    }
    between <- list(list(), nn_relu(), nn_leaky_relu(-0.2), nn_prelu(), nn_prelu(to, 0.3), nn_tanh(), nn_sigmoid(),
                    random_norm(to), list(nn_identity(), nn_tanh(), nn_leaky_relu(0.1)),
                    nn_skip(nn_tanh(), join = "add"), list(nn_relu(), random_norm(to)))
    modules <- c(modules, layer, between[[sample(length(between), 1)]])
    channels <- to
  }
  do.call(nn_sequential, c(modules, if (sample(2, 1) == 1) nn_dropout()))$eval()
}

random_chain <- function(dtype) {
  do.call(nn_sequential, unlist(replicate(sample(1:6, 1), random_modules(3, dtype)), FALSE))
}
