# Types: tests of a value's type that its class cannot mislead.

# Excludes integer64, which stores integers as the bits of doubles, and nativeRaster, which stores
# colours as the bits of integers.
is_number <- function(x) {
  (is.double(x) || is.integer(x)) &&
    (!is.object(x) || !inherits(x, no_numbers) && says_numeric(x))
}

is_array_type <- function(x) is_number(x) || is.logical(x)

# Looks beyond the class attribute, which anybody can set.
is_module <- function(x) {
  inherits(x, "nnconv_module") && is.function(x) && is.list(environment(x)[["config"]])
}

is_layer <- function(x) inherits(x, "nnconv_layer")

config_of <- function(module) environment(module)$config

# Matrices that pack a colour into each element, row by row.
is_colours <- function(x) inherits(x, c("nativeRaster", "raster")) && is.atomic(x)

without_class <- function(x) {
  if (isS4(x)) x <- asS4(x, FALSE)
  if (is.object(x)) unclass(x) else x
}

extents_of <- function(x) if (is.null(dim(x))) length(x) else dim(x)

# Is x an array of doubles without other attributes than its dimensions?
is_plain_array <- function(x) {
  given <- attributes(x)
  is.double(x) && length(given) == 1L && names(given) == "dim" && !isS4(x)
}

largest_whole <- 2147483647 # keeps the size laws exact in 64 bits

no_numbers <- c("factor", "integer64", "nativeRaster")

# Asks the class itself: dates and the like answer FALSE, and a broken class may fail.
says_numeric <- function(x) isTRUE(tryCatch(is.numeric(x), error = function(e) FALSE))

is_transposed <- function(config) config$layer == "conv_transpose2d"

# Renames values of the input and the result to those of the large and the small image.
by_image <- function(config, input, result) {
  if (is_transposed(config)) {
    list(small = input, large = result)
  } else {
    list(large = input, small = result)
  }
}
