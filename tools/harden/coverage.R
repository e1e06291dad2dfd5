# Shows how much of the package its tests run, for R and C++ separately and for what each instruction
# set has of its own, and lists the lines that they do not. Run from the top. It takes some minutes,
# so that NNCONV_EXTENDED_TESTS=true is needed; the tests themselves are then in their short version.

aim <- 95
skip <- if (!requireNamespace("covr", quietly = TRUE)) {
  "covr is not installed"
} else if (!identical(Sys.getenv("NNCONV_EXTENDED_TESTS"), "true")) {
  "NNCONV_EXTENDED_TESTS is not true"
}
if (!is.null(skip)) {
  cat(sprintf("row: coverage of lines, R and C++ | at least %d %% | %s | not run\n", aim, skip))
  quit(status = 0L)
}

scratch <- file.path(normalizePath("."), "build", "harden", "coverage")
unlink(file.path(scratch, c("package", "library")), recursive = TRUE)
dir.create(file.path(scratch, "package"), recursive = TRUE)
parts <- c("DESCRIPTION", "NAMESPACE", "LICENSE", "R", "src", "inst", "man", "tests")
invisible(file.copy(parts, file.path(scratch, "package"), recursive = TRUE))
unlink(Sys.glob(file.path(scratch, "package", "src", c("*.o", "*.so"))))

Sys.setenv(NOT_CRAN = "true", NNCONV_EXTENDED_TESTS = "", MAKEFLAGS = "-j2")
tests <- sprintf(
  "testthat::test_dir('%s', package = 'nnconv', load_package = 'installed', reporter = 'summary',
     stop_on_failure = FALSE)", file.path(scratch, "package", "tests", "testthat")
)
# Workers that were stopped while they wrote what they had run leave half a file.
whole_traces <- sprintf("
  Sys.sleep(5)
  for (trace in Sys.glob(file.path('%s', 'library', 'covr_trace_*'))) {
    tryCatch(readRDS(trace), error = function(e) unlink(trace))
  }", scratch)
covered <- covr::package_coverage(
  file.path(scratch, "package"), type = "none", code = c(tests, whole_traces), quiet = TRUE,
  install_path = file.path(scratch, "library"), clean = FALSE
)
saveRDS(covered, file.path(scratch, "coverage.rds"))
lines <- covr::tally_coverage(covered, by = "line")

failed <- FALSE
report <- function(what, pattern) {
  part <- lines[grepl(pattern, lines$filename), ]
  share <- 100 * mean(part$value > 0)
  ok <- nrow(part) > 0L && share >= aim
  cat(sprintf(
    "row: coverage of lines, %s | at least %d %% | %.1f %% of %d | %s\n", what, aim, share,
    nrow(part), if (ok) "ok" else "missed"
  ))
  failed <<- failed || !ok
}
report("R", "^R/")
report("C++", "^src/")
for (set in c("portable", "avx2", "avx512")) {
  if (any(grepl(sprintf("simd_%s\\.h", set), lines$filename))) {
    report(sprintf("instruction set %s", set), sprintf("^src/kernels/simd_%s\\.h", set))
  }
}

open <- lines[lines$value == 0, ]
for (file in unique(open$filename)) {
  cat(file, ": ", toString(sort(unique(open$line[open$filename == file]))), "\n", sep = "")
}
quit(status = as.integer(failed))
