# Numbers: values that are not numbers, infinite, huge or denormal spread exactly as in the plain
# loops, with every instruction set and algorithm, in both layers and all gradients; and how far
# results are from the exact sums, over random layers and data of several kinds, against the bounds of
# the help page of nn_info().
# NNCONV_EXTENDED_TESTS=true takes 10,000 of these, otherwise 1,000.

library(nnconv)
for (part in c("geometries", "reference", "sets", "numbers")) {
  source(file.path("tests/testthat", paste0("helper-", part, ".R")))
}

extended <- identical(Sys.getenv("NNCONV_EXTENDED_TESTS"), "true")
passed <- logical()

row <- function(test, aim, measured, ok) {
  cat(sprintf("row: %s | %s | %s | %s\n", test, aim, measured, if (ok) "ok" else "missed"))
  passed <<- c(passed, ok)
}

# Where they spread.
compared <- 0
differ <- 0
set.seed(1)
for (i in seq_len(if (extended) 1000 else 60)) {
  repeat {
    g <- random_geometry()
    if (g$batch > 0) break
  }
  for (set in nn_info()$available) for (algorithm in c("automatic", "direct", "transforms", "col2im")) {
    nn_simd(set)
    options(nnconv.algorithm = algorithm)
    for (dtype in names(tolerance)) for (pair in special_results(g, dtype)) {
      compared <- compared + 1
      differ <- differ + !identical(kind_of(pair[[1L]]), kind_of(pair[[2L]]))
    }
  }
}
row(
  "NaN, NA, Inf, huge, denormal and float32's ends: both layers, all gradients, sets, algorithms",
  "exactly the cells of the plain loops",
  sprintf("%d of %d results differ", differ, compared), differ == 0
)

# How exact: whole numbers below 2^33, or what float32 keeps of normal numbers. float64 is compared
# with the exact sums; float32 with those of float64. Where all products have one sign, errors add up
# to far more than where signs are random.
kinds <- list(
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

random_numbers <- function(dtype, kind, shape) {
  x <- array(pmin(pmax(kinds[[kind]](shape), -7), 7), shape)
  if (dtype == "float32") as_single(x) else round(x * 2^30)
}

random_layer <- function(dtype, kind) {
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
    large = random_numbers(dtype, kind, c(g$batch, g$out_channels, large_size(g))),
    small = random_numbers(dtype, kind, c(g$batch, g$in_channels, g$size)),
    weight = random_numbers(dtype, kind, c(g$in_channels, g$out_channels / g$groups, g$kernel_size))
  )
}

# The largest errors of the three derivatives, or of those that transforms compute, in these units,
# with n the products of an element:
#   sure       eps sum |x w| times n, in float32 at most 128
#   by_root    eps sum |x w| times sqrt(n)
#   of_largest the same with the largest sum |x w| of the result
#   of_extremes the same with n max |x| max |w|, as a huge product may have been cropped
layer_errors <- function(layer, dtype) {
  g <- layer$g
  of <- function(f, ...) {
    f(..., g$stride, g$padding, g$dilation, g$groups, g$mode)
  }
  exact <- if (dtype == "float64") {
    of(exact_derivatives, layer$large, layer$weight, layer$small)
  } else {
    lapply(of(definition_by_tap, layer$large, layer$weight, layer$small), list)
  }
  sums <- of(definition_by_tap, abs(layer$large), abs(layer$weight), abs(layer$small))
  counts <- of(definition_by_tap, layer$large * 0 + 1, layer$weight * 0 + 1, layer$small * 0 + 1)
  most <- vapply(layer[c("large", "weight", "small")], function(x) max(abs(x), 0), 0)
  up <- nn_conv_transpose2d(
    g$in_channels, g$out_channels, g$kernel_size, g$stride, g$padding, g$output_padding, g$groups,
    FALSE, g$dilation, g$mode, dtype
  )
  up$weight <- layer$weight
  options(nnconv.algorithm = "direct")
  eps <- if (dtype == "float64") 2^-52 else 2^-23
  errors <- function(algorithm, names) {
    options(nnconv.algorithm = algorithm)
    of_up <- up$backward(layer$small, layer$large, c("input", "weight"))
    results <- list(large = up(layer$small), small = of_up$input, weight = of_up$weight)
    apply(vapply(names, function(name) {
      n <- counts[[name]]
      by <- function(unit) max(error_in_units(results[[name]], exact[[name]], eps * unit), 0)
      c(
        sure = by((if (dtype == "float64") n else pmin(n, 128)) * sums[[name]]),
        by_root = by(sqrt(n) * sums[[name]]),
        of_largest = by(sqrt(n) * max(sums[[name]])),
        of_extremes = by(sqrt(n) * max(n) * prod(most[names(most) != name]))
      )
    }, numeric(4)), 1, max)
  }
  directly <- up(layer$small)
  list(
    direct = errors("direct", names(sums)), transforms = errors("transforms", c("large", "small")),
    ran = !identical(up(layer$small), directly)
  )
}

layers <- if (extended) 10000L else 600L
# Of the help page of nn_info(): the bound, and what was found for random signs, for transforms, and
# for transforms of anything.
bounds <- c(sure = 1, by_root = 2, of_largest = 20, of_extremes = 5)
like <- setdiff(names(kinds), c("wide", "spikes"))
for (dtype in names(tolerance)) {
  set.seed(3)
  kind <- rep_len(names(kinds), layers)
  found <- lapply(kind, function(kind) layer_errors(random_layer(dtype, kind), dtype))
  largest <- function(way, unit, kinds) {
    max(vapply(found[kind %in% kinds], function(f) f[[way]][[unit]], 0))
  }
  check <- function(test, way, unit, kinds, words, more = "") {
    value <- largest(way, unit, kinds)
    row(
      sprintf("error %s, %s", test, dtype), sprintf("<= %g %s", bounds[[unit]], words),
      sprintf("%.2f of that in %d layers%s", value / bounds[[unit]], sum(kind %in% kinds), more),
      value <= bounds[[unit]]
    )
  }
  check(
    "of the direct algorithm, any data", "direct", "sure", names(kinds),
    paste(if (dtype == "float64") "n" else "min(n, 128)", "eps * sum abs(x w) of each element")
  )
  check(
    "of the direct algorithm, random signs", "direct", "by_root", c("noise", "wide"),
    "sqrt(n) eps * sum abs(x w) of each element"
  )
  ran <- sum(vapply(found, `[[`, NA, "ran"))
  check(
    "of transforms, numbers of like size", "transforms", "of_largest", like,
    "sqrt(n) eps * the largest sum abs(x w) of the result",
    sprintf(", of all %d layers %d were transformed", layers, ran)
  )
  check(
    "of transforms, any data", "transforms", "of_extremes", names(kinds),
    "sqrt(n) eps * n max abs(x) max abs(w)"
  )
  row(
    paste("transforms are taken,", dtype), "in more than one in twenty of these layers",
    sprintf("in %d of %d", ran, layers), ran > layers / 20
  )
  table <- vapply(names(kinds), function(kind) {
    c(
      largest("direct", "sure", kind), largest("direct", "by_root", kind),
      largest("transforms", "by_root", kind), largest("transforms", "of_largest", kind),
      largest("transforms", "of_extremes", kind)
    )
  }, numeric(5))
  rownames(table) <- c(
    "direct, sure", "direct, by root", "transforms, by root", "transforms, of the largest",
    "transforms, of the extremes"
  )
  cat(dtype, "by kind of data:\n")
  print(signif(table, 3))
}
quit(status = as.integer(!all(passed)))
