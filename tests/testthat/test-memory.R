# The limit on memory: where it comes from, who is refused, and whether it counts what calls take.

meminfo <- c("MemTotal:  9000 kB", "MemFree: 10 kB", "MemAvailable: 3000 kB", "SwapFree: 1000 kB")

test_that("what the system can give is read from its files", {
  skip_on_os(c("windows", "mac", "solaris"))
  expect_identical(r_available_memory(system_files()), Inf)
  expect_identical(r_available_memory(system_files("proc/meminfo" = meminfo)), 4000 * 1024)
  # kernels before 3.14, and some imitations of Linux
  parts <- c("Buffers: 20 kB", "Cached: 2000 kB", "SReclaimable: 300 kB", "Shmem: 400 kB")
  untold <- c(meminfo[-3], parts)
  expect_identical(
    r_available_memory(system_files("proc/meminfo" = untold)), (10 + 20 + 2000 + 300 - 400 + 1000) * 1024
  )
  expect_identical(r_available_memory(system_files("proc/meminfo" = meminfo[c(1, 4)])), Inf)
  version_2 <- function(most, outer = "max") {
    r_available_memory(system_files(
      "proc/meminfo" = meminfo, "proc/self/cgroup" = "0::/a.slice/b",
      "sys/fs/cgroup/a.slice/b/memory.max" = most,
      "sys/fs/cgroup/a.slice/b/memory.current" = "2000000",
      "sys/fs/cgroup/a.slice/b/memory.stat" = c(
        "anon 1", "inactive_file 300", "active_file 20", "slab 9", "slab_reclaimable 1000"
      ),
      "sys/fs/cgroup/a.slice/memory.max" = outer,
      "sys/fs/cgroup/a.slice/memory.current" = "2500000"
    ))
  }
  expect_identical(version_2("max"), 4000 * 1024)
  expect_identical(version_2("3000000"), 3000000 - 2000000 + 1320)
  expect_identical(version_2("3000000", outer = "2600000"), 100000) # what the outer group leaves
  expect_identical(version_2("1000"), 0) # lowered below what is used
  version_1 <- function(folder) {
    files <- list(
      "proc/meminfo" = meminfo, "proc/self/cgroup" = c("5:cpu:/x", "4:hugetlb,memory:/job/7")
    )
    files[[paste0(folder, "/memory.limit_in_bytes")]] <- "3000000"
    files[[paste0(folder, "/memory.usage_in_bytes")]] <- "1000000"
    files[[paste0(folder, "/memory.stat")]] <- c("inactive_file 9", "total_inactive_file 50")
    r_available_memory(do.call(system_files, files))
  }
  expect_identical(version_1("sys/fs/cgroup/memory/job/7"), 2000050)
  expect_identical(version_1("sys/fs/cgroup/memory"), 2000050) # a container's view
})

test_that("the system's own figures are plausible", {
  available <- r_available_memory()
  expect_gt(available, 2^20)
  skip_if_not(file.exists("/proc/meminfo"), "no figures")
  expect_lt(available, 2^60)
})

test_that("the limit of a process counts", {
  skip_on_cran()
  skip_if_not(file.exists("/proc/self/status"), "no figures")
  skip_if(nzchar(Sys.getenv("NNCONV_SANITIZED")), "sanitizers take address space of their own")
  available <- in_fresh_process(
    "cat(nnconv:::r_available_memory())", prefix = "ulimit -v 2000000"
  )
  expect_lt(as.numeric(available), 2000000 * 1024)
})

test_that("scratch memory that the system does not give is refused, and the session goes on", {
  skip_on_cran()
  skip_on_os(c("windows", "mac", "solaris")) # no limit on the address space
  skip_if(nzchar(Sys.getenv("NNCONV_SANITIZED")), "sanitizers take address space of their own")
  printed <- in_fresh_process(c(
    "library(nnconv)", "nn_threads(1)", "m <- nn_conv2d(256, 256, 3)",
    "x <- array(1, c(2, 256, 6, 6))",
    # All of the memory but a megabyte, in which the result has room, but not the packed weights.
    "ballast <- list()", "block <- function() tryCatch(raw(2^20), error = function(e) NULL)",
    "while (!is.null(more <- block())) ballast[[length(ballast) + 1]] <- more",
    "ballast[1] <- NULL", "invisible(gc())",
    "refusal <- tryCatch(m(x), nnconv_error_memory = conditionMessage)",
    "ballast <- NULL", "invisible(gc())", "cat(refusal, dim(m(x)), sep = '\\n')"
  ), prefix = "export MALLOC_MMAP_THRESHOLD_=16384; ulimit -v 1000000")
  expect_match(printed[1L], "`input` must be so small that the call finds scratch memory", fixed = TRUE)
  expect_identical(printed[-1L], c("2", "256", "4", "4"))
})

