# Shows that the tests find faults: mutations.tsv has some thirty small ones, each a text of a file, what
# takes its place, and the test files that concern it. One after the other is built into a copy of
# the package, of which one of those tests has to fail. The short version takes every third;
# NNCONV_MUTATIONS="src/geometry" those of files of that name.

folder <- file.path(normalizePath("."), "build", "harden", "mutations")
copy <- file.path(folder, "package")
library <- file.path(folder, "library")
unlink(c(copy, library), recursive = TRUE)
for (path in c(copy, library)) dir.create(path, recursive = TRUE)
# With the objects that there are, which are as old as they were.
parts <- c("DESCRIPTION", "NAMESPACE", "LICENSE", "R", "src", "inst", "tests")
invisible(file.copy(parts, copy, recursive = TRUE, copy.date = TRUE))

table <- utils::read.delim("tools/harden/mutations.tsv", quote = "", colClasses = "character")
only <- Sys.getenv("NNCONV_MUTATIONS")
if (nzchar(only)) {
  table <- table[grepl(only, table$file), ]
} else if (Sys.getenv("NNCONV_EXTENDED_TESTS") != "true") {
  table <- table[seq_len(nrow(table)) %% 3 == 0, ]
}
Sys.setenv(NOT_CRAN = "true", NNCONV_EXTENDED_TESTS = "", TESTTHAT_MAX_FAILS = "0",
           R_LIBS = paste(library, Sys.getenv("R_LIBS"), sep = .Platform$path.sep))

run <- function(command, ..., timeout = 0) {
  log <- file.path(folder, "log")
  command <- file.path(R.home("bin"), command)
  suppressWarnings(system2(command, c(...), stdout = log, stderr = log, timeout = timeout))
}

build <- function() {
  run("R", "CMD", "INSTALL", "--no-docs", "--no-test-load", paste0("--library=", library), copy) == 0L
}

# Those of the named test files that there are.
tests_of <- function(fault) {
  files <- sprintf("test-%s.R", strsplit(fault$tests, " ")[[1L]])
  files[file.exists(file.path(copy, "tests/testthat", files))]
}

# At the first failure, as TESTTHAT_MAX_FAILS says; a test that hangs fails as well.
fails <- function(file) {
  code <- sprintf(
    "testthat::test_file('%s', package = 'nnconv', load_package = 'installed', reporter = 'progress',
       stop_on_failure = TRUE)", file.path(copy, "tests/testthat", file)
  )
  run("Rscript", "-e", shQuote(code), timeout = 900) != 0L
}

failed <- FALSE
fail <- function(...) {
  cat("failed:", ..., "\n")
  failed <<- TRUE
}

stopifnot(build())
for (file in unique(unlist(lapply(split(table, seq_len(nrow(table))), tests_of)))) {
  if (fails(file)) fail("without any fault:", file)
}
found <- 0
for (i in seq_len(nrow(table))) {
  fault <- table[i, ]
  label <- sprintf("%s: `%s` for `%s`", fault$file, fault$new, fault$old)
  path <- file.path(copy, fault$file)
  lines <- readLines(path)
  at <- grep(fault$old, lines, fixed = TRUE)
  object <- sub("cpp$", "o", path)
  if (length(at) != 1L || !length(tests_of(fault))) {
    fail("the text or its tests are no longer there:", label)
    next
  }
  if (file.exists(object)) file.rename(object, paste0(object, ".right"))
  writeLines(replace(lines, at, sub(fault$old, fault$new, lines[at], fixed = TRUE)), path)
  if (!build()) {
    fail("it does not build:", label)
  } else if (any(vapply(tests_of(fault), fails, NA))) {
    cat("found:", label, "\n")
    found <- found + 1
  } else {
    fail("no test finds", label)
  }
  writeLines(lines, path)
  if (file.exists(paste0(object, ".right"))) {
    file.rename(paste0(object, ".right"), object)
    Sys.setFileTime(object, Sys.time() + 1)
  }
}
cat(sprintf("mutations: %d of %d found\n", found, nrow(table)))
quit(status = as.integer(failed))
