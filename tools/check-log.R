# What R CMD check leaves behind: which of its findings count. Used by tools/test-report.R and
# tools/harden/check.sh.

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

# CPU time by elapsed time of the items that tell both, the largest; 0 if none tells.
cpu_ratio <- function(log) {
  times <- regmatches(log, regexpr("\\[[0-9]+s/[0-9]+s\\]", log))
  seconds <- lapply(strsplit(gsub("[^0-9/]", "", times), "/"), as.numeric)
  max(0, vapply(seconds, function(s) if (s[2L] >= 5) s[1L] / s[2L] else 0, 0))
}

# Prints what a check found; TRUE if nothing counts, and the CPU had at most twice the time.
report_check <- function(label, folder) {
  log <- read(file.path(folder, "nnconv.Rcheck", "00check.log"))
  ours <- Filter(Negate(is_allowed), Filter(is_finding, items(log)))
  for (item in ours) writeLines(item)
  ok <- any(grepl("^Status: ", log)) && length(ours) == 0L && cpu_ratio(log) <= 2
  cat(sprintf("%sR CMD check, %s: %d findings, %.1f times the CPU\n", if (ok) "" else "failed: ", label,
              length(ours), cpu_ratio(log)))
  ok
}
