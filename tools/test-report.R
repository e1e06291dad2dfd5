# Reads what R CMD check left behind and counts, for tools/test.sh.
#
#   Rscript tools/test-report.R <exit status of the linter> <seconds>
#
# Passed: testthat's expectations, one for the linter, one for the check. Failed: testthat's
# failures and warnings, the linter, every ERROR, WARNING and NOTE of the check that is not
# allowed (tools/check-log.R), and a run without tests. The last line is "N passed, N failed".

source("tools/check-log.R")

check_dir <- "build/nnconv.Rcheck"
# Failed, warnings, skipped, passed; or NULL. The last line counts all of tests/testthat.R.
test_counts <- function(out) {
  line <- grep("^\\[ FAIL \\d+ \\| WARN \\d+ \\| SKIP \\d+ \\| PASS \\d+ \\]$", out, value = TRUE)
  last <- utils::tail(line, 1L)
  if (length(last)) as.integer(regmatches(last, gregexpr("\\d+", last))[[1L]])
}

arguments <- as.integer(commandArgs(trailingOnly = TRUE))
lint_failed <- arguments[1L] != 0L
failed_out <- read(file.path(check_dir, "tests/testthat.Rout.fail"))
out <- c(read(file.path(check_dir, "tests/testthat.Rout")), failed_out)
counts <- test_counts(out)
log <- read(file.path(check_dir, "00check.log"))
findings <- Filter(is_finding, items(log))
ours <- Filter(Negate(is_allowed), findings)
if (!is.null(counts) && counts[1L] > 0L) {
  ours <- Filter(function(item) !grepl("^\\* checking tests", item[1L]), ours)
}
finished <- any(grepl("^Status: ", log))

cat("\n== Summary ==\n")
if (length(failed_out)) {
  cat("The tests failed; the end of their output:\n", paste0("  ", tail(failed_out, 80L), "\n"))
}
for (item in Filter(is_allowed, findings)) {
  cat("Allowed:", sub("^\\* ", "", item[1L]), "\n", paste0("  ", item[-1L], "\n"))
}
for (item in ours) {
  cat("Not allowed:", sub("^\\* ", "", item[1L]), "\n", paste0("  ", item[-1L], "\n"))
}
if (any(grepl("can be installed .* ERROR$", log))) {
  cat("The end of the installation:\n")
  cat(paste0("  ", tail(read(file.path(check_dir, "00install.out")), 40L), "\n"))
}
if (!finished) cat("R CMD check did not finish.\n")
if (is.null(counts)) {
  cat("No counts of testthat were found.\n")
  counts <- c(0L, 0L, 0L, 0L)
}
cat(sprintf(
  "Tests: %d failed, %d warnings, %d skipped, %d passed\n",
  counts[1L], counts[2L], counts[3L], counts[4L]
))
cat("Linter:", if (lint_failed) "failed" else "passed", "\n")
cat("Check:", if (!finished || length(ours)) "failed" else "passed", "\n")
cat("Elapsed:", arguments[2L], "s\n")

failures <- c(
  counts[1:2], lint_failed, length(ours), !finished, sum(counts[c(1L, 4L)]) == 0L
)
passes <- c(counts[4L], !lint_failed, finished && !length(ours))
cat(sprintf("%d passed, %d failed\n", sum(passes), sum(failures)))
quit(status = as.integer(sum(failures) > 0L))
