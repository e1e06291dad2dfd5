# Forks: children and grandchildren of a process that has used threads, in layers and in the BLAS,
# compute the same numbers and end; the parent goes on with its number of threads. Each run is a
# process of its own, which is ended after 10 s, or after 20 times what an empty process takes where
# that is more, as on a machine with much else to do. NNCONV_EXTENDED_TESTS=true makes 100 runs.

extended <- identical(Sys.getenv("NNCONV_EXTENDED_TESTS"), "true")
runs <- if (extended) 100L else 25L
rscript <- file.path(R.home("bin"), "Rscript")

if (.Platform$OS.type == "windows") {
  cat("row: forked processes | 0 hangs | not run: there is no fork on Windows | not run\n")
  quit()
}

one_run <- function(number) {
  suppressPackageStartupMessages(library(nnconv))
  set.seed(number)
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
  if (number %% 2 == 0) nn_threads(1)
  if (number %% 3 == 0) nn_threads(0)
  if (number %% 5 == 0) nn_threads(threads)
  before <- nn_threads()
  is_right <- function() identical(work(), expected) && nn_threads() == 1L
  children <- parallel::mclapply(1:3, function(i) {
    nn_threads(4) # a child stays on one thread
    grandchildren <- parallel::mclapply(1:2, function(j) is_right(), mc.cores = 2)
    is_right() && all(unlist(grandchildren)) && length(unlist(grandchildren)) == 2L &&
      isTRUE(all.equal(crossprod(big), product))
  }, mc.cores = 3)
  again <- parallel::mcparallel(is_right())
  here <- identical(work(), expected) # while the child runs
  again <- parallel::mccollect(again)
  c(
    right = identical(children, list(TRUE, TRUE, TRUE)) && identical(unname(again), list(TRUE)),
    parent = here && identical(work(), expected), threads = nn_threads() == before
  )
}

arguments <- commandArgs(trailingOnly = TRUE)
if (length(arguments) == 1L) {
  cat(one_run(as.integer(arguments)), "\n")
  quit()
}

results <- lapply(seq_len(runs), function(number) {
  empty <- system.time(system2(rscript, c("--vanilla", "-e", "NULL"), stdout = FALSE))[["elapsed"]]
  begin <- proc.time()[["elapsed"]]
  out <- suppressWarnings(system2(
    rscript, c("--vanilla", "tools/harden/fork.R", number), stdout = TRUE,
    timeout = max(10, ceiling(20 * empty))
  ))
  list(
    status = attr(out, "status"), seconds = proc.time()[["elapsed"]] - begin,
    right = identical(utils::tail(out, 1L), "TRUE TRUE TRUE ")
  )
})
hangs <- sum(vapply(results, function(r) identical(r$status, 124L), NA))
wrong <- sum(!vapply(results, `[[`, NA, "right")) - hangs
seconds <- vapply(results, `[[`, 0, "seconds")
cat(sprintf("%d runs of %.1f to %.1f s\n", runs, min(seconds), max(seconds)))
ok <- hangs == 0L && wrong == 0L
cat(sprintf(
  paste(
    "row: layers in forked processes and their children after threads and BLAS |",
    "0 hangs in 100 runs, same bits, parent's threads as before |",
    "%d hangs, %d wrong in %d runs (BLAS: %s) | %s\n"
  ),
  hangs, wrong, runs, basename(dirname(extSoftVersion()[["BLAS"]])), if (ok) "ok" else "missed"
))
quit(status = as.integer(!ok))
