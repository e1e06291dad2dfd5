# Numbers: the values that arithmetic treats apart, and how far a result is from the exact one.

# As float32 keeps them.
as_single <- function(x) {
  x[] <- readBin(writeBin(as.double(x), raw(), size = 4L), "double", length(x), size = 4L)
  x
}

# Which cells are NaN (or NA, which single precision does not tell apart), Inf, -Inf or finite.
kind_of <- function(y) {
  array(ifelse(is.na(y), "NaN", ifelse(is.finite(y), "finite", as.character(y))), dim(y))
}

# Not numbers, or infinite; so large that products overflow in float64 (and which are infinite in
# float32); the same for float32; infinite in float32 only. And everywhere those that are denormal or
# nothing in a type. A finite product that overflows meets neither an infinite value nor one that
# overflows the other way: with fused multiply-adds, which do not round the product, it would give way.
special_numbers <- lapply(list(
  none = c(NaN, NA, Inf, -Inf), overflow = c(1e300, 1e200, NaN), single = c(1e20, 1e30, NA),
  beyond_single = c(3.5e38, -1e39, 1e50)
), c, -0, 1e-30, 1e-39, -1e-46, .Machine$double.xmin, 2^-1074)

# An array of -1, 0 and 1 with some of them.
with_specials <- function(kind, shape) {
  x <- array(sample(c(-1, 0, 1), prod(shape), replace = TRUE), shape)
  count <- min(sample(0:2, 1), length(x))
  x[sample.int(length(x), count)] <- sample(special_numbers[[kind]], count, replace = TRUE)
  x
}

# What a random layer of each kind and its gradients make of special numbers, and what the plain
# loops do: a list of pairs.
special_results <- function(g, dtype) {
  kind <- sample(names(special_numbers), 1)
  large <- with_specials(kind, c(g$batch, g$out_channels, large_size(g)))
  small <- with_specials(kind, c(g$batch, g$in_channels, g$size))
  up <- nn_conv_transpose2d(
    g$in_channels, g$out_channels, g$kernel_size, g$stride, g$padding, g$output_padding, g$groups,
    FALSE, g$dilation, g$mode, dtype
  )
  up$weight <- with_specials(kind, dim(up$weight))
  down <- nn_conv2d(
    g$out_channels, g$in_channels, g$kernel_size, g$stride, g$padding, g$dilation, g$groups, FALSE,
    g$mode, dtype
  )
  down$weight <- up$weight
  keep <- if (dtype == "float32") as_single else identity
  loops <- reference_derivatives(
    keep(large), keep(up$weight), keep(small), g$stride, reference_sides(g$padding), g$dilation,
    g$groups, g$mode, keep
  )
  of_up <- up$backward(small, large)
  pairs <- list(
    list(up(small), loops$large), list(of_up$input, loops$small), list(of_up$weight, loops$weight)
  )
  if (is_adjoint_pair(g)) {
    of_down <- down$backward(large, small)
    pairs <- c(pairs, list(
      list(down(large), loops$small), list(of_down$input, loops$large),
      list(of_down$weight, loops$weight)
    ))
  }
  pairs
}

# The derivatives with the exact sums of products, as whole numbers in parts: x and w are whole
# numbers below 2^33, whose halves have products that doubles add up without rounding.
exact_derivatives <- function(large, weight, small, ...) {
  high <- function(x) floor(x / 2^16)
  low <- function(x) x - high(x) * 2^16
  # The products of three pairs: (small, weight), (small, large), (large, weight).
  Map(
    function(a, b, c, d) list(a * 2^32, b * 2^16, c * 2^16, d),
    definition_by_tap(high(large), high(weight), high(small), ...),
    # each derivative has two factors: one of them high, the other low
    mixed_derivatives(high, low, large, weight, small, ...),
    mixed_derivatives(low, high, large, weight, small, ...),
    definition_by_tap(low(large), low(weight), low(small), ...)
  )
}

mixed_derivatives <- function(first, second, large, weight, small, ...) {
  list(
    large = definition_by_tap(large, first(weight), second(small), ...)$large,
    weight = definition_by_tap(first(large), weight, second(small), ...)$weight,
    small = definition_by_tap(first(large), second(weight), small, ...)$small
  )
}

# The error of a result, element by element, relative to a unit.
error_in_units <- function(y, parts, unit) {
  for (part in parts) y <- y - part
  ifelse(unit > 0, abs(y) / unit, ifelse(y == 0, 0, Inf))
}
