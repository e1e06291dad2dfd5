# Plot: a layer's kernels as pictures.

#' Plot the kernels of a layer
#'
#' Draws every kernel as a small picture, in a grid with the first channel index
#' of the weights in rows and the second in columns. Blue is negative, red
#' positive, and all kernels share one scale, symmetric around 0.
#'
#' @param x A layer.
#' @param rows,columns Which channels of the first and the second index of
#'   `m$weight` to draw: whole numbers, by default the first eight.
#' @param main Title; by default, the layer's arguments.
#' @param input Height and width of an input, in cells, for a picture of what the
#'   layer does with it in place of its kernels: `plot(m, input = 5)` is
#'   `plot(nn_arithmetic(m, 5))`.
#' @param ... Further graphical parameters, given to [graphics::plot.window()], or
#'   with `input` the arguments of [plot.nnconv_arithmetic()].
#'
#' @section Formula:
#' A cell of kernel `(a, b)` has the color of `m$weight[a, b, u, v]`, with `u`
#' downward and `v` to the right. Colors are the palette "Blue-Red 3" of
#' [grDevices::hcl.colors()], which color-blind readers can tell apart.
#'
#' @return The layer, invisibly.
#'
#' @section Errors:
#' A classed [nnconv_error] when `rows` or `columns` are not whole numbers within
#' the shape of the weights, or `main` is nothing that can be written, and what
#' [nn_arithmetic()] refuses.
#'
#' @references Zeileis, Fisher, Hornik, Ihaka, McWhite, Murrell, Stauffer and
#'   Wilke (2020), *colorspace: A toolbox for manipulating and assessing colors
#'   and palettes*, \doi{10.18637/jss.v096.i01}.
#'
#' @examples
#' m <- nn_conv_transpose2d(3, 3, 8, stride = 4, padding = 2, bias = FALSE)
#' m$weight <- nn_init_bilinear(3, 3, 8)
#' plot(m)
#' plot(m, input = c(3, 4))
#' range(m$weight)
#' #> [1] 0.000000 0.765625
#' @export
plot.nnconv_module <- function(x, rows = NULL, columns = NULL, main = format(x), input = NULL,
                               ...) {
  check_layer(x, "x", "a layer, which has kernels")
  if (!is.null(input)) {
    plot(nn_arithmetic(x, input), main = main, ...)
    return(invisible(x))
  }
  if (!missing(main)) {
    main <- check_type(main, "main", "text, an expression or a number", is_label)
  }
  weight <- x$weight
  rows <- check_channels(rows, "rows", dim(weight)[1L])
  columns <- check_channels(columns, "columns", dim(weight)[2L])
  height <- dim(weight)[3L]
  width <- dim(weight)[4L]
  colors <- grDevices::hcl.colors(255L, "Blue-Red 3")
  limit <- max(abs(weight[is.finite(weight)]), .Machine$double.xmin)
  old <- graphics::par(mar = c(1, 3, 3, 1))
  on.exit(graphics::par(old))
  graphics::plot.new()
  gap <- 0.15 # of a kernel
  graphics::plot.window(
    c(0, length(columns) * (1 + gap)) * width, c(length(rows) * (1 + gap), 0) * height,
    asp = 1, ...
  )
  for (a in seq_along(rows)) {
    for (b in seq_along(columns)) {
      kernel <- matrix(weight[rows[a], columns[b], , ], height)
      shade <- matrix(colors[128 + round(127 * kernel / limit)], height)
      left <- (b - 1) * (1 + gap) * width
      top <- (a - 1) * (1 + gap) * height
      graphics::rasterImage(shade, left, top + height, left + width, top, interpolate = FALSE)
      graphics::rect(left, top + height, left + width, top, border = "grey60")
    }
  }
  middle <- function(n, size) (seq_len(n) - 1) * (1 + gap) * size + size / 2
  label <- function(x, y, text) graphics::text(x, y, text, cex = 0.8, xpd = NA)
  label(-gap * width, middle(length(rows), height), rows)
  label(middle(length(columns), width), -gap * height, columns)
  graphics::title(main, line = 2, cex.main = 0.9)
  invisible(x)
}

# What graphics writes.
is_label <- function(x) {
  is.null(x) || is.language(x) || is.character(x) && all(validEnc(x)) ||
    is_number(x) && length(without_class(x)) == 1L
}

check_channels <- function(x, argument, count) {
  if (is.null(x)) seq_len(min(count, 8L)) else check_places(x, argument, count)
}
