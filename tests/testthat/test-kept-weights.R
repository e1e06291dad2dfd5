# Kept weights: packed weights that are kept from call to call give the same bits, never those of
# weights that have changed, and take no more memory than they may.

kept <- function() r_kept_bytes()
most_kept <- 64 * 2^20
forget <- function(env = parent.frame()) {
  r_forget_weights()
  withr::defer(r_forget_weights(), env)
}
without_keeping <- function(code) withr::with_options(list(nnconv.keep_weights = FALSE), code)

# A layer whose weights are kept, an image, and what the layer makes of it.
kept_layer <- function(...) {
  m <- nn_conv2d(32, 64, 3, padding = 1, ...)
  x <- array(stats::rnorm(32 * 25), c(1, 32, 5, 5))
  for (i in 1:3) y <- m(x)
  expect_gt(kept(), 0)
  list(m = m, x = x, y = y)
}

expect_as_without <- function(m, x) expect_identical(m(x), without_keeping(m(x)))

test_that("results are the same bits by every algorithm, type and number of threads", {
  forget()
  layers <- list(
    nn_conv2d(40, 33, 3, padding = 1), nn_conv2d(64, 64, c(3, 5), groups = 4, padding = 1),
    nn_conv_transpose2d(48, 24, 4, stride = 2, padding = 1), nn_conv_transpose2d(128, 3, 5, stride = 3),
    nn_conv2d(200, 2, 5, padding = 2, padding_mode = "reflect"),
    nn_conv_transpose2d(130, 90, 3, padding = 1, padding_mode = "circular"),
    nn_conv2d(1024, 1024, 3, groups = 1024, padding = 1)
  )
  for (m in layers) {
    for (batch in c(1, 3)) {
      channels <- m$in_channels
      x <- array(stats::rnorm(batch * channels * 42), c(batch, channels, 7, 6))
      for (algorithm in c("automatic", "direct", "transforms", "col2im", "padded", "planes")) {
        for (dtype in c("float64", "float32")) {
          m$to(dtype)
          with_algorithm(algorithm, {
            wanted <- without_keeping(list(m(x), m$backward(x, m(x))))
            expect_identical(kept(), 0)
            for (threads in c(1, 2, 1)) {
              expect_identical(with_threads(threads, list(m(x), m$backward(x, m(x)))), wanted)
            }
            expect_gt(kept(), 0)
          })
        }
      }
    }
  }
})

test_that("a result is never that of weights before a change", {
  forget()
  with(kept_layer(), {
    w <- m$weight
    m$weight[1, 1, 2, 2] <- 5
    expect_false(identical(m(x), y))
    expect_as_without(m, x)
    m$weight <- w
    expect_identical(m(x), y)
    m$load_state_dict(list(weight = -w, bias = m$bias))
    expect_as_without(m, x)
    for (i in 1:3) m(x)
    nn_parameters_vector(m) <- 2 * nn_parameters_vector(m)
    for (i in 1:3) expect_as_without(m, x)
    state <- environment(m)
    state$weight[] <- 1
    for (i in 1:3) expect_as_without(m, x)
    w[] <- 0
    expect_as_without(m, x)
  })
})

test_that("functions see weights that are changed in place, at every call", {
  forget()
  x <- array(stats::rnorm(9 * 64), c(1, 64, 3, 3))
  w <- array(stats::rnorm(64 * 64 * 9), c(64, 64, 3, 3))
  for (i in 1:8) {
    w[i, i, 2, 2] <- 100
    for (j in seq_len(i %% 4)) y <- nnf_conv2d(x, w)
    expect_identical(nnf_conv2d(x, w), without_keeping(nnf_conv2d(x, w)))
  }
  # Arrays that come and go at the same addresses.
  for (i in 1:40) {
    w <- array(i, c(64, 64, 3, 3))
    for (j in 1:3) y <- nnf_conv2d(x, w)
    expect_equal(y[1], i * sum(x))
    rm(w)
    if (i %% 10 == 0) gc()
  }
})

