# All tests. In our own checks (NOT_CRAN), two processes share the test files, and those follow alone
# that compare times or memory of the process, or take much of it. One reporter counts all of them.
library(testthat)
library(nnconv)

alone <- c(
  "interrupts", "long-vectors", "memory", "memory-taken", "network-memory", "padded-and-planes",
  "side-effects", "time-limits"
)

if (identical(Sys.getenv("NOT_CRAN"), "true")) {
  stopifnot(file.exists(sprintf("testthat/test-%s.R", alone)))
  reporter <- CheckReporter$new()
  run <- function(parallel) {
    Sys.setenv(TESTTHAT_PARALLEL = parallel)
    test_check("nnconv", reporter, filter = sprintf("^(%s)$", paste(alone, collapse = "|")),
               invert = parallel, stop_on_failure = FALSE)
  }
  run(parallel = TRUE)
  run(parallel = FALSE)
  if (reporter$problems$size() > 0L) stop("Test failures")
} else {
  test_check("nnconv")
}
