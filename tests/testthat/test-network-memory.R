# The memory that networks take in the core, and how they end early.

test_that("a chain takes two intermediate results and 32 MB besides input and result", {
  skip_on_cran()
  skip_if_not(file.exists("/proc/self/status"), "memory is read from /proc")
  skip_if(nzchar(Sys.getenv("NNCONV_SANITIZED")), "sanitizers keep memory of their own")
  between <- 8 * 16 * 500^2
  growth <- peak_growth(c(
    "layer <- function(a, b) nn_conv2d(a, b, 3, padding = 1, dtype = 'float32')",
    "net <- nn_sequential(layer(1, 16), nn_relu(), layer(16, 16), nn_batch_norm2d(16), nn_prelu(16),",
    "                     layer(16, 16), nn_leaky_relu(), layer(16, 16), nn_tanh(), layer(16, 1))$eval()",
    "kept <- numeric(5e7)", # beside which R is in no hurry to collect garbage
    "x <- array(1, c(1, 1, 500, 500))",
    "net(x)"
  ))
  expect_lte(growth[1L] - growth[2L], 2 * between + 32 * 2^20)
})

test_that("a chain whose buffers cannot be had is refused, and the session goes on", {
  skip_on_cran()
  skip_if_not(file.exists("/proc/self/status"), "limits are those of Linux")
  skip_if(nzchar(Sys.getenv("NNCONV_SANITIZED")), "sanitizers keep memory of their own")
  code <- c(
    "library(nnconv)",
    "options(nnconv.memory = Inf)",
    "net <- nn_sequential(nn_upsample(40), nn_tanh(), nn_max_pool2d(40), nn_relu())",
    "x <- array(1, c(1, 1, 100, 100))",
    "small <- net(x[, , 1:2, 1:2, drop = FALSE])"
  )
  size <- "cat(gsub('[^0-9]', '', grep('VmSize', readLines('/proc/self/status'), value = TRUE)))"
  used <- as.numeric(in_fresh_process(c(code, size)))
  out <- in_fresh_process(
    c(
      code, "cat(tryCatch(length(net(x)), error = function(e) 'refused'),",
      "    identical(net(x[, , 1:2, 1:2, drop = FALSE]), small))"
    ),
    prefix = sprintf("ulimit -v %.0f", used + 75000)
  )
  expect_identical(trimws(out), "refused TRUE")
})

test_that("a chain that needs more memory than there is runs step by step, which needs less", {
  withr::local_options(nnconv.memory = 2e8)
  net <- nn_sequential(nn_upsample(40), nn_skip(nn_upsample(1), nn_tanh(), join = "add"), nn_max_pool2d(40))
  x <- random_array(1, 1, 60, 60)
  y <- net(x)
  expect_equal(core_steps(net, x), 5)
  withr::local_options(nnconv.memory = 8e7) # for one array between, of 46 MB
  expect_equal(core_steps(net, x), 0)
  expect_identical(net(x), y)
  withr::local_options(nnconv.memory = 6e7)
  expect_refusal(net(x[, , c(1:60, 1:60), , drop = FALSE]), "memory", "input", "In module `0`: ")
})

test_that("a signal soon ends a chain in the core", {
  skip_on_cran()
  skip_on_os("windows")
  skip_if(nzchar(Sys.getenv("NNCONV_SANITIZED")), "sanitizers take time and memory of their own")
  out <- in_fresh_process(c(
    "library(nnconv)",
    "layers <- rep(list(nn_conv2d(64, 64, 3, padding = 1), nn_tanh()), 100)",
    "net <- do.call(nn_sequential, lapply(layers, function(m) m$clone()))",
    "x <- array(1, c(1, 64, 256, 256))",
    "sent <- tempfile()",
    "system(sprintf('(sleep 0.7; date +%%s.%%N > %s; kill -INT %d) &', sent, Sys.getpid()))",
    "how <- tryCatch({ net(x); 'late' }, interrupt = function(i) 'interrupted')",
    "cat(how, as.numeric(Sys.time()) - as.numeric(readLines(sent)), length(net(x[, , 1:2, 1:2, drop = FALSE])))"
  ))
  out <- strsplit(out[length(out)], " ")[[1L]]
  expect_identical(out[c(1L, 3L)], c("interrupted", "256"))
  expect_lt(as.numeric(out[2L]), 1) # 0.2 s, on machines with much else to do
})
