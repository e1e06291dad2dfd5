# Reads what R CMD check left behind and counts, for tools/test.sh.
#
#   Rscript tools/test-report.R <exit status of the linter> <seconds>
#
# Passed: testthat's expectations, one for the linter, one for the check. Failed: testthat's
# failures and warnings, the linter, every ERROR, WARNING and NOTE of the check that is not
# allowed below, and a run without tests. The last line is "N passed, N failed".

# A NOTE or WARNING is allowed if each of its lines matches one of these; the last two tell of
# programs that the machine lacks.
allowed <- c(
  "^Maintainer: ",
  "^New submission$",
  "invalid or placeholder.*(address|URL)|example\\.org",
  "^unable to verify current time$",
  "^Skipping checking (HTML validation|math rendering)",
  "qpdf. is needed for checks on size reduction"
)

check_dir <- "build/nnconv.Rcheck"
read <- function(file) if (file.exists(file)) readLines(file, warn = FALSE) else character()

# The check's items, each with its lines, as a list.
items <- function(log) {
  starts <- grepl("^\\* ", log)
  unname(split(log[cumsum(starts) > 0], cumsum(starts)[cumsum(starts) > 0]))
}

finding_pattern <- "(\\.\\.\\.|^) *(\\[[^]]*\\] *)?(ERROR|WARNING|NOTE)$"

is_finding <- function(item) any(grepl(finding_pattern, item))

is_allowed <- function(item) {
  text <- item[-1L][!grepl(finding_pattern, item[-1L])]
  text <- trimws(text[nzchar(text)])
  !any(grepl("ERROR$", item)) && length(text) > 0L &&
    all(grepl(paste(allowed, collapse = "|"), text))
}

# Failed, warnings, skipped, passed; or NULL.
test_counts <- function(out) {
  line <- grep("^\\[ FAIL \\d+ \\| WARN \\d+ \\| SKIP \\d+ \\| PASS \\d+ \\]$", out, value = TRUE)
  if (length(line)) as.integer(regmatches(line[1L], gregexpr("\\d+", line[1L]))[[1L]])
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
