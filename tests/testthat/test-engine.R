# Instruction sets and threads: the chosen ones run, and change nothing but time.

# Shapes that reach every kernel: wide, narrow and odd channel counts, batches around the vector
# lengths, and groups of one channel.
kernel_shapes <- expand.grid(
  batch = c(1, 2, 7, 8, 9, 20, 33), in_channels = c(1, 5), out_channels = c(1, 2, 3, 7, 13, 40)
)

test_that("every instruction set computes the definition, and really ran", {
  for_each_simd(function(set) {
    set.seed(60)
    for (i in seq_len(nrow(kernel_shapes))) {
      s <- kernel_shapes[i, ]
      x <- random_array(s$batch, s$in_channels, 3, 2)
      w <- random_array(s$in_channels, s$out_channels, 2, 3)
      b <- stats::rnorm(s$out_channels)
      reference <- reference_conv_transpose2d(
        x, w, b, c(2, 1), c(0, 1), c(1, 0), c(1, 1), 1, "zeros"
      )
      for (dtype in names(tolerance)) {
        y <- nnf_conv_transpose2d(x, w, b, c(2, 1), c(0, 1), c(1, 0), dtype = dtype)
        expect_identical(r_last_simd(), set)
        expect_lte(relative_error(y, reference), tolerance[[dtype]], label = paste(set, i, dtype))
      }
    }
  })
})

test_that("the chosen set ran: its lanes and its fused products show in the bits", {
  for_each_simd(function(set) {
    for (dtype in names(tolerance)) {
      expect_identical(lanes_that_ran(dtype), lanes_of_set(set, dtype), label = paste(set, dtype))
      # A user's compiler may fuse the portable ones as well, as with -march=native.
      if (set != "portable") expect_true(all(fused_that_ran(dtype)), label = paste(set, dtype))
    }
  })
})

test_that("every instruction set computes layers in which every channel is a group", {
  for_each_simd(function(set) {
    set.seed(61)
    for (batch in c(1, 2, 3)) for (channels in c(2, 3, 5, 8, 21, 40)) {
      x <- random_array(batch, channels, 4, 5)
      m <- nn_conv2d(channels, channels, 3, padding = 1, groups = channels)
      reference <- reference_conv2d(
        x, m$weight, m$bias, c(1, 1), c(1, 1, 1, 1), c(1, 1), channels, "zeros"
      )
      for (dtype in names(tolerance)) {
        m$to(dtype)
        expect_lte(relative_error(m(x), reference), tolerance[[dtype]])
      }
    }
  })
})

test_that("every instruction set computes few channels of many", {
  for_each_simd(function(set) {
    set.seed(66)
    for (channels in list(c(32, 1), c(35, 2), c(50, 3), c(81, 3))) for (groups in 1:2) {
      x <- random_array(1, groups * channels[1], 5, 6)
      m <- nn_conv_transpose2d(groups * channels[1], groups * channels[2], c(3, 4), stride = 2,
                               padding = 1, groups = groups)
      reference <- reference_conv_transpose2d(
        x, m$weight, m$bias, c(2, 2), c(1, 1), c(0, 0), c(1, 1), groups, "zeros"
      )
      for (dtype in names(tolerance)) {
        m$to(dtype)
        expect_lte(relative_error(m(x), reference), tolerance[[dtype]], label = paste(set, dtype))
      }
      x[1, 1, 2, 2] <- NaN # reaches its footprint only, through vectors that end beyond a cell
      reference <- reference_conv_transpose2d(
        x, m$weight, m$bias, c(2, 2), c(1, 1), c(0, 0), c(1, 1), groups, "zeros"
      )
      expect_identical(is.nan(m(x)), is.nan(reference))
    }
  })
})

