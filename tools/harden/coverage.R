# Shows how much of the package its tests run, for R and C++ separately and for what each instruction
# set has of its own: at least 95 % of the lines. Lists the lines that they do not run. It takes some
# minutes, so that NNCONV_EXTENDED_TESTS=true is needed; the tests are then in their short version.

if (!requireNamespace("covr", quietly = TRUE) || Sys.getenv("NNCONV_EXTENDED_TESTS") != "true") {
  cat("skipped: coverage, which needs the package covr and NNCONV_EXTENDED_TESTS=true\n")
  quit()
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

parts <- c(R = "^R/", "C++" = "^src/", portable = "simd_portable", neon = "simd_neon", avx2 = "simd_avx2",
           avx512 = "simd_avx512")
failed <- FALSE
for (part in names(parts)) {
  run <- lines$value[grepl(parts[[part]], lines$filename)] > 0
  if (!length(run)) next
  is_short <- mean(run) < 0.95
  failed <- failed || is_short
  cat(sprintf("%scoverage, %s: %.1f %% of %d lines\n", if (is_short) "failed: " else "", part,
              100 * mean(run), length(run)))
}
open <- lines[lines$value == 0, ]
for (file in unique(open$filename)) {
  cat(file, ": ", toString(sort(unique(open$line[open$filename == file]))), "\n", sep = "")
}
quit(status = as.integer(failed))
