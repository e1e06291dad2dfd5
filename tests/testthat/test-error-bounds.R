# How far results are from the exact sums: random layers and several kinds of data, against the bounds
# on the help page of nn_info().

layers <- if (is_extended()) 3000L else 18L

# Where all products have one sign, errors add up to far more than where signs are random.
kinds_of_data <- list(
  noise = function(shape) stats::rnorm(prod(shape)),
  wide = function(shape) stats::rnorm(prod(shape)) * 2^stats::runif(prod(shape), -12, 12) / 2^12,
  constant = function(shape) rep(stats::runif(1, 0.1, 1), prod(shape)),
  positive = function(shape) stats::runif(prod(shape)),
  picture = function(shape) {
    smooth <- outer(sin(seq_len(shape[3]) / 9), cos(seq_len(shape[4]) / 7))
    rep(0.5 + 0.4 * smooth, each = prod(shape[1:2]))
  },
  spikes = function(shape) ifelse(stats::runif(prod(shape)) < 0.02, 1, 2^-12) * stats::runif(prod(shape))
)

# Whole numbers below 2^33, whose sums are known exactly, or what float32 keeps of normal numbers.
numbers_of_kind <- function(kind, dtype, shape) {
  x <- array(pmin(pmax(kinds_of_data[[kind]](shape), -7), 7), shape)
  if (dtype == "float32") as_single(x) else round(x * 2^30)
}

layer_of_kind <- function(kind, dtype) {
  many <- if (stats::runif(1) < 0.05) 600 else 40
  repeat {
    g <- random_geometry()
    g$batch <- max(1, g$batch)
    g$in_channels <- g$groups * sample(c(1, 2, 5, 16, many), 1)
    g$out_channels <- g$groups * sample(c(1, 2, 5, 16, 40), 1)
    g$size <- g$size + sample(0:4, 1)
    if (is_legal(g)) break
  }
  list(
    g = g,
    large = numbers_of_kind(kind, dtype, c(g$batch, g$out_channels, large_size(g))),
    weight = numbers_of_kind(kind, dtype, c(g$in_channels, g$out_channels / g$groups, g$kernel_size)),
    small = numbers_of_kind(kind, dtype, c(g$batch, g$in_channels, g$size))
  )
}

# The bounds: factors of these units, with n the products of an element.
#   sure        eps sum |x w| times n, in float32 at most 128
#   by_root     eps sum |x w| times sqrt(n)
#   of_largest  the same with the largest sum |x w| of the result
#   of_extremes the same with n max |x| max |w|, as a huge product may have been cropped
bounds <- c(sure = 1, by_root = 2, of_largest = 20, of_extremes = 5)

# The largest errors of a layer in these units, of all derivatives in the direct way, and of those that
# transforms compute; float64 is compared with the exact sums, float32 with those of float64.
layer_errors <- function(layer, dtype) {
  g <- layer$g
  of <- function(f, change = identity) {
    x <- lapply(layer[-1L], change)
    f(x$large, x$weight, x$small, g$stride, g$padding, g$dilation, g$groups, g$mode)
  }
  exact <- if (dtype == "float64") of(exact_derivatives) else lapply(of(definition_by_tap), list)
  sums <- of(definition_by_tap, abs)
  counts <- of(definition_by_tap, function(x) x * 0 + 1)
  most <- vapply(layer[-1L], function(x) max(abs(x), 0), 0)
  up <- nn_conv_transpose2d(
    g$in_channels, g$out_channels, g$kernel_size, g$stride, g$padding, g$output_padding, g$groups,
    FALSE, g$dilation, g$mode, dtype
  )
  up$weight <- layer$weight
  eps <- if (dtype == "float64") 2^-52 else 2^-23
  errors <- function(algorithm, names) {
    results <- with_algorithm(algorithm, {
      of_up <- up$backward(layer$small, layer$large, c("output", "input", "weight"))
      list(large = of_up$output, small = of_up$input, weight = of_up$weight)
    })
    apply(vapply(names, function(name) {
      n <- counts[[name]]
      by <- function(unit) max(error_in_units(results[[name]], exact[[name]], eps * unit), 0)
      c(
        sure = by((if (dtype == "float64") n else pmin(n, 128)) * sums[[name]]),
        by_root = by(sqrt(n) * sums[[name]]), of_largest = by(sqrt(n) * max(sums[[name]])),
        of_extremes = by(sqrt(n) * max(n) * prod(most[names(most) != name]))
      )
    }, numeric(4)), 1, max)
  }
  results <- lapply(c("direct", "transforms"), function(name) with_algorithm(name, up(layer$small)))
  list(
    direct = errors("direct", names(sums)), transforms = errors("transforms", c("large", "small")),
    ran = !identical(results[[1L]], results[[2L]])
  )
}

for (dtype in names(tolerance)) {
  test_that(paste("errors stay within the bounds of the help page, in", dtype), {
    set.seed(3)
    kind <- rep_len(names(kinds_of_data), layers)
    found <- lapply(kind, function(kind) layer_errors(layer_of_kind(kind, dtype), dtype))
    expect_bound <- function(way, unit, kinds) {
      largest <- max(vapply(found[kind %in% kinds], function(f) f[[way]][[unit]], 0))
      figure("error, %s, %s, %s: %.2f of the bound", dtype, way, unit, largest / bounds[[unit]])
      expect_lte(largest, bounds[[unit]], label = paste(way, unit))
    }
    expect_bound("direct", "sure", names(kinds_of_data))
    expect_bound("direct", "by_root", c("noise", "wide"))
    expect_bound("transforms", "of_largest", setdiff(names(kinds_of_data), c("wide", "spikes")))
    expect_bound("transforms", "of_extremes", names(kinds_of_data))
    ran <- sum(vapply(found, `[[`, NA, "ran"))
    figure("transforms, %s: taken in %d of %d layers", dtype, ran, layers)
    expect_gt(ran, layers / 20)
  })
}

test_that("deep sums, which the direct algorithm adds up in parts, are right, and take the bias once", {
  set.seed(4)
  x <- random_array(2, 3000, 3, 3)
  w <- random_array(5, 3000, 3, 3)
  expected <- 7 + definition_by_tap(
    x, w, array(0, c(2, 5, 3, 3)), c(1, 1), c(1, 1), c(1, 1), 1, "zeros"
  )$small
  for (dtype in names(tolerance)) {
    y <- with_algorithm("direct", nnf_conv2d(x, w, rep(7, 5), padding = 1, dtype = dtype))
    expect_lte(relative_error(y, expected), tolerance[[dtype]], label = dtype)
  }
})
