# Fresh processes, for what this one cannot show: memory peaks, loading, interrupts, forks.

# Runs lines of R code in a new process that finds the same packages; the lines it prints. `prefix`
# is a shell command to put before, such as a limit; `from_stdin` is for code without a file.
in_fresh_process <- function(code, env = character(), prefix = "", from_stdin = FALSE) {
  file <- withr::local_tempfile(fileext = ".R")
  libraries <- paste(deparse(.libPaths()), collapse = "")
  writeLines(c(sprintf(".libPaths(%s)", libraries), code), file)
  rscript <- file.path(R.home("bin"), "Rscript")
  if (from_stdin) {
    suppressWarnings(system2(rscript, c("--vanilla", "-"), stdin = file, stdout = TRUE, stderr = TRUE))
  } else if (nzchar(prefix)) {
    command <- sprintf("%s; %s %s", prefix, shQuote(rscript), shQuote(file))
    suppressWarnings(system2("sh", c("-c", shQuote(command)), stdout = TRUE, stderr = TRUE))
  } else {
    suppressWarnings(system2(rscript, file, stdout = TRUE, stderr = TRUE, env = env))
  }
}
