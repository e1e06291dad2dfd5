# Refusals: their class, the argument that they name, and what they say.

# The condition that an expression raises.
refusal <- function(expr) tryCatch(expr, error = identity)

classes_of_refusal <- function(kind) {
  c(paste0("nnconv_error_", kind), "nnconv_error", "error", "condition")
}

expect_refusal <- function(expr, kind, argument, message) {
  condition <- refusal(expr)
  expect_identical(class(condition), classes_of_refusal(kind))
  expect_identical(condition$argument, argument)
  expect_match(conditionMessage(condition), message, fixed = TRUE)
  expect_match(conditionMessage(condition), paste0("`", argument, "` must be "), fixed = TRUE)
  expect_match(conditionMessage(condition), condition$given, fixed = TRUE)
}

pair_range <- "one or two whole numbers (height, width) between 1 and 2147483647, not "

# A refusal of `file` that says this of what is wrong with it.
expect_refusal_of_file <- function(expr, message) expect_refusal(expr, "file", "file", message)

# Refusals, each a call that is named by its kind and argument, such as "shape input". Their messages
# are kept as a snapshot, so that a change of words is a difference that somebody reads.
expect_refusals <- function(...) {
  withr::local_options(scipen = 0) # by which calls and numbers are written
  calls <- eval(substitute(alist(...)))
  frame <- parent.frame()
  messages <- Map(function(call, expected) {
    said <- deparse1(call, width.cutoff = 500L)
    condition <- refusal(eval(call, frame))
    message <- if (inherits(condition, "condition")) conditionMessage(condition) else "no refusal"
    kind <- sub(" .*", "", expected)
    argument <- sub("^[a-z]* ", "", expected)
    expect_identical(class(condition), classes_of_refusal(kind), label = said)
    expect_identical(condition$argument, argument, label = said)
    for (part in c(paste0("`", argument, "` must be "), condition$allowed, condition$given)) {
      expect_match(message, part, fixed = TRUE, label = said)
    }
    c(said, paste0("  ", message))
  }, calls, names(calls))
  expect_snapshot(writeLines(unlist(messages)))
}

# What is said of files of these contents, texts or bytes, as a snapshot. Letters that some locales
# lack are left out.
expect_said_of_bytes <- function(contents, bytes) {
  is_shown <- !vapply(contents, function(x) is.character(x) && grepl("[^ -~\n\t]", x, useBytes = TRUE), NA)
  contents <- contents[is_shown]
  bytes <- bytes[is_shown]
  shown <- vapply(contents, function(x) {
    if (is.character(x)) encodeString(x, quote = '"') else paste(utils::head(x, 40L), collapse = " ")
  }, "")
  said <- vapply(bytes, function(x) conditionMessage(refusal(nn_load_safetensors(x))), "")
  said <- sub("^`file` must be a safetensors file, not .*?[.] (?=Byte |It )", "", said, perl = TRUE)
  lines <- paste0(ifelse(nchar(shown) > 80L, paste0(substr(shown, 1L, 77L), "..."), shown), "\n  ", said)
  expect_snapshot(writeLines(lines))
}
