# Shows that no object of R's is used after it was given up: with a garbage collection at every
# allocation, calls of everything (every_call() of the tests' helpers) end as they do without. The short
# version runs the calls that differ in the compiled code's eyes, for one layer;
# NNCONV_EXTENDED_TESTS=true runs all but those that draw, which R and other packages do.

library(nnconv)
for (helper in Sys.glob("tests/testthat/helper-*call*.R")) source(helper)
extended <- identical(Sys.getenv("NNCONV_EXTENDED_TESTS"), "true")
aim_minutes <- if (extended) 20 else 4

calls <- every_call()
calls <- calls[!grepl("plot|animat|explorer|arithmetic: (step|one axis|files)", names(calls))]
if (!extended) {
  short <- c(
    paste("conv2d:", c("plain", "without bias or batch", "no images", "gradients")),
    paste("conv_transpose2d:", c("geometry", "transforms in float32", "circular", "output_size")),
    "pad: a range", "module: call", "activations", "refused: kernel", "engine: info"
  )
  stopifnot(short %in% names(calls))
  calls <- calls[short]
}

# The same random numbers and the same code both times, bytes compiled.
watched <- function(call, step) {
  set.seed(1)
  gctorture2(as.integer(step), inhibit_release = FALSE)
  on.exit(gctorture2(0L))
  tryCatch(run_call(call), error = function(e) paste("error:", conditionMessage(e)))
}
for (call in calls) for (i in 1:3) watched(call, FALSE)

# A function that gives an object up too early is found by other numbers.
scratch <- file.path("build", "harden", "gctorture")
dir.create(scratch, showWarnings = FALSE, recursive = TRUE)
writeLines(c(
  "#include <Rinternals.h>",
  "SEXP given_up(void) {",
  "  SEXP first = Rf_allocVector(REALSXP, 10), second;",
  "  for (int i = 0; i < 10; ++i) REAL(first)[i] = 1;",
  "  second = Rf_allocVector(REALSXP, 10);",
  "  for (int i = 0; i < 10; ++i) REAL(second)[i] = 2;",
  "  return first;",
  "}"
), file.path(scratch, "planted.c"))
r <- file.path(R.home("bin"), "R")
library_file <- file.path(scratch, paste0("planted", .Platform$dynlib.ext))
system2(r, c("CMD", "SHLIB", "-o", library_file, file.path(scratch, "planted.c")), stdout = FALSE)
planted <- getNativeSymbolInfo("given_up", dyn.load(library_file))
planted_call <- call_of(function() .Call(planted))
finds <- !identical(watched(planted_call, TRUE), watched(planted_call, FALSE))

seconds <- numeric()
bad <- if (!finds) "a planted fault, which is not found"
for (name in names(calls)) {
  expected <- watched(calls[[name]], FALSE)
  seconds[name] <- sum(system.time(result <- watched(calls[[name]], TRUE))[1:2])
  if (!identical(result, expected)) bad <- c(bad, name)
}
cat(sprintf("garbage collection at every allocation: %d calls, %.1f min\n", length(calls), sum(seconds) / 60))
if (length(bad)) cat("failed: results differ:", toString(bad), "\n")
is_slow <- sum(seconds) / 60 > aim_minutes
if (is_slow) cat("failed: it takes more than", aim_minutes, "min; longest:",
                 toString(names(sort(-seconds))[1:3]), "\n")
quit(status = as.integer(length(bad) > 0L || is_slow))
