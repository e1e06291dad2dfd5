# Examples as tests: code in which an expression is followed by `#>` lines must print them.

# Runs lines of code; returns what differs, as text, and the number of `#>` blocks.
run_documented_code <- function(lines, env = new.env(parent = globalenv())) {
  expressions <- parse(text = lines, keep.source = TRUE)
  ends <- vapply(attr(expressions, "srcref"), function(ref) ref[3L], 1L)
  differences <- character()
  blocks <- 0L
  for (i in seq_along(expressions)) {
    printed <- utils::capture.output({
      result <- withVisible(eval(expressions[[i]], env))
      if (result$visible) print(result$value)
    })
    promised <- promised_output(lines, ends[i])
    if (length(promised)) {
      blocks <- blocks + 1L
      printed <- sub("[ ]+$", "", printed)
      if (!identical(printed, promised)) {
        differences <- c(
          differences, "promised:", promised, "printed:", printed,
          "by:", deparse(expressions[[i]])
        )
      }
    }
  }
  list(differences = differences, blocks = blocks)
}

# The `#>` lines that directly follow line `end`.
promised_output <- function(lines, end) {
  rest <- lines[-seq_len(end)]
  is_output <- grepl("^ *#>", rest)
  count <- if (all(is_output)) length(rest) else which(!is_output)[1L] - 1L
  sub("[ ]+$", "", sub("^ *#> ?", "", rest[seq_len(count)]))
}
