# Extracted from test-side-effects.R:13

# setup ------------------------------------------------------------------------
library(testthat)
test_env <- simulate_test_env(package = "nnconv", path = "..")
attach(test_env, warn.conflicts = FALSE)

# test -------------------------------------------------------------------------
calls <- every_call()
for (name in names(calls)) {
    result <- run_call(calls[[name]])
    expect_identical(
      grepl("^refused", name), is.character(result) && grepl("must be", result[1L]), label = name
    )
  }
tables <- list(every_call, padding_calls, module_calls, training_calls, engine_calls)
source <- paste(c(source, unlist(lapply(tables, deparse))), collapse = "\n")
for (name in getNamespaceExports("nnconv")) expect_match(source, name, fixed = TRUE)
