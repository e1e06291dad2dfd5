# Workers and sessions: layers in other processes, in files of this and earlier versions, and in
# sessions with unusual settings. Runs the test files of that name, which say what they show.

row <- function(test, aim, measured, state) {
  cat(sprintf("row: %s | %s | %s | %s\n", test, aim, measured, state))
}

if (!requireNamespace("testthat", quietly = TRUE)) {
  row("workers, saved modules, sessions", "0 failures", "not run: testthat is not installed", "not run")
  quit()
}
library(testthat)
library(nnconv)
Sys.setenv(NOT_CRAN = "true")

about <- c(
  workers = "PSOCK, future and mirai workers, and what a module carries: same bits, plain numbers",
  saved = "modules, chains and optimizers of saved files compute what they did",
  session = "unloading, warnings as errors, standard input, decimal commas, finalizers, reentrancy"
)
failed <- 0
for (name in names(about)) {
  results <- as.data.frame(test_dir(
    "tests/testthat", package = "nnconv", load_package = "installed", filter = paste0("^", name, "$"),
    reporter = "silent", stop_on_failure = FALSE
  ))
  bad <- sum(results$failed, results$error, results$warning)
  skipped <- results$test[results$skipped]
  row(
    about[[name]], "0 failures, 0 warnings",
    paste0(sprintf("%d failures in %d expectations", bad, sum(results$nb)),
           if (length(skipped)) paste("; not run:", toString(skipped))),
    if (bad == 0) "ok" else "missed"
  )
  failed <- failed + bad
}
quit(status = as.integer(failed > 0))
