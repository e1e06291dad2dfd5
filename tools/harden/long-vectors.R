# Shows that results with more than 2^31 - 1 elements are right where counting in 32 bits would go
# wrong. Run from the top, with NNCONV_EXTENDED_TESTS=true and 19 GB of free memory: every result
# takes 17.2 GB. Expected values are the sums of the definition, at single elements.

library(nnconv)
extended <- identical(Sys.getenv("NNCONV_EXTENDED_TESTS"), "true")
aim <- "elements 1, 2^31 - 1, 2^31, 2^31 + 1 and the last are right"
channels <- 2049
side <- 1024
elements <- channels * side^2 # 2^31 + 2^20
at <- c(1, 2^31 - 1, 2^31, 2^31 + 1, elements - 1, elements)

# Channel, row and column from 0, of elements counted from 1, for one image.
place <- data.frame(
  o = (at - 1) %% channels, i = (at - 1) %/% channels %% side, j = (at - 1) %/% channels %/% side
)

set.seed(1)
x <- array(stats::rnorm(side^2), c(1, 1, side, side))
half <- array(stats::rnorm(side^2 / 4), c(1, 1, side / 2, side / 2))
bias <- stats::rnorm(channels)
by_three <- array(stats::rnorm(channels * 9), c(channels, 3, 3))
by_two <- array(stats::rnorm(channels * 4), c(channels, 2, 2))

# With one channel to read: `cells` x and taps `w` of channel o, both as matrices.
correlated <- function(o, i, j) {
  rows <- i + -1:1
  columns <- j + -1:1
  r <- rows >= 0 & rows < side
  k <- columns >= 0 & columns < side
  sum(x[1, 1, rows[r] + 1, columns[k] + 1] * by_three[o + 1, which(r), which(k)])
}
doubled <- function(o, i, j) half[1, 1, i %/% 2 + 1, j %/% 2 + 1] * by_two[o + 1, i %% 2 + 1, j %% 2 + 1]

# Numbers without memory in the shape of a result: only the shape of an input counts when its
# gradient is computed. Made once, here, as compiled code would copy them to give them a shape.
without_memory <- seq_len(elements)
attr(without_memory, "dim") <- c(1L, channels, side, side)

three <- function(...) array(by_three, c(..., 3, 3))
two <- function(...) array(by_two, c(..., 2, 2))
cases <- list(
  "convolution" = list(
    function(dtype) nnf_conv2d(x, three(channels, 1), bias, padding = 1, dtype = dtype),
    function(o, i, j) bias[o + 1] + correlated(o, i, j)
  ),
  "transposed convolution" = list(
    function(dtype) nnf_conv_transpose2d(half, two(1, channels), bias, stride = 2, dtype = dtype),
    function(o, i, j) bias[o + 1] + doubled(o, i, j)
  ),
  "gradient of a convolution's input" = list(
    function(dtype) {
      nnf_conv2d_backward(
        half, without_memory, two(1, channels), stride = 2, wanted = "input", dtype = dtype
      )$input
    },
    doubled
  ),
  "gradient of a transposed convolution's input" = list(
    function(dtype) {
      nnf_conv_transpose2d_backward(
        x, without_memory, three(channels, 1), padding = 1, wanted = "input", dtype = dtype
      )$input
    },
    correlated
  )
)

failed <- FALSE
for (name in names(cases)) {
  for (dtype in c("float64", "float32")) {
    test <- sprintf("long vectors, %s, %s", name, dtype)
    invisible(gc())
    if (!extended) {
      cat(sprintf("row: %s | %s | NNCONV_EXTENDED_TESTS is not true | not run\n", test, aim))
      next
    }
    start <- proc.time()[["elapsed"]]
    y <- tryCatch(cases[[name]][[1L]](dtype), nnconv_error_memory = identity)
    if (inherits(y, "error")) {
      cat(sprintf("row: %s | %s | too little memory: %s | not run\n", test, aim, y$given))
      next
    }
    stopifnot(length(y) == elements)
    expected <- mapply(cases[[name]][[2L]], place$o, place$i, place$j)
    error <- max(abs(y[at] - expected)) / max(abs(expected))
    ok <- error < if (dtype == "float64") 1e-12 else 5e-5
    cat(sprintf(
      "row: %s | %s | largest difference %.1e, %.0f s | %s\n", test, aim, error,
      proc.time()[["elapsed"]] - start, if (ok) "ok" else "missed"
    ))
    failed <- failed || !ok
    rm(y)
  }
}
quit(status = as.integer(failed))
