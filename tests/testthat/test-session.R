# Sessions: unloading, settings of R, calls from within calls.

test_that("layers outlive the unloading of the package, and its loading again", {
  skip_on_cran()
  out <- in_fresh_process(c(
    "library(nnconv)",
    "m <- nn_conv_transpose2d(2, 3, 3, stride = 2)",
    "net <- nn_sequential(m, nn_tanh())",
    "x <- array(as.numeric(1:32), c(1, 2, 4, 4))",
    "before <- list(m(x), net(x), net$backward(x, function(y) y))",
    "detach('package:nnconv')",
    "unloadNamespace('nnconv')",
    "unloaded <- tryCatch(list(m(x), net(x)), error = function(e) 'refused')",
    "clean <- identical(unloaded, 'refused') || identical(unloaded, before[1:2])",
    "member <- tryCatch(m$weight, error = function(e) 'refused')",
    "library(nnconv)",
    "again <- list(m(x), net(x), net$backward(x, function(y) y))",
    "new <- nn_conv_transpose2d(2, 3, 3, stride = 2)$load_state_dict(m$state_dict())",
    "cat(clean, is.array(member) || member == 'refused', identical(again, before),",
    "    identical(new(x), m(x)), isTRUE(all.equal(new, m)))"
  ))
  expect_identical(out[length(out)], "TRUE TRUE TRUE TRUE TRUE")
})

# What a session does with the package, warnings being errors; ends with "done".
everyday_work <- c(
  "options(warn = 2)",
  "library(nnconv)",
  "set.seed(1)",
  "net <- nn_sequential(nn_conv2d(1, 20, 9), nn_leaky_relu(0.25), nn_conv_transpose2d(20, 1, 9))",
  "x <- array(rnorm(2 * 12 * 12), c(2, 1, 12, 12))",
  "adam <- nn_optim_adam(lr = 0.05)",
  "for (i in 1:3) {",
  "  step <- net$backward(x, function(y) y - x, c('weight', 'bias'))",
  "  nn_parameters_vector(net) <- adam(nn_parameters_vector(net), nn_parameters_vector(step))",
  "}",
  "invisible(capture.output(print(net), print(net[[1]]), str(net[[1]]), print(adam),",
  "                         print(summary(net, dim(x))), print(nn_info())))",
  "again <- eval(parse(text = format(net)))$load_state_dict(net$state_dict())",
  "file <- tempfile(fileext = '.rds')",
  "saveRDS(net, file)",
  "stopifnot(identical(again(x), net(x)), all.equal(readRDS(file), net), nn_info()$threads >= 1,",
  "          nzchar(conditionMessage(tryCatch(nn_leaky_relu(NA), nnconv_error = identity))))"
)

test_that("a session with warnings as errors works, from a file and from the standard input", {
  skip_on_cran()
  code <- c(everyday_work, "cat('done\\n')")
  expect_identical(in_fresh_process(code), "done")
  expect_identical(in_fresh_process(code, from_stdin = TRUE), "done")
})

test_that("decimal commas and the like change neither numbers nor calls nor warnings", {
  skip_on_cran()
  settings <- c(
    "options(OutDec = ',', scipen = -10, digits = 3)",
    "suppressWarnings(for (locale in c('de_DE.UTF-8', 'de_DE.utf8', 'de_DE', 'German'))",
    "  Sys.setlocale('LC_NUMERIC', locale))"
  )
  expect_identical(in_fresh_process(c(settings, everyday_work, "cat('done\\n')")), "done")
  withr::local_options(OutDec = ",", warn = 2)
  expect_identical(format(nn_leaky_relu(0.25)), "nn_leaky_relu(negative_slope = 0.25)")
  expect_output(print(nn_optim_adam(lr = 0.5)), "lr = 0.5, betas = c(0.9, 0.999)", fixed = TRUE)
  expect_output(print(nn_conv_transpose2d(16, 33, 3)), "4,785 parameters", fixed = TRUE)
})

test_that("finalizers may call layers, also during a call", {
  set.seed(95)
  m <- nn_conv_transpose2d(3, 4, 3, stride = 2)
  x <- random_array(2, 3, 8, 8)
  expected <- m(x)
  results <- list()
  for (i in 1:5) {
    reg.finalizer(new.env(), function(e) results[[length(results) + 1]] <<- m(x))
    expect_identical(m$backward(x, function(y) {
      gc()
      y
    }, "output")$output, expected)
  }
  gc()
  expect_gte(length(results), 4)
  for (result in results) expect_identical(result, expected)
})

test_that("functions that a layer calls may call it again, and others", {
  set.seed(96)
  m <- nn_conv_transpose2d(3, 3, 3, padding = 1)
  x <- random_array(2, 3, 8, 8)
  plain <- m$backward(x, 2 * m(x))
  inner <- NULL
  nested <- m$backward(x, function(y) {
    inner <<- m$backward(x, function(z) {
      stopifnot(identical(z, y), identical(m(x), y))
      2 * m(x)
    })
    2 * y
  })
  expect_identical(nested, plain)
  expect_identical(inner, plain)

  # An activation that is a layer's own call, and one that ends the call by an error.
  linear <- nn_conv2d(3, 3, 1, bias = FALSE)
  linear$weight <- array(diag(3), dim(linear$weight))
  net <- nn_sequential(m, nn_activation(linear, function(x) linear(x) * 0 + 1))
  expect_identical(net(x), m(x))
  expect_equal(net$backward(x, function(y) 2 * y)$input, plain$input, tolerance = 1e-14)
  failing <- nn_sequential(m, nn_activation(function(x) stop("no value"), identity))
  expect_error(failing(x), "no value")
  expect_error(m$backward(x, function(y) stop("no gradient")), "no gradient")
  expect_identical(m$backward(x, 2 * m(x)), plain)
})

test_that("weights that a callback changes count from then on", {
  m <- nn_conv2d(1, 1, 1, bias = FALSE)
  m$weight[] <- 2
  x <- array(3, c(1, 1, 1))
  step <- m$backward(x, function(y) {
    m$weight[] <- 10
    y
  }, c("output", "input"))
  expect_identical(as.vector(step$output), 6)
  expect_identical(as.vector(step$input), 60)
})
