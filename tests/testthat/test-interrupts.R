# Interrupts and time limits: SIGINT at a random time ends a long call within 0.2 s as R's own
# condition, after which the session goes on, layers are as before and no memory is left behind.

# Arrays whose numbers nobody waits for.
numbers <- function(...) array(rep_len(c(0.5, -1, 0.25, 2, -0.125), prod(...)), c(...))

# A call of a layer with an image; of a function of ours.
calling <- function(m, ...) {
  x <- numbers(...)
  list(module = m, call = function() m(x))
}
of_function <- function(call) list(module = nn_conv2d(1, 1, 1), call = call)
activating <- function(m) {
  x <- numbers(1e8)
  list(module = m, call = function() m$backward(x, function(y) x))
}

# Of 5 s and more.
long_ones <- list(
  convolution = function() calling(nn_conv2d(256, 256, 9), 6, 256, 128, 128),
  transposed = function() {
    m <- nn_conv_transpose2d(256, 256, 11, stride = 2, padding_mode = "circular", padding = 2)
    calling(m, 16, 256, 64, 64)
  },
  transforms = function() calling(nn_conv2d(256, 256, 3, padding = 1), 32, 256, 128, 128),
  portable = function() {
    m <- nn_conv_transpose2d(256, 256, 4, stride = 2, padding = 1, dtype = "float32")
    called <- calling(m, 8, 256, 64, 64)
    list(module = m, call = function() {
      before <- nn_simd("portable")
      on.exit(nn_simd(before))
      called$call()
    })
  },
  backward = function() {
    m <- nn_conv2d(512, 512, 5, padding = 2, dtype = "float32")
    x <- numbers(3, 512, 96, 96)
    list(module = m, call = function() m$backward(x, x))
  },
  weight_gradient = function() { # few cells, many channels: all the work is one band's
    m <- nn_conv_transpose2d(2048, 2048, 5)
    x <- numbers(4, 2048, 12, 12)
    y <- numbers(4, 2048, 16, 16)
    list(module = m, call = function() m$backward(x, y, "weight"))
  },
  training = function() {
    net <- nn_sequential(
      nn_conv2d(3, 32, 3, padding = 1), nn_relu(), nn_conv2d(32, 32, 3, stride = 2), nn_tanh(),
      nn_conv_transpose2d(32, 3, 3, stride = 2), nn_sigmoid()
    )
    adam <- nn_optim_adam(lr = 0)
    x <- numbers(4, 3, 65, 65)
    list(module = net, call = function() for (i in 1:100000) {
      step <- net$backward(x, function(y) y - x, c("weight", "bias"))
      nn_parameters_vector(net) <- adam(nn_parameters_vector(net), nn_parameters_vector(step))
    })
  },
  plain_loop = function() of_function(function() for (i in 1:5e8) NULL) # what the machine and R take
)

# As long as the memory allows.
short_ones <- list(
  # as much time for the weights as for the products
  packing = function() calling(nn_conv2d(12000, 12000, 1), 1, 12000, 1, 1),
  joined = function() {
    calling(nn_conv_transpose2d(8, 3, 4, stride = 2, padding = 1, dtype = "float32"), 64, 8, 200, 200)
  },
  depthwise = function() calling(nn_conv2d(16, 16, 1, groups = 16), 4, 16, 1000, 1500),
  # nothing but zeros and a bias
  huge_result = function() calling(nn_conv_transpose2d(1, 1, 1, stride = 10000), 1, 2, 2),
  # nearly all the time is for a look at the numbers
  huge_input = function() calling(nn_conv_transpose2d(64, 64, 3, padding = 500), 1, 64, 1003, 2000),
  bias_gradient = function() {
    m <- nn_conv2d(20000, 20000, 1, groups = 20000)
    x <- numbers(1, 20000, 100, 60)
    list(module = m, call = function() m$backward(x, x, "bias"))
  },
  zeroed_weights = function() {
    w <- numbers(8000, 8000, 1, 1)
    x <- numbers(1, 8000, 1, 1)
    of_function(function() nnf_conv2d_backward(x, x, w, wanted = "weight"))
  },
  relu = function() activating(nn_leaky_relu()),
  sigmoid = function() activating(nn_sigmoid()),
  tanh = function() activating(nn_tanh()),
  pad = function() {
    x <- numbers(1, 8000, 8000)
    of_function(function() nnf_pad(x, c(4, 4, 4, 4), "reflect"))
  },
  adam = function() {
    adam <- nn_optim_adam()
    p <- numbers(1e7)
    of_function(function() adam(p, p))
  }
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
  code <- sprintf(
    "tools::pskill(%2$d, 0L); Sys.sleep(%1$.3f); now <- as.numeric(Sys.time())
     tools::pskill(%2$d, tools::SIGINT); saveRDS(now, '%3$s.new'); file.rename('%3$s.new', '%3$s')",
    delay, Sys.getpid(), sent
  )
  system2(file.path(R.home("bin"), "Rscript"), c("--vanilla", "-e", shQuote(code)), wait = FALSE,
          stdout = FALSE)
  is_over <- FALSE
  end <- ending(function() {
    call()
    is_over <<- TRUE
    Sys.sleep(delay + 10) # until the signal comes after all
  })
  while (!file.exists(sent)) Sys.sleep(0.01)
  list(how = if (is_over) "it was over" else end$how, seconds = end$at - readRDS(sent))
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
    case <- c(long_ones, short_ones)[[name]]()
    parameters <- rapply(case$module$state_dict(), function(p) p + 0, how = "list")
    span <- if (name %in% names(long_ones)) 4.5 else min(replicate(2, system.time(case$call())[[3L]]))
    delays <- stats::runif(8, min(0.3, span / 10), span * 0.9)
    before <- NULL
    hit <- 0
    for (delay in delays) {
      end <- interrupted(case$call, delay)
      expect_identical(small(), expected)
      expect_identical(case$module$state_dict(), parameters)
      if (is.null(before)) before <- resident()
      if (end$how == "it was over") next
      hit <- hit + 1
      expect_identical(end$how, "interrupt")
      latencies[paste(name, hit)] <<- end$seconds
    }
    expect_gt(hit, 0)
    setTimeLimit(elapsed = span / 4, transient = TRUE)
    begin <- as.numeric(Sys.time())
    end <- ending(case$call)
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
