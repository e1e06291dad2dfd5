# Extracted from test-memory-limit.R:180

# setup ------------------------------------------------------------------------
library(testthat)
test_env <- simulate_test_env(package = "nnconv", path = "..")
attach(test_env, warn.conflicts = FALSE)

# prequel ----------------------------------------------------------------------
system_files <- function(..., env = parent.frame()) {
  root <- withr::local_tempdir(.local_envir = env)
  files <- list(...)
  for (path in names(files)) {
    dir.create(file.path(root, dirname(path)), showWarnings = FALSE, recursive = TRUE)
    writeLines(files[[path]], file.path(root, path))
  }
  root
}
meminfo <- c("MemTotal:  9000 kB", "MemFree: 10 kB", "MemAvailable: 3000 kB", "SwapFree: 1000 kB")
expect_memory_refusal <- function(expr, argument, message) {
  withr::local_options(nnconv.memory = 0)
  expect_refusal(expr, "memory", argument, message)
}
needed_memory <- function(expression) {
  env <- new.env()
  eval(parse(text = expression[1L]), env)
  withr::local_options(nnconv.memory = 0)
  given <- refusal(eval(parse(text = expression[2L]), env))$given
  1e9 * as.numeric(sub(" GB for .*", "", given))
}

# test -------------------------------------------------------------------------
skip_on_cran()
skip_if_not(file.exists("/proc/self/status"), "memory is read from /proc")
skip_if(nzchar(Sys.getenv("NNCONV_SANITIZED")), "sanitizers keep memory of their own")
image <- "x <- array(1, c(1, 4, 1500, 1500)); m <- nn_conv2d(4, 4, 3, padding = 1)"
cases <- list(
    c(image, "m(x)"),
    c(image, "m$backward(x, x)$input"),
    c(image, "nnf_conv2d_backward(x, x, m$weight, padding = 1, dtype = 'float32')$input"),
    c(image, "nnf_pad(x, c(700, 0, 900, 3))"),
    c(image, "nnf_pad(x, c(700, 0, 900, 3), 'replicate')"),
    c(image, "nnf_pad(x, c(-300, 0, 9, -3))"),
    c("x <- array(1, c(1, 2, 1))", "nnf_pad(x, c(0, 5e6), 'replicate')"),
    c(image, "nn_relu()(x)"),
    c(image, "nn_sigmoid()(x)"),
    c(image, "nn_tanh()$backward(x, x)$input"),
    c("", "nn_conv2d(2100, 2100, 1)$weight"),
    c("", "nn_init_bilinear(2100, 2100, 1)"),
    c("m <- nn_conv2d(2100, 2100, 1); w <- m$weight + 1", "(m$weight <- w)")
  )
if (!identical(Sys.getenv("NNCONV_EXTENDED_TESTS"), "true")) cases <- cases[c(1, 3, 4, 8, 10)]
for (case in cases) {
    needed <- needed_memory(case)
    used <- peak_growth(case)[1L]
    expect_lte(used, 1.005 * needed + 2^22, label = sprintf("%s: %.0f bytes", case[2L], used))
    expect_gt(used, 2^20)
  }
