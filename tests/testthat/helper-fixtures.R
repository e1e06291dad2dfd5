# The stored reference cases of PyTorch; tools/make_fixtures.py makes them and says what they are.

# A list of cases, each with its arguments as R values and PyTorch's result as `expected`.
pytorch_cases <- function(kinds) {
  table <- fixture_table("cases.tsv")
  shapes <- lapply(table$result, fixture_numbers)
  ends <- cumsum(vapply(shapes, prod, 0))
  results <- fixture_results("results.bin.gz", sum(vapply(shapes, prod, 0)))
  lapply(which(table$kind %in% kinds), function(i) {
    count <- prod(shapes[[i]])
    expected <- array(results[ends[i] - count + seq_len(count)], shapes[[i]])
    fixture_case(i, as.list(table[i, ]), expected)
  })
}

# One line per case; text, as a cell may be a number, several, a word or, for none, "-".
fixture_table <- function(name) {
  utils::read.delim(
    testthat::test_path("fixtures", name), comment.char = "#", quote = "",
    colClasses = "character", na.strings = "-"
  )
}

# The layers' cases, each with its `grad_output` and PyTorch's `gradients`.
pytorch_gradients <- function() {
  cases <- pytorch_cases(c("conv_transpose2d", "conv2d"))
  parts <- lapply(cases, function(case) Filter(Negate(is.null), case[c("input", "weight", "bias")]))
  count <- sum(lengths(unlist(parts, recursive = FALSE)))
  numbers <- fixture_results("gradients.bin.gz", count, "integer", 4L) / 97^2
  at <- 0
  for (i in seq_along(cases)) {
    cases[[i]]$grad_output <- fixture_array(dim(cases[[i]]$expected), 3 * cases[[i]]$number + 1500)
    cases[[i]]$gradients <- lapply(parts[[i]], function(part) {
      part[] <- numbers[at + seq_along(part)]
      at <<- at + length(part)
      part
    })
  }
  cases
}

# All of them: one more is asked for, so that left-over results are noticed too.
fixture_results <- function(name, count, what = "double", size = 8L) {
  file <- gzfile(testthat::test_path("fixtures", name), "rb")
  on.exit(close(file))
  results <- readBin(file, what, count + 1, size = size, endian = "little")
  stopifnot(length(results) == count)
  results
}

fixture_case <- function(number, row, expected) {
  case <- list(
    number = number,
    label = fixture_label(number, row),
    kind = row$kind,
    input = fixture_array(fixture_numbers(row$input), 3 * number),
    expected = expected
  )
  if (row$kind == "pad") {
    case$arguments <- pad_arguments(row)
    return(case)
  }
  shape <- fixture_numbers(row$weight)
  groups <- as.numeric(row$groups)
  case$weight <- fixture_array(shape, 3 * number + 1)
  channels <- if (row$kind == "conv2d") shape[1] else shape[2] * groups
  if (as.logical(row$bias)) {
    case$bias <- fixture_values(channels, 3 * number + 2)
  }
  case$output_size <- fixture_numbers(row$output_size)
  case$arguments <- layer_arguments(row)
  case
}

# Those of the functional forms that are not arrays.
layer_arguments <- function(row) {
  pairs <- c("stride", "padding", "output_padding", "dilation", "groups")
  arguments <- lapply(row[pairs], fixture_numbers)
  if (row$padding %in% c("same", "valid")) arguments$padding <- row$padding
  if (isTRUE(as.logical(row$extend))) arguments$extend <- TRUE
  arguments$padding_mode <- row$padding_mode
  Filter(Negate(is.null), arguments)
}

pad_arguments <- function(row) {
  arguments <- list(pad = fixture_numbers(row$padding), mode = row$padding_mode)
  if (!is.na(row$value)) arguments$value <- as.numeric(row$value)
  arguments
}

# "case 7: conv2d, 1 x 1 kernel (input 2,4,3,5, weight 3,4,1,1, ...)"
fixture_label <- function(number, row) {
  details <- row[!names(row) %in% c("kind", "about", "result") & !is.na(row)]
  sprintf(
    "case %d: %s, %s (%s)", number, row$kind, row$about,
    paste(names(details), unlist(details), collapse = ", ")
  )
}

# "2,1" as c(2, 1), none as NULL, a word as NULL too.
fixture_numbers <- function(text) {
  if (is.na(text) || !grepl("^[-0-9,]+$", text)) {
    return(NULL)
  }
  as.numeric(strsplit(text, ",")[[1]])
}

# The formula of tools/make_fixtures.py; every step before the division is exact.
fixture_values <- function(count, seed) {
  k <- seq_len(count) - 1
  ((k * 7919 + seed * 104729) %% 1009 - 504) / 97
}

fixture_array <- function(shape, seed) array(fixture_values(prod(shape), seed), shape)

# One expectation: `got` has the shape of PyTorch's values, and differs from them by at most
# `tolerance` times the largest of them. An error is a failure of this case, not of the test.
expect_pytorch <- function(got, case, tolerance, expected = case$expected) {
  got <- tryCatch(got, error = identity)
  problem <- if (inherits(got, "error")) {
    conditionMessage(got)
  } else if (!identical(dim(got), dim(expected))) {
    sprintf("shape %s, not %s", toString(dim(got)), toString(dim(expected)))
  } else if (!isTRUE(relative_error(got, expected) <= tolerance)) {
    sprintf("relative error %.3g", relative_error(got, expected))
  }
  testthat::expect(is.null(problem), paste(case$label, problem, sep = ": "))
  invisible(got)
}
