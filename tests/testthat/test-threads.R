# Threads: they stay between calls and end with the package; nothing that happens meanwhile makes a
# session hang.

# A call that is worth threads, and the number of threads of the process, in Linux.
on_threads <- c(
  "library(nnconv)",
  "m <- nn_conv2d(32, 32, 3)",
  "x <- array(as.numeric(1:7), c(1, 32, 60, 60))",
  "count <- function() length(list.files('/proc/self/task'))",
  "nn_threads(1)",
  "y <- m(x)",
  "alone <- count()"
)

skip_unless_counted <- function() {
  skip_on_cran()
  skip_if_not(dir.exists("/proc/self/task"), "threads are counted in /proc")
  skip_if(nn_info()$most_threads < 3)
}

test_that("threads begin when they are needed, stay, and end with the package", {
  skip_unless_counted()
  out <- in_fresh_process(c(
    on_threads,
    "more <- integer(); right <- TRUE",
    "for (n in c(2, 2, 3, 2, 1, 3)) {",
    "  nn_threads(n); right <- right && identical(m(x), y); more <- c(more, count() - alone)",
    "}",
    "unloadNamespace('nnconv')",
    "left <- count() - alone",
    "again <- identical(m(x), y)", # begins threads anew
    "cat(right, identical(more, c(1L, 1L, 2L, 2L, 2L, 2L)), left, again)"
  ))
  expect_identical(out[length(out)], "TRUE TRUE 0 TRUE")
})

test_that("threads end before the library is removed, and begin again when it is loaded again", {
  skip_unless_counted()
  out <- in_fresh_process(c(
    on_threads,
    "nn_threads(3); y <- m(x); most <- count() - alone; at <- find.package('nnconv')",
    "library.dynam.unload('nnconv', at)",
    "left <- count() - alone",
    "try(unloadNamespace('nnconv'), silent = TRUE)",
    "library(nnconv)",
    "nn_threads(3)",
    "again <- nn_conv2d(32, 32, 3)$load_state_dict(m$state_dict())",
    "cat(most, left, identical(again(x), y), count() - alone)"
  ))
  expect_identical(out[length(out)], "2 0 TRUE 2")
})

test_that("a process ends at once with threads that sleep, or that have just worked", {
  skip_on_cran()
  for (end in c("", "quit(save = 'no', status = 0)", "Sys.sleep(0.01); quit(save = 'no')")) {
    out <- in_fresh_process(c(on_threads, "nn_threads(3)", "cat(identical(m(x), y), '\\n')", end))
    expect_identical(attr(out, "status"), NULL, label = end)
    expect_match(out[length(out)], "TRUE", label = end)
  }
})

test_that("a call on threads that a time limit has ended leaves them ready for the next", {
  skip_on_cran()
  set.seed(1)
  m <- nn_conv2d(32, 32, 3, padding = 1)
  x <- random_array(1, 32, 40, 40)
  y <- with_threads(1, m(x))
  large <- array(0.5, c(8, 32, 200, 200))
  ending <- function() {
    setTimeLimit(elapsed = 0.05, transient = TRUE)
    on.exit(setTimeLimit())
    for (i in 1:1000) m(large)
  }
  for (i in 1:3) {
    expect_error(with_threads(2, ending()), "elapsed time limit")
    expect_identical(with_threads(2, m(x)), y)
  }
})
