# Numbers: values that are not numbers, infinite, huge or denormal spread exactly as in the plain
# loops, with every instruction set and algorithm, in both layers and all gradients; and how far
# results are from the exact sums, over random layers, as multiples of sqrt(n) * eps * sum |x w|, where
# an element has n products.
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
  for (set in nn_info()$available) for (algorithm in c("automatic", "direct", "transforms")) {
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

# How exact: whole numbers below 2^33, or what float32 keeps of normal numbers, some of them with
# magnitudes from 2^-12 to 2^12. float64 is compared with the exact sums; float32 with those of
# float64.
random_numbers <- function(dtype, wide, shape) {
  x <- stats::rnorm(prod(shape))
  if (wide) x <- x * 2^stats::runif(length(x), -12, 12) / 2^12
  x <- array(pmin(pmax(x, -7), 7), shape)
  if (dtype == "float32") as_single(x) else round(x * 2^30)
}

random_layer <- function(dtype) {
  repeat {
    g <- random_geometry()
    g$batch <- max(1, g$batch)
    g$in_channels <- g$groups * sample(c(1, 2, 5, 16, 40), 1)
    g$out_channels <- g$groups * sample(c(1, 2, 5, 16, 40), 1)
    g$size <- g$size + sample(0:4, 1)
    if (is_legal(g)) break
  }
  wide <- stats::runif(1) < 0.25
  list(
    g = g, wide = wide,
    large = random_numbers(dtype, wide, c(g$batch, g$out_channels, large_size(g))),
    small = random_numbers(dtype, wide, c(g$batch, g$in_channels, g$size)),
    weight = random_numbers(dtype, wide, c(g$in_channels, g$out_channels / g$groups, g$kernel_size))
  )
}

# The largest errors of the three derivatives, or of those that transforms compute, as multiples of
# sqrt(n) * eps times the element's own sum of absolute products, and times the largest such sum.
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
      unit <- eps * sqrt(counts[[name]])
      by <- function(sum) max(error_in_units(results[[name]], exact[[name]], unit * sum))
      c(by(sums[[name]]), by(max(sums[[name]])))
    }, c(0, 0)), 1, max)
  }
  directly <- up(layer$small)
  list(
    direct = errors("direct", names(sums)), transforms = errors("transforms", c("large", "small")),
    ran = !identical(up(layer$small), directly)
  )
}

layers <- if (extended) 10000L else 1000L
# The bounds of the help page of nn_info().
bounds <- list(
  float64 = c(direct = 2, transforms = 20), float32 = c(direct = 2, transforms = 20)
)
for (dtype in names(tolerance)) {
  set.seed(3)
  found <- lapply(seq_len(layers), function(i) {
    layer <- random_layer(dtype)
    c(layer_errors(layer, dtype), wide = layer$wide)
  })
  largest <- function(way, measure, wide = NA) {
    some <- if (is.na(wide)) found else Filter(function(f) f$wide == wide, found)
    max(vapply(some, function(f) f[[way]][measure], 0))
  }
  ran <- sum(vapply(found, `[[`, NA, "ran"))
  row(
    paste0("error of the direct way, ", dtype, ", both layers and gradients"),
    sprintf("<= %g sqrt(n) eps * sum abs(x w) of each element", bounds[[dtype]][["direct"]]),
    sprintf("%.2f of that unit in %d layers", largest("direct", 1), layers),
    largest("direct", 1) <= bounds[[dtype]][["direct"]]
  )
  row(
    paste0("error of transforms, ", dtype),
    sprintf("<= %g sqrt(n) eps * the largest sum abs(x w) of the result",
            bounds[[dtype]][["transforms"]]),
    sprintf("%.2f of that unit in %d layers, of which %d are transformed (direct: %.2f)",
            largest("transforms", 2), layers, ran, largest("direct", 2)),
    largest("transforms", 2) <= bounds[[dtype]][["transforms"]] && ran > layers / 20
  )
  cat(sprintf(
    "%s: transforms, by each element's own sum: %.1f with numbers of like size, %.2g with others\n",
    dtype, largest("transforms", 1, FALSE), largest("transforms", 1, TRUE)
  ))
}
quit(status = as.integer(!all(passed)))
