# Refusals: their class, the argument that they name, and what they say.

# The condition that an expression raises.
refusal <- function(expr) tryCatch(expr, error = identity)

expect_refusal <- function(expr, kind, argument, message) {
  condition <- refusal(expr)
  expect_s3_class(condition, c(paste0("nnconv_error_", kind), "nnconv_error", "error"))
  expect_identical(condition$argument, argument)
  expect_match(conditionMessage(condition), message, fixed = TRUE)
  expect_match(conditionMessage(condition), paste0("`", argument, "` must be "), fixed = TRUE)
  expect_match(conditionMessage(condition), condition$given, fixed = TRUE)
}

pair_range <- "one or two whole numbers (height, width) between 1 and 2147483647, not "

# A refusal of `file` that says this of what is wrong with it.
expect_refusal_of_file <- function(expr, message) expect_refusal(expr, "file", "file", message)
