# Padding: the padding modes and the values that `padding` accepts.
#
# Each mode is one index map per axis, defined in src/geometry/padding_modes.h. Padding reads cells
# through this map, and the transposed layer adds its border back through it.

padding_modes <- c("zeros", "reflect", "replicate", "circular")

# Enforces the mode's limit: reflect never repeats the edge, circular wraps around only once.
check_pads_fit <- function(pads, size, mode, argument, what) {
  if (mode != "reflect" && mode != "circular") {
    return(invisible())
  }
  most <- if (mode == "reflect") size - 1 else size
  if (any(pads > rep(most, each = 2L))) {
    wanted <- pmax(pads[c(1L, 3L)], pads[c(2L, 4L)])
    refuse(
      argument,
      sprintf("at most %s, as mode \"%s\" takes cells from %s", per_axis(most), mode, what),
      per_axis(wanted), kind = "shape"
    )
  }
}

# Accepts the `padding` of a layer: one, two or four numbers, or a word.
check_padding <- function(padding) {
  allowed <- "one, two (height, width) or four (top, bottom, left, right) whole numbers"
  if (!is.character(padding)) {
    padding <- check_whole(padding, "padding", 0, c(1L, 2L, 4L), allowed)
    return(if (length(padding) == 1L) rep(padding, 2L) else padding)
  }
  if (length(padding) != 1L || !padding %in% c("same", "valid")) {
    refuse(
      "padding", paste(allowed, "of at least 0, \"same\" or \"valid\""), describe(padding)
    )
  }
  as.vector(padding)
}

# Translates `padding` into numbers of cells: top, bottom, left, right.
padding_sides <- function(config) {
  if (is.numeric(config$padding)) {
    return(if (length(config$padding) == 4L) config$padding else rep(config$padding, each = 2L))
  }
  config$pads <- c(0, 0, 0, 0)
  if (config$padding == "valid") {
    return(config$pads)
  }
  if (!is_transposed(config) && any(config$stride != 1)) {
    refuse(
      "stride", "1 with padding = \"same\"", per_axis(config$stride),
      because = "The four sides can be given as c(top, bottom, left, right)."
    )
  }
  r_same_padding(config)
}

describe_padding <- function(padding) {
  if (length(padding) == 4L) per_side(padding) else per_axis(padding)
}
