# Results with more than 2^31 - 1 elements are right where counting in 32 bits would go wrong. Every
# result takes 17.2 GB; expected values are the sums of the definition, at single elements.

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

# One element of a convolution of x by 3x3 taps, and of a transposed one of `half` by 2x2.
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
long_results <- list(
  "a convolution" = list(
    function(dtype) nnf_conv2d(x, three(channels, 1), bias, padding = 1, dtype = dtype),
    function(o, i, j) bias[o + 1] + correlated(o, i, j)
  ),
  "a transposed convolution" = list(
    function(dtype) nnf_conv_transpose2d(half, two(1, channels), bias, stride = 2, dtype = dtype),
    function(o, i, j) bias[o + 1] + doubled(o, i, j)
  ),
  "the gradient of a convolution's input" = list(function(dtype) {
    nnf_conv2d_backward(half, without_memory, two(1, channels), stride = 2, wanted = "input",
                        dtype = dtype)$input
  }, doubled),
  "the gradient of a transposed convolution's input" = list(function(dtype) {
    nnf_conv_transpose2d_backward(x, without_memory, three(channels, 1), padding = 1, wanted = "input",
                                  dtype = dtype)$input
  }, correlated)
)

for (name in names(long_results)) for (dtype in names(tolerance)) {
  test_that(sprintf("%s of more than 2^31 - 1 elements is right, in %s", name, dtype), {
    skip_unless_extended()
    invisible(gc())
    y <- tryCatch(long_results[[name]][[1L]](dtype), nnconv_error_memory = identity)
    if (inherits(y, "error")) skip(paste("too little memory:", y$given))
    expect_identical(length(y) + 0, elements)
    expected <- mapply(long_results[[name]][[2L]], place$o, place$i, place$j)
    expect_lt(max(abs(y[at] - expected)) / max(abs(expected)), c(float64 = 1e-12, float32 = 5e-5)[[dtype]])
  })
}