test_that("within every instruction set, direct results do not depend on the batch", {
  # The batch has a say in which algorithm is chosen.
  withr::local_options(nnconv.algorithm = "direct")
  for_each_simd(function(set) {
    set.seed(63)
    # Not where one image's few channels are summed lane by lane: there, the last digits differ.
    for (channels in list(c(3, 40), c(5, 4), c(3, 1))) for (dtype in names(tolerance)) {
      x <- random_array(19, channels[1], 4, 3)
      m <- nn_conv_transpose2d(channels[1], channels[2], 3, stride = 2, dtype = dtype)
      whole <- m(x)
      for (part in list(1:19, 1:8, 9:19, 3, 18:19)) {
        y <- m(x[part, , , , drop = FALSE])
        expect_identical(y, whole[part, , , , drop = FALSE], label = paste(set, dtype))
      }
    }
  })
})

test_that("sets with fused multiply-adds agree bit for bit", {
  skip_if_not("avx512" %in% nn_info()$available, "there is no AVX-512")
  set.seed(64)
  x <- random_array(9, 7, 6, 6)
  m <- nn_conv_transpose2d(7, 19, 4, stride = 2, padding = 1, padding_mode = "reflect")
  before <- nn_simd("avx2")
  on.exit(nn_simd(before))
  for (dtype in names(tolerance)) {
    m$to(dtype)
    nn_simd("avx2")
    y <- m(x)
    nn_simd("avx512")
    expect_identical(m(x), y)
  }
})

test_that("deep layers, summed in parts, agree between sets and with a batch", {
  set.seed(67)
  x <- random_array(17, 2048, 2, 2)
  w <- random_array(2048, 5, 3, 3)
  whole <- nnf_conv_transpose2d(x, w)
  expect_equal(whole[1, 1, 1, 1], sum(x[1, , 1, 1] * w[, 1, 1, 1]), tolerance = 1e-12)
  expect_identical(nnf_conv_transpose2d(x[2, , , , drop = FALSE], w), whole[2, , , , drop = FALSE])
  skip_if_not("avx512" %in% nn_info()$available, "there is no AVX-512")
  before <- nn_simd("avx2")
  on.exit(nn_simd(before))
  expect_identical(nnf_conv_transpose2d(x, w), whole)
})

test_that("nn_threads() and nn_simd() get, set and give back", {
  before <- nn_threads()
  expect_identical(nn_threads(2), before)
  expect_identical(nn_threads(), min(2L, nn_info()$most_threads))
  nn_threads(1e9)
  expect_identical(nn_threads(), nn_info()$most_threads)
  nn_threads(0)
  default <- nn_threads()
  expect_gte(default, 1)
  nn_threads(before)
  for (bad in list(-1, 1.5, NA_real_, c(1, 2))) {
    expect_error(nn_threads(bad), "`n` must be one whole number", class = "nnconv_error_argument")
  }
  expect_error(nn_threads("2"), class = "nnconv_error_type")
  set <- nn_simd()
  expect_identical(nn_simd("portable"), set)
  expect_identical(nn_simd(), "portable")
  nn_simd(set)
  expect_error(nn_simd("mmx"), '`set` must be one of "portable"', class = "nnconv_error_argument")
  expect_error(nn_simd(NULL), class = "nnconv_error_type")
  expect_identical(nn_simd(), set)
})

test_that("nn_info() tells what computes", {
  info <- nn_info()
  expect_named(info, c("version", "simd", "available", "threads", "most_threads", "algorithm", "compiler",
                       "eigen"))
  expect_true(info$simd %in% info$available)
  expect_output(print(info), paste("instruction set:", info$simd), fixed = TRUE)
})

test_that("NNCONV_SIMD chooses the set, and OMP_NUM_THREADS the threads", {
  skip_on_cran()
  out <- in_fresh_process("cat(nnconv::nn_simd(), nnconv::nn_threads())",
                          c("NNCONV_SIMD=portable", "OMP_NUM_THREADS=1"))
  expect_identical(out, "portable 1")
  out <- in_fresh_process("library(nnconv)", "NNCONV_SIMD=mmx")
  expect_match(out, "`NNCONV_SIMD` must be one of", all = FALSE, fixed = TRUE)
})

