# Interrupts and time limits: SIGINT at a random time ends a long call within 0.2 s as R's own
# condition, after which the session goes on, layers are as before and no memory is left behind.

# Arrays whose numbers nobody waits for.
numbers <- function(...) array(rep_len(c(0.5, -1, 0.25, 2, -0.125), prod(...)), c(...))

# The code of each: what is prepared, and the call. The first ones take 5 s or more.
long_ones <- list(
  convolution = c("m <- nn_conv2d(256, 256, 9); x <- numbers(6, 256, 128, 128)", "m(x)"),
  transposed = c("m <- nn_conv_transpose2d(256, 256, 11, 2, padding_mode = 'circular', padding = 2)
    x <- numbers(16, 256, 64, 64)", "m(x)"),
  transforms = c("m <- nn_conv2d(256, 256, 3, padding = 1); x <- numbers(32, 256, 128, 128)", "m(x)"),
  portable = c("m <- nn_conv_transpose2d(256, 256, 4, 2, 1, dtype = 'float32')
    x <- numbers(8, 256, 64, 64); nn_simd('portable')", "m(x)"),
  backward = c("m <- nn_conv2d(512, 512, 5, padding = 2, dtype = 'float32')
    x <- numbers(3, 512, 96, 96)", "m$backward(x, x)"),
  # Few cells, many channels: all the work is one band's.
  weight_gradient = c("m <- nn_conv_transpose2d(2048, 2048, 5); x <- numbers(4, 2048, 12, 12)
    y <- numbers(4, 2048, 16, 16)", "m$backward(x, y, 'weight')"),
  network = c("m <- do.call(nn_sequential, lapply(1:120, function(i) {
      if (i %% 2) nn_conv2d(64, 64, 3, padding = 1) else nn_tanh()
    })); x <- numbers(1, 64, 256, 256)", "m(x)"),
  training = c("m <- nn_sequential(nn_conv2d(3, 32, 3, padding = 1), nn_relu(), nn_conv2d(32, 32, 3, 2),
    nn_tanh(), nn_conv_transpose2d(32, 3, 3, stride = 2), nn_sigmoid())
    adam <- nn_optim_adam(lr = 0); x <- numbers(4, 3, 65, 65)", "for (i in 1:1e5) {
      step <- m$backward(x, function(y) y - x, c('weight', 'bias'))
      nn_parameters_vector(m) <- adam(nn_parameters_vector(m), nn_parameters_vector(step))
    }"),
  plain_loop = c("", "for (i in 1:5e8) NULL") # what the machine and R take
)
# As long as the memory allows.
short_ones <- list(
  # As much time for the weights as for the products.
  packing = c("m <- nn_conv2d(12000, 12000, 1); x <- numbers(1, 12000, 1, 1)", "m(x)"),
  planes = c("m <- nn_conv_transpose2d(8, 3, 4, stride = 2, padding = 1, dtype = 'float32')
    x <- numbers(64, 8, 200, 200)", "m(x)"),
  depthwise = c("m <- nn_conv2d(16, 16, 1, groups = 16); x <- numbers(4, 16, 1000, 1500)", "m(x)"),
  # Nothing but zeros and a bias; hardly anything but a look at the numbers.
  huge_result = c("m <- nn_conv_transpose2d(1, 1, 1, stride = 10000); x <- numbers(1, 2, 2)", "m(x)"),
  huge_input = c("m <- nn_conv_transpose2d(64, 64, 3, padding = 500)
    x <- numbers(1, 64, 1003, 2000)", "m(x)"),
  bias_gradient = c("m <- nn_conv2d(20000, 20000, 1, groups = 20000); x <- numbers(1, 20000, 100, 60)",
                    "m$backward(x, x, 'bias')"),
  zeroed_weights = c("w <- numbers(8000, 8000, 1, 1); x <- numbers(1, 8000, 1, 1)",
                     "nnf_conv2d_backward(x, x, w, wanted = 'weight')"),
  relu = c("m <- nn_leaky_relu(); x <- numbers(1e8)", "m$backward(x, function(y) x)"),
  sigmoid = c("m <- nn_sigmoid(); x <- numbers(1e8)", "m$backward(x, function(y) x)"),
  tanh = c("m <- nn_tanh(); x <- numbers(1e8)", "m$backward(x, function(y) x)"),
  pad = c("x <- numbers(1, 8000, 8000)", "nnf_pad(x, c(4, 4, 4, 4), 'reflect')"),
  adam = c("adam <- nn_optim_adam(); p <- numbers(1e7)", "adam(p, p)")
)

resident <- function() { # bytes
  invisible(gc())
  line <- grep("VmRSS", readLines("/proc/self/status"), value = TRUE)
  1024 * as.numeric(gsub("[^0-9]", "", line))
}

# How a call ends that R is to end, and when.
ending <- function(call) {
  how <- tryCatch(
    {
      call()
      "it was over"
    },
    interrupt = function(condition) "interrupt", error = conditionMessage
  )
  list(how = how, at = as.numeric(Sys.time()))
}

# SIGINT from another process, some seconds after the call begins: how it ended, and how late.
interrupted <- function(call, delay) {
  sent <- withr::local_tempfile()
  system(sprintf("(sleep %1$.3f; date +%%s.%%N > %2$s.new; kill -INT %3$d; mv %2$s.new %2$s) &", delay, sent,
                 Sys.getpid()))
  is_over <- FALSE
  end <- ending(function() {
    call()
    is_over <<- TRUE
    Sys.sleep(delay + 10) # until the signal comes after all
  })
  while (!file.exists(sent)) Sys.sleep(0.01)
  list(how = if (is_over) "it was over" else end$how, seconds = end$at - as.numeric(readLines(sent)))
}

latencies <- numeric()
for (name in c(names(long_ones), names(short_ones))) {
  test_that(sprintf("signals and time limits end `%s` at once and leave nothing behind", name), {
    skip_unless_extended()
    skip_if_not(file.exists("/proc/self/status"), "memory is read from /proc")
    set.seed(sum(utf8ToInt(name)))
    m <- nn_conv_transpose2d(3, 4, 3, stride = 2)
    x <- numbers(2, 3, 9, 9)
    small <- function() list(m(x), m$backward(x, function(y) y))
    expected <- small()
    local_engine()
    case <- new.env()
    text <- c(long_ones, short_ones)[[name]]
    eval(parse(text = text[1L]), case)
    call <- function() eval(parse(text = text[2L]), case)
    copied <- function(p) p + 0
    parameters <- function() if (!is.null(case$m)) rapply(case$m$state_dict(), copied, how = "list")
    as_before <- parameters()
    span <- if (name %in% names(long_ones)) 4.5 else min(replicate(2, system.time(call())[[3L]]))
    delays <- stats::runif(8, min(0.3, span / 10), span * 0.9)
    before <- NULL
    hit <- 0
    for (delay in delays) {
      end <- interrupted(call, delay)
      expect_identical(small(), expected)
      expect_identical(parameters(), as_before)
      if (is.null(before) && delay == delays[4L]) before <- resident() # the heap is as large as it gets
      if (end$how == "it was over") next
      hit <- hit + 1
      expect_identical(end$how, "interrupt")
      latencies[paste(name, hit)] <<- end$seconds
    }
    expect_gt(hit, 0)
    setTimeLimit(elapsed = span / 4, transient = TRUE)
    begin <- as.numeric(Sys.time())
    end <- ending(call)
    setTimeLimit()
    expect_match(end$how, "reached elapsed time limit")
    expect_lte(end$at - begin - span / 4, 0.2)
    expect_identical(small(), expected)
    expect_lte(resident() - before, 32 * 2^20)
  })
}

test_that("99 of 100 signals end a call within 0.2 s", {
  skip_unless_extended()
  quantiles <- stats::quantile(latencies, c(0.5, 0.99), type = 1)
  figure("interrupts: median %.3f s, p99 %.3f s in %d runs", quantiles[1L], quantiles[2L], length(latencies))
  expect_lte(quantiles[[2L]], 0.2)
})
