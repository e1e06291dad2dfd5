# Extracted from test-numbers.R:96

# setup ------------------------------------------------------------------------
library(testthat)
test_env <- simulate_test_env(package = "nnconv", path = "..")
attach(test_env, warn.conflicts = FALSE)

# test -------------------------------------------------------------------------
set.seed(83)
for (i in 1:60) {
    g <- random_geometry()
    if (g$batch == 0) next
    g$in_channels <- 8 * g$in_channels
    g$out_channels <- 8 * g$out_channels
    whole <- function(...) round(random_array(...) * 2^30)
    large <- whole(g$batch, g$out_channels, large_size(g))
    small <- whole(g$batch, g$in_channels, g$size)
    weight <- whole(g$in_channels, g$out_channels / g$groups, g$kernel_size)
    of <- function(f, ...) f(..., g$stride, g$padding, g$dilation, g$groups, g$mode)
    exact <- of(exact_derivatives, large, weight, small)
    magnitudes <- of(definition_by_tap, abs(large), abs(weight), abs(small))
    counts <- of(definition_by_tap, large * 0 + 1, weight * 0 + 1, small * 0 + 1)
    m <- nn_conv_transpose2d(
      g$in_channels, g$out_channels, g$kernel_size, g$stride, g$padding, g$output_padding,
      g$groups, FALSE, g$dilation, g$mode
    )
    m$weight <- weight
    withr::with_options(list(nnconv.algorithm = "direct"), {
      gradients <- m$backward(small, large)
      results <- list(large = m(small), weight = gradients$weight, small = gradients$input)
    })
    for (name in names(results)) {
      unit <- 2 * sqrt(counts[[name]]) * 2^-52 * magnitudes[[name]]
      expect_lte(max(error_in_units(results[[name]], exact[[name]], unit)), 1)
    }
  }
