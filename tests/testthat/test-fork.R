# Forks: children and grandchildren of a process that has used threads, in layers and in the BLAS,
# compute the same numbers and end, and the parent goes on with its number of threads.

# What a process of its own does; it prints whether all of them were right.
forking <- quote({
  suppressPackageStartupMessages(library(nnconv))
  threads <- sample(2:8, 1)
  nn_threads(threads)
  threads <- nn_threads() # the machine may allow fewer
  channels <- sample(c(8L, 33L, 64L), 1)
  m <- nn_conv_transpose2d(channels, 32, 4, stride = 2, padding = 1,
                           dtype = sample(c("float64", "float32"), 1))
  down <- nn_conv2d(channels, 16, 3, padding = 1)
  x <- array(stats::rnorm(2 * channels * 40 * 40), c(2, channels, 40, 40))
  work <- function() list(m(x), down(x), m$backward(x, function(y) y), down$backward(x, function(y) y))
  expected <- work() # in parallel
  big <- matrix(stats::rnorm(600 * 600), 600)
  product <- crossprod(big) # in the threads of the BLAS, if it has some
  nn_threads(sample(c(0, 1, threads), 1))
  before <- nn_threads()
  is_right <- function() identical(work(), expected) && nn_threads() == 1L
  children <- parallel::mclapply(1:3, function(i) {
    first <- is_right()
    nn_threads(4) # a child stays on one thread
    grandchildren <- parallel::mclapply(1:2, function(j) is_right(), mc.cores = 2)
    first && is_right() && identical(grandchildren, list(TRUE, TRUE)) &&
      isTRUE(all.equal(crossprod(big), product))
  }, mc.cores = 2)
  job <- parallel::mcparallel(is_right())
  while_it_runs <- identical(work(), expected)
  cat(identical(children, list(TRUE, TRUE, TRUE)), identical(parallel::mccollect(job)[[1L]], TRUE),
      while_it_runs, identical(work(), expected), nn_threads() == before)
})

test_that("forked processes and theirs compute the same after threads and the BLAS, and end", {
  skip_on_cran()
  skip_on_os("windows")
  rscript <- file.path(R.home("bin"), "Rscript")
  run <- function(code, ...) {
    file <- withr::local_tempfile(fileext = ".R", lines = code)
    suppressWarnings(system2(rscript, file, stdout = TRUE, ...))
  }
  for (seed in seq_len(if (is_extended()) 100L else 2L)) {
    # On a machine with much else to do, 20 times as long as an empty process.
    empty <- system.time(run("NULL"))[["elapsed"]]
    code <- c(sprintf(".libPaths(%s)", deparse1(.libPaths())), sprintf("set.seed(%d)", seed),
              deparse(forking))
    out <- run(code, timeout = max(10, ceiling(20 * empty)))
    expect_identical(attr(out, "status"), NULL, label = paste("the status of run", seed)) # 124: it hangs
    expect_identical(utils::tail(c(out), 1L), "TRUE TRUE TRUE TRUE TRUE", label = paste("run", seed))
  }
})
