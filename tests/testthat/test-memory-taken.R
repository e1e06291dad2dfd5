# What a call takes beside its input and its result, and how it ends early.

test_that("scratch memory stays within 16 MB and a tenth of the larger array", {
  skip_on_cran()
  skip_if_not(file.exists("/proc/self/status"), "memory is read from /proc")
  skip_if(nzchar(Sys.getenv("NNCONV_SANITIZED")), "sanitizers keep memory of their own")
  cases <- list(
    # a large result, a padding mode, both types
    c("m <- nn_conv_transpose2d(8, 8, 3, 2, 2, padding_mode = 'circular')",
      "x <- array(1, c(1, 8, 600, 600))", "m(x)"),
    c("m <- nn_conv_transpose2d(8, 8, 3, 2, dtype = 'float32')",
      "x <- array(1, c(1, 8, 600, 600))", "m(x)"),
    # a large input
    c("m <- nn_conv2d(8, 8, 3, stride = 2, padding = 1, padding_mode = 'reflect')",
      "x <- array(1, c(1, 8, 1400, 1400))", "m(x)"),
    # large weights
    c("m <- nn_conv_transpose2d(1024, 512, 4, stride = 2, padding = 1)",
      "x <- array(1, c(1, 1024, 4, 4))", "m(x)"),
    # a border far larger than the image
    c("w <- array(1, c(1, 1, 3, 3))", "x <- array(1, c(1, 1, 3, 3))",
      "nnf_conv2d(x, w, padding = 1500, padding_mode = 'replicate')"),
    c("w <- array(1, c(1, 1, 3, 3))", "x <- array(1, c(1, 1, 1500, 1500))",
      "nnf_conv_transpose2d(x, w, padding = 500, padding_mode = 'reflect')"),
    # a border far larger than image and result
    c("w <- array(1, c(1, 1, 1, 1))", "x <- array(1, c(1, 1, 3, 3))",
      "nnf_conv_transpose2d(x, w, stride = 1e8, padding = 1e8 - 1, padding_mode = 'replicate')"),
    # one long signal
    c("m <- nn_conv_transpose2d(1, 1, c(16, 1), stride = c(8, 1))",
      "x <- array(1, c(1, 1, 1e6, 1))", "m(x)")
  )
  for (case in cases) {
    growth <- peak_growth(case)
    scratch <- growth[1L] - growth[2L]
    expect_lte(scratch, 16 * 2^20 + 0.1 * growth[2L], label = paste(case, collapse = "; "))
  }
})

test_that("a picture in tiles takes little memory besides input and result", {
  skip_on_cran()
  skip_if_not(file.exists("/proc/self/status"), "memory is read from /proc")
  skip_if(nzchar(Sys.getenv("NNCONV_SANITIZED")), "sanitizers keep memory of their own")
  # In one piece, the first one would take 460 MB, and the second one 32 GB.
  extended <- identical(Sys.getenv("NNCONV_EXTENDED_TESTS"), "true")
  case <- if (extended) c(1e4, 512, 2e9) else c(1200, 128, 1.2e8)
  growth <- peak_growth(c(
    "net <- nn_pretrained('upscale2x')",
    "kept <- numeric(5e7)", # beside which R is in no hurry to collect garbage
    sprintf("x <- array(1, c(1, 1, %.0f, %.0f))", case[1L], case[1L]),
    sprintf("predict(net, x, tile = %.0f)", case[2L])
  ))
  expect_identical(growth[2L], 8 * 4 * case[1L]^2)
  expect_lte(growth[1L] - growth[2L], case[3L])
})

test_that("a running call can be interrupted, and the session goes on", {
  skip_on_cran()
  skip_on_os("windows")
  out <- in_fresh_process(c(
    "library(nnconv)",
    "m <- nn_conv_transpose2d(256, 256, 9)",
    "x <- array(1, c(1, 256, 128, 128))", # some 90 thousand million multiply-adds
    "system(sprintf('(sleep 0.5; kill -INT %d) &', Sys.getpid()))",
    "start <- proc.time()[[3]]",
    "how <- tryCatch(m(x), interrupt = function(i) 'interrupted')",
    "seconds <- proc.time()[[3]] - start",
    "cat(identical(how, 'interrupted'), seconds, dim(m(x[, , 1:2, 1:2, drop = FALSE])))"
  ))
  out <- strsplit(out[length(out)], " ")[[1L]]
  expect_identical(out[1L], "TRUE")
  expect_lt(as.numeric(out[2L]), 2.5)
  expect_identical(out[3:6], c("1", "256", "10", "10"))
})