test_that("copies and saved layers have weights of their own", {
  forget()
  with(kept_layer(), {
    file <- withr::local_tempfile()
    saveRDS(m, file)
    again <- readRDS(file)
    copy <- m$clone()
    for (i in 1:3) expect_identical(list(again(x), copy(x)), list(y, y))
    again$weight[] <- 0
    copy$weight[1] <- 7
    for (i in 1:3) expect_identical(m(x), y)
    expect_true(all(abs(again(x) - m$bias[slice.index(y, 2)]) == 0))
    expect_as_without(copy, x)
  })
})

test_that("training keeps nothing, and what follows it is right", {
  forget()
  m <- nn_conv2d(32, 64, 3, padding = 1)
  x <- array(stats::rnorm(32 * 25), c(1, 32, 5, 5))
  adam <- nn_optim_adam()
  for (i in 1:10) {
    step <- m$backward(x, function(y) y - 1, c("weight", "bias", "input"))
    nn_parameters_vector(m) <- adam(nn_parameters_vector(m), nn_parameters_vector(step))
    expect_identical(kept(), 0)
  }
  for (i in 1:3) expect_as_without(m, x)
})

test_that("what is kept is bounded, is dropped in time, and can be switched off", {
  forget()
  x <- array(1, c(1, 256, 1, 1))
  layers <- lapply(1:9, function(i) nn_conv2d(256, 4096, 1))
  for (i in 1:3) for (m in layers) m(x)
  expect_gt(kept(), 0.8 * most_kept) # the last two find no room
  expect_lte(kept(), most_kept)
  for (m in layers) expect_as_without(m, x)
  for (i in 1:3) for (m in layers) m(x)
  rm(layers, m)
  small <- kept_layer()
  for (i in 1:300) small$m(small$x)
  large <- nn_conv2d(256, 4096, 1)
  for (i in 1:2) large(x)
  expect_lt(kept(), 0.5 * most_kept) # what has long not been used has made room
  withr::local_options(nnconv.keep_weights = FALSE)
  small$m(small$x)
  expect_identical(kept(), 0)
})

test_that("the option is a flag", {
  x <- array(1, c(1, 256, 1, 1))
  m <- nn_conv2d(256, 64, 1)
  for (wrong in list("no", NA, 1, c(TRUE, FALSE), character())) {
    withr::with_options(list(nnconv.keep_weights = wrong), {
      e <- expect_error(m(x), class = "nnconv_error")
      expect_identical(e$argument, "nnconv.keep_weights")
    })
  }
})

test_that("a call that ends midway keeps nothing", {
  skip_on_cran()
  forget()
  m <- nn_conv2d(2800, 2800, 1)
  x <- array(stats::rnorm(2800), c(1, 2800, 1, 1))
  wanted <- m(x)
  ended <- 0
  for (limit in c(0.002, 0.01, 0.02, 0.03, 0.05)) {
    r_forget_weights()
    m(x)
    e <- tryCatch(
      {
        setTimeLimit(elapsed = limit, transient = TRUE)
        m(x)
        NULL
      },
      error = identity, finally = setTimeLimit()
    )
    if (!is.null(e)) {
      ended <- ended + 1
      expect_identical(kept(), 0)
    }
    for (i in 1:2) expect_identical(m(x), wanted)
  }
  expect_gt(ended, 0)
})

test_that("forked processes find what is kept, and change nothing for others", {
  skip_on_cran()
  skip_on_os("windows")
  forget()
  with(kept_layer(), {
    children <- parallel::mclapply(1:2, function(i) {
      same <- identical(m(x), y)
      m$weight[1] <- i
      for (j in 1:3) changed <- m(x)
      same && identical(changed, without_keeping(m(x)))
    }, mc.cores = 2)
    expect_identical(children, list(TRUE, TRUE))
    expect_identical(m(x), y)
  })
})