test_that("the quotas of a process's own control group and of those around it limit the threads", {
  expect_identical(r_processor_quota(system_files()), Inf)
  version_2 <- function(own, outer, outermost = "max 100000") {
    r_processor_quota(system_files(
      "proc/self/cgroup" = "0::/a.slice/b", "sys/fs/cgroup/a.slice/b/cpu.max" = own,
      "sys/fs/cgroup/a.slice/cpu.max" = outer, "sys/fs/cgroup/cpu.max" = outermost
    ))
  }
  expect_identical(version_2("max 100000", "max 100000"), Inf)
  expect_identical(version_2("250000 100000", "max 100000"), 2.5)
  expect_identical(version_2("250000 100000", "100000 100000"), 1)
  expect_identical(version_2("max 100000", "max 50000", "100000 50000"), 2)
  expect_identical(r_processor_quota(system_files("proc/self/cgroup" = "0::/a")), Inf)
  # A container sees its own group only, as the outermost one.
  expect_identical(
    r_processor_quota(system_files("proc/self/cgroup" = "0::/", "sys/fs/cgroup/cpu.max" = "50000 100000")),
    0.5
  )
  version_1 <- function(folder, quota, groups = c("5:cpu,cpuacct:/x/y", "4:memory:/job/7")) {
    files <- list("proc/self/cgroup" = groups)
    files[[paste0(folder, "/cpu.cfs_quota_us")]] <- quota
    files[[paste0(folder, "/cpu.cfs_period_us")]] <- "50000"
    r_processor_quota(do.call(system_files, files))
  }
  expect_identical(version_1("sys/fs/cgroup/cpu/x/y", "-1"), Inf)
  expect_identical(version_1("sys/fs/cgroup/cpu/x/y", "150000"), 3)
  expect_identical(version_1("sys/fs/cgroup/cpu/x", "150000"), 3)
  expect_identical(version_1("sys/fs/cgroup/cpu", "150000"), 3)
  expect_identical(version_1("sys/fs/cgroup/cpu", "150000", "4:memory:/job/7"), Inf)
})

test_that("OMP_NUM_THREADS lowers the default and does not raise it", {
  skip_on_cran()
  default <- in_fresh_process("Sys.unsetenv('OMP_NUM_THREADS'); cat(nnconv::nn_threads())")
  out <- in_fresh_process("cat(nnconv::nn_threads())", "OMP_NUM_THREADS=1000")
  expect_identical(out, default)
})

test_that("threads that the system refuses are done without", {
  skip_on_cran()
  skip_if_not(file.exists("/proc/self/status"), "limits are those of Linux")
  skip_if(nzchar(Sys.getenv("NNCONV_SANITIZED")), "sanitizers keep memory of their own")
  code <- c(
    "library(nnconv)",
    "m <- nn_conv2d(16, 16, 3)",
    "x <- array(1, c(1, 16, 100, 100))",
    "y <- m(x)",
    "size <- grep('VmSize', readLines('/proc/self/status'), value = TRUE)"
  )
  used <- as.numeric(in_fresh_process(c(code, "cat(gsub('[^0-9]', '', size))")))
  # Room for the result, but not for the stacks of seven threads.
  out <- in_fresh_process(
    c(code[1], "nn_threads(8)", code[2:4], "cat(identical(m(x), y), 'alive')"),
    prefix = sprintf("ulimit -v %.0f", used + 12000)
  )
  expect_match(out, "TRUE alive", all = FALSE)
})

test_that("sessions that began as workers use one thread, and others do not count as such", {
  workers <- list(
    c("R", "--no-echo", "-e", "tryCatch(parallel:::.workRSOCK,error=function(e)parallel:::.slaveRSOCK)()"),
    c("R", "-e", "workRSOCK~+~<-~+~parallel:::.workRSOCK;~+~workRSOCK()", "--args", "PORT=11286"),
    c("R", "-e", "mirai::daemon(\"abstract://0\")"),
    c("R", "-e", "crew::crew_worker(settings = list())"), c("R", "-e", "clustermq:::worker(\"tcp://a:1\")")
  )
  for (command in workers) expect_true(is_worker(command))
  others <- list("R", c("R", "--file=work.R", "--args", "mirai"), c("R", "-e", "mirai::daemons(2)"))
  for (command in others) expect_false(is_worker(command))
  expect_identical(default_threads(), 0)
})