test_that("an interrupt soon ends what is not a sum of a layer, too, and undoes it", {
  skip_on_cran()
  skip_on_os("windows")
  skip_if(nzchar(Sys.getenv("NNCONV_SANITIZED")), "sanitizers take time and memory of their own")
  preparation <- c(
    "library(nnconv)",
    "nn_simd('portable')",
    "numbers <- function(...) array(rep_len(c(1, -2, 3), prod(...)), c(...))",
    "adam <- nn_optim_adam()"
  )
  array_of_many <- "p <- numbers(4, 5e6)"
  cases <- list(
    # A single band of cells, many channels.
    c("x <- numbers(1, 1024, 26, 26)", "y <- numbers(1, 1024, 22, 22)",
      "w <- numbers(1024, 1024, 5, 5)", "nnf_conv2d_backward(y, x, w, wanted = 'weight')"),
    c(array_of_many, "for (i in 1:50) nn_tanh()(p)"),
    c(array_of_many, "for (i in 1:50) nnf_pad(p, c(1, 1, 1, 1), 'circular')"),
    c(array_of_many, "for (i in 1:50) adam(p, p)")
  )
  for (case in cases) {
    call <- case[length(case)]
    out <- in_fresh_process(c(
      preparation, case[-length(case)],
      "sent <- tempfile()",
      "invisible(gc())",
      "system(sprintf('(sleep 0.4; date +%%s.%%N > %s; kill -INT %d) &', sent, Sys.getpid()))",
      paste0("how <- tryCatch({ ", call, "; 'late' }, interrupt = function(i) 'interrupted')"),
      "cat(how, as.numeric(Sys.time()) - as.numeric(readLines(sent)), environment(adam)$steps,",
      "    length(environment(adam)$mean) %in% c(0, 2e7))"
    ))
    out <- strsplit(out[length(out)], " ")[[1L]]
    expect_identical(out[1L], "interrupted", label = call)
    expect_lt(as.numeric(out[2L]), 1, label = call) # on machines with much else to do
    expect_identical(out[4L], "TRUE")
  }
})

test_that("a time limit ends a running call as the error that it is", {
  skip_on_cran()
  m <- nn_conv_transpose2d(256, 256, 9)
  x <- array(1, c(1, 256, 128, 128))
  limited <- function() {
    setTimeLimit(elapsed = 0.2, transient = TRUE)
    on.exit(setTimeLimit())
    m(x)
  }
  expect_error(limited(), "elapsed time limit")
  expect_identical(dim(m(x[, , 1:2, 1:2, drop = FALSE])), c(1L, 256L, 10L, 10L))
})

test_that("safetensors files pass through a small buffer, in both directions", {
  skip_on_cran()
  skip_if_not(file.exists("/proc/self/status"), "memory is read from /proc")
  skip_if(nzchar(Sys.getenv("NNCONV_SANITIZED")), "sanitizers keep memory of their own")
  file <- withr::local_tempfile()
  nn_save_safetensors(list(x = array(1, c(300, 500, 60))), file)
  copy <- withr::local_tempfile()
  read <- peak_growth(sprintf("nn_load_safetensors(%s)$x", deparse(file)))
  written <- peak_growth(c("x <- array(1, c(300, 500, 60))", sprintf(
    "{ nn_save_safetensors(list(x = x), %s); numeric() }", deparse(copy)
  )))
  expect_identical(file.size(copy), file.size(file))
  expect_equal(read[2L], 8 * 300 * 500 * 60)
  expect_lte(read[1L] - read[2L], 8 * 2^20)
  expect_lte(written[1L], 8 * 2^20)
})

test_that("a result that R cannot allocate leaves no input behind", {
  skip_on_cran()
  skip_if_not(file.exists("/proc/self/status"), "limits are those of Linux")
  skip_if(nzchar(Sys.getenv("NNCONV_SANITIZED")), "sanitizers keep memory of their own")
  code <- c("library(nnconv)", "f <- nn_relu()", "options(nnconv.memory = Inf)", "invisible(f(1))")
  size <- "cat(gsub('[^0-9]', '', grep('VmSize', readLines('/proc/self/status'), value = TRUE)))"
  used <- as.numeric(in_fresh_process(c(code, size)))
  # Room for one array of 40 MB, and not for its result.
  out <- in_fresh_process(
    c(
      code,
      "for (i in 1:5) {",
      "  x <- NULL",
      "  invisible(gc())",
      "  x <- rep(i + 0.5, 5e6)",
      "  cat(tryCatch(length(f(x)), error = function(e) 'refused'), '')",
      "}"
    ),
    prefix = sprintf("ulimit -v %.0f", used + 75000)
  )
  expect_identical(trimws(out), "refused refused refused refused refused")
})