# Refuses everything that needs 64 MB or more.
expect_memory_refusal <- function(expr, argument, message) {
  withr::local_options(nnconv.memory = 0)
  expect_refusal(expr, "memory", argument, message)
}

test_that("every large call is refused, with its size and the limit", {
  w <- array(1, c(1, 1, 1, 1))
  up <- nn_conv_transpose2d(1, 1, 2, stride = 2, bias = FALSE)
  down <- nn_conv2d(1, 1, 1)
  small <- array(0, c(1, 1200, 1200))
  expect_memory_refusal(up(small), "input", "for the result [1, 2400, 2400].")
  expect_memory_refusal(up(array(0, c(1, 1, 1200, 1200))), "input", "the result [1, 1, 2400, 2400].")
  expect_memory_refusal(nnf_conv2d(small, w, padding = 800), "input", "[1, 2800, 2800]")
  big <- array(0, c(1, 2600, 2600))
  expect_memory_refusal(down(big), "input", "[1, 2600, 2600]")
  expect_memory_refusal(down(array(0L, c(1, 3000, 3000))), "input", "its numbers as doubles")
  expect_memory_refusal(down$backward(big, big), "input", "for the gradients.")
  expect_memory_refusal(nnf_conv2d_backward(big, big, w), "input", "for the gradients.")
  expect_memory_refusal(nnf_pad(small, c(0, 9000)), "pad", "for the result [1, 1200, 10200].")
  expect_memory_refusal(nn_relu()(big), "input", "for 6760000 elements of the result.")
  expect_memory_refusal(nn_sigmoid()$backward(big, big), "input", "for 6760000 elements")
  expect_memory_refusal(nn_conv2d(3000, 3000, 1), "kernel_size", "for weights [3000, 3000, 1, 1].")
  expect_memory_refusal(nn_init_bilinear(3000, 3000, 1), "kernel_size", "for weights [3000,")
  wide <- nn_conv2d(2100, 2100, 1)
  expect_memory_refusal(wide$weight <- wide$weight, "weight", "for a copy of it.")
  expect_memory_refusal(
    predict(up, big, tile = 100, progress = FALSE), "newdata", "for the result [1, 5200, 5200]."
  )
  expect_memory_refusal(
    predict(nn_sequential(up), array(0, c(9, 1, 600, 600)), batch_size = 1, progress = FALSE),
    "newdata", "for the result [9, 1, 1200, 1200]."
  )
  bytes <- array(raw(1), c(3000, 3000))
  expect_memory_refusal(as_nchw(bytes, "HW"), "x", "for the result [1, 1, 3000, 3000].")
  expect_memory_refusal(from_nchw(array(0, c(1, 3000, 3000)), "WH"), "x", "the result [3000, 3000].")
  adam <- nn_optim_adam()
  numbers <- numeric(3e6)
  expect_memory_refusal(adam(numbers, numbers), "parameters", "for the next ones and their two")
  expect_output(print(adam), "after 0 steps")
  expect_memory_refusal(as.matrix(nn_conv2d(1, 1, 1), c(1, 50, 50)), "input_shape", "the matrix.")
  file <- withr::local_tempfile()
  nn_save_safetensors(list(a = numeric(5e6), b = numeric(5e6), c = 1), file, "U8")
  expect_memory_refusal(
    nn_load_safetensors(file), "file", "not 0.08 GB for its numbers as doubles."
  )
  # What is not much does not look.
  withr::local_options(nnconv.memory = 0)
  expect_identical(dim(down(small)), c(1L, 1200L, 1200L))
  expect_identical(nn_load_safetensors(file, "c"), list(c = array(1, 1)))
  expect_length(adam(numbers[1:2e6], numbers[1:2e6]), 2e6)
})

test_that("a kernel of half as many taps as there are samples is not refused for them", {
  x <- array(rnorm(20000), c(1, 1, 20000, 1))
  w <- array(rnorm(10001), c(1, 1, 10001, 1))
  withr::local_options(nnconv.memory = 1e8)
  y <- nnf_conv2d(x, w, padding = c(5000, 0))
  expect_equal(y[1, 1, 10001, 1], sum(x[5001:15001] * w), tolerance = 1e-12)
  # more than anybody has the patience for: bytes for each tap and for each cell
  shape <- c(1, 1, 88200, 1)
  config <- environment(nn_conv2d(1, 1, c(44101, 1), padding = c(22050, 0)))$config
  expect_lt(r_call_bytes(config, shape, shape, prod(shape)), 0.094e9)
})

