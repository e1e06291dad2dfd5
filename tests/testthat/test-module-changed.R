# What somebody puts into the environment of a layer or an optimizer by hand is refused by the road
# into the core, or used if it is sound; nothing is read that is not there.

x <- random_array(2, 4, 6, 5)

layers <- list(
  conv = function() nn_conv2d(4, 6, c(3, 2), stride = 2, padding = 1, groups = 2),
  transposed = function() nn_conv_transpose2d(4, 6, c(3, 2), stride = 2, groups = 2),
  reflecting = function() nn_conv2d(4, 6, 3, padding = 1, padding_mode = "reflect"),
  single = function() nn_conv_transpose2d(4, 6, 3, dtype = "float32")
)

# What reads parameters or config in the core.
uses <- list(
  call = function(m) m(x),
  size = function(m) m$output_shape(dim(x)),
  backward = function(m) m$backward(x, function(y) y, c("input", "weight", "bias")),
  tiles = function(m) predict(m, x, tile = 4),
  batches = function(m) predict(m, x, batch_size = 1),
  chain = function(m) nn_sequential(m, nn_relu())(x),
  matrix = function(m) as.matrix(m, dim(x)[-1])
)

# Every use is refused by class, or has no need of what is wrong. Returns what is not so.
faults <- function(m, argument, needed) {
  said <- sprintf("`%s` must be", argument)
  of_use <- function(use) {
    error <- tryCatch(uses[[use]](m), error = identity)
    is_right <- if (inherits(error, "error")) {
      inherits(error, "nnconv_error_state") && grepl(said, conditionMessage(error), fixed = TRUE)
    } else {
      !use %in% needed
    }
    if (!is_right) paste(use, argument, if (inherits(error, "error")) conditionMessage(error))
  }
  unlist(lapply(names(uses), of_use))
}

all_uses <- names(uses)
with_weight <- setdiff(all_uses, "size")

wrong_parameters <- function(right) {
  list(
    shorter = right[-1], longer = c(right, 0), none = numeric(), null = NULL,
    integer = as.integer(right), logical = right > 0, text = as.character(right),
    list = as.list(right), complex = right + 1i, call = quote(f(x)), fun = function(x) x
  )
}

for (kind in names(layers)) {
  test_that(sprintf("parameters exchanged by hand are refused: %s", kind), {
    m <- layers[[kind]]()
    env <- environment(m)
    weight <- env$weight
    bias <- env$bias
    found <- NULL
    for (wrong in c(wrong_parameters(weight), list(flat = as.vector(weight), turned = aperm(weight)))) {
      assign("weight", wrong, env)
      found <- c(found, faults(m, "weight", with_weight))
    }
    env$weight <- weight
    wrong_biases <- wrong_parameters(bias)
    for (wrong in wrong_biases[names(wrong_biases) != "null"]) {
      assign("bias", wrong, env)
      found <- c(found, faults(m, "bias", c("call", "tiles", "batches", "chain")))
    }
    expect_null(found)
    env$bias <- bias
    expect_identical(m(x), layers[[kind]]()$load_state_dict(m$state_dict())(x))
  })

  test_that(sprintf("a config changed by hand is refused: %s", kind), {
    m <- layers[[kind]]()
    env <- environment(m)
    config <- env$config
    found <- NULL
    counts <- c("in_channels", "out_channels", "groups")
    pairs <- c("kernel_size", "stride", "dilation")
    for (name in c(counts, pairs, "pads", "padding_mode", "dtype", "layer")) {
      wrongs <- list(NULL, numeric(), "none", list(1), NA_real_, -3e9, 0.5, c(1, 2, 3))
      if (name != "pads") wrongs <- c(wrongs, list(0, -1, Inf, 3e9))
      for (wrong in wrongs) {
        changed <- config
        changed[name] <- list(wrong)
        env$config <- changed
        found <- c(found, faults(m, name, "call"))
      }
    }
    expect_null(found)
    for (wrong in list(NULL, list(), 1, unname(config), "config", quote(x))) {
      env$config <- wrong
      error <- tryCatch(m(x), error = identity)
      expect_s3_class(error, "error")
    }
  })
}

test_that("a weight of the right shape that was exchanged by hand is used", {
  m <- nn_conv2d(4, 6, 3)
  other <- nn_conv2d(4, 6, 3)
  environment(m)$weight <- environment(other)$weight
  environment(m)$bias <- environment(other)$bias
  expect_identical(m(x), other(x))
})

test_that("an optimizer's state that was changed by hand is refused", {
  adam <- nn_optim_adam()
  parameters <- adam(c(1, 2, 3), c(0.1, 0.2, 0.3))
  env <- environment(adam)
  right <- mget(c("mean", "square", "steps", "betas", "eps", "weight_decay"), envir = env)
  for (name in names(right)) {
    for (wrong in list(NULL, numeric(), "1", 1L, list(1), c(1, 2, 3, 4))) {
      assign(name, wrong, env)
      expect_error(adam(parameters, c(0, 0, 0)), class = "nnconv_error")
    }
    assign(name, right[[name]], env)
  }
  expect_identical(env$steps, 1)
  expect_length(adam(parameters, c(0, 0, 0)), 3L)
})