test_that("the limit is what the option says, to the byte", {
  m <- nn_conv2d(1, 1, 1)
  x <- array(0, c(1, 3000, 3000))
  needed <- 8 * 9e6 + 2^24 + 0.8 * 9e6 + 512 + 2 * 400 * 3 # a tap, and its runs on both axes
  withr::local_options(nnconv.memory = needed)
  expect_identical(dim(m(x)), c(1L, 3000L, 3000L))
  withr::local_options(nnconv.memory = needed - 1)
  expect_refusal(m(x), "memory", "input", "the set limit, not 0.096 GB for the result")
  withr::local_options(nnconv.memory = Inf)
  expect_identical(dim(m(x)), c(1L, 3000L, 3000L))
  for (bad in list("1 GB", -1, NA_real_, c(1, 2), numeric(), list(1))) {
    withr::local_options(nnconv.memory = bad)
    expect_refusal(m(x), "argument", "nnconv.memory", "one number of bytes from 0, Inf or NULL, not ")
  }
})

test_that("a result beyond the memory is refused at once, and the session goes on", {
  skip_on_cran()
  skip_if_not(is.finite(r_available_memory()), "no figures")
  m <- nn_conv_transpose2d(1, 1, 1, stride = 2^19)
  seconds <- system.time(
    expect_refusal(m(array(1, c(1, 3, 3))), "memory", "input", "for the result [1, 1048577, 1048577].")
  )[["elapsed"]]
  expect_lt(seconds, 2)
  expect_identical(m(array(1, c(1, 1, 1))), array(m$weight + m$bias, c(1, 1, 1)))
})

test_that("a huge stride does not make the border of a padding mode long", {
  x <- random_array(1, 1, 3, 3)
  # With this crop, the corners are folded back to where they came from.
  for (mode in c("replicate", "zeros")) {
    y <- nnf_conv_transpose2d(
      x, array(2, c(1, 1, 1, 1)), stride = 1e9, padding = 1e9 - 1, padding_mode = mode
    )
    expected <- if (mode == "zeros") array(replace(numeric(9), 5, 2 * x[5]), dim(x)) else 2 * x
    expect_identical(y, expected)
  }
})

# What the last of some expressions is said to need.
needed_memory <- function(expression) {
  env <- new.env()
  eval(parse(text = expression[1L]), env)
  withr::local_options(nnconv.memory = 0)
  given <- refusal(eval(parse(text = expression[2L]), env))$given
  1e9 * as.numeric(sub(" GB for .*", "", given))
}

test_that("the limit counts all that a call takes", {
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
    c(image, "nnf_pad(x, c(-50, 0, 9, -3))"),
    c("x <- array(1, c(1, 2, 1))", "nnf_pad(x, c(0, 5e6), 'replicate')"),
    c(image, "nn_relu()(x)"),
    c(image, "nn_sigmoid()(x)"),
    c(image, "nn_tanh()$backward(x, x)$input"),
    c("", "nn_conv2d(2100, 2100, 1)$weight"),
    c("", "nn_init_bilinear(2100, 2100, 1)"),
    c(image, "predict(m, x, tile = 150, progress = FALSE)"),
    c("x <- array(as.raw(1:3), c(3, 2000, 3000))", "as_nchw(x, 'CWH', c(0, 255))"),
    c("x <- array(1, c(3, 2000, 3000))", "from_nchw(x, 'HWC')"),
    c("x <- numeric(5e6); f <- nn_optim_adam()", "f(x, x)"),
    c("m <- nn_conv_transpose2d(4, 4, 3, padding = 1)", "as.matrix(m, c(4, 30, 30))"),
    c("f <- tempfile(); nn_save_safetensors(list(a = array(1, c(3, 3e6))), f, 'F16')",
      "nn_load_safetensors(f)"),
    c("m <- nn_conv2d(2100, 2100, 1); w <- m$weight + 1", "(m$weight <- w)")
  )
  if (!identical(Sys.getenv("NNCONV_EXTENDED_TESTS"), "true")) cases <- cases[c(1, 3, 4, 8, 10, 13, 16)]
  for (case in cases) {
    needed <- needed_memory(case)
    used <- peak_growth(case)[1L]
    expect_lte(used, 1.005 * needed + 2^22, label = sprintf("%s: %.0f bytes", case[2L], used))
    expect_gt(used, 2^20)
  }
})
