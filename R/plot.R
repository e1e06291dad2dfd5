# Plot: draws a layer's kernels, and leaves other modules to R/diagram.R.

#' Plot the kernels of a layer, or the diagram of a network
#'
#' Draws the kernels of a layer as small pictures, and every other module, such as a chain,
#' as a diagram: boxes for its modules, the shapes of the arrays between them, and lines
#' around the branches of skips.
#'
#' In the picture of kernels, the first channel index of the weights runs down the rows of
#' the grid, the second across its columns. Blue is negative and red positive. All kernels
#' share one scale, symmetric around 0, with its key at the right. If cells are large enough,
#' negative ones carry a minus, so that the signs are visible without colour.
#'
#' @param x A layer, or any other module for a diagram.
#' @param rows,columns Whole numbers: the channels of the first and the second index of
#'   `m$weight` to draw, by default the first eight. The picture says how many channels it
#'   omits.
#' @param main Title, by default the layer's arguments, or the numbers of modules and of
#'   parameters. `NULL` omits it.
#' @param input Height and width of an input in cells, to draw the layer's arithmetic
#'   instead of its kernels: `plot(m, input = 5)` is `plot(nn_arithmetic(m, 5))`.
#' @param dim Dimensions of an input, such as `c(C, H, W)`, for the shapes in a diagram;
#'   `NULL` shows the numbers of channels alone. With `dim`, a layer is drawn as a diagram
#'   of one box.
#' @param ... Further graphical parameters, passed to [graphics::plot.window()], or with
#'   `input`, arguments of [plot.nnconv_arithmetic()]. Diagrams take none.
#'
#' @section Diagrams:
#' A diagram is read from top to bottom. Each box is the call that makes the module, without
#' `nn_` and with as few names of arguments as possible. Modules that keep the shape, such as
#' batch norms and activations, stand to the right of the box before them. The numbers at the
#' left are the shapes of the arrays between the boxes. Blue boxes make images smaller, orange
#' ones larger.
#'
#' A skip's branch is shifted to the right. The skip's input goes straight down beside it, as a
#' strong line, to the box that joins both: `concat` or `+`. Nested skips are shifted
#' further, so a U-Net looks like a U that lies on its side.
#'
#' A block of rows that comes three times or more in a row is drawn once, with a bracket that
#' tells how often. The diagram fills the figure; if there are many rows, text becomes smaller, or
#' the rows continue in a second column. In a figure of 7 by 7 inches, a U-Net with four nested
#' skips in 29 rows has letters of about 8 points, a chain of 40 rows has larger ones.
#'
#' @section Formula:
#' A cell of kernel `(a, b)` has the colour of `m$weight[a, b, u, v]`, with `u` pointing
#' down and `v` to the right. The palette is "Blue-Red 3" of [grDevices::hcl.colors()],
#' which colour-blind readers can distinguish. Weights have no unit.
#'
#' @return For kernels, the layer, invisibly. For a diagram, invisibly a data frame with a line
#'   for each module and each join, in the order of application: `path`, `label`, `join`
#'   (`"concat"`, `"add"` or `NA`), `after` (the shape of the result), `depth` (the number of
#'   branches around it), `row` from 1 and `place` in the row, `from` (the row whose result is
#'   joined, 0 for the input), `times` (how often its block comes), and the place of its box:
#'   `column`, and `left`, `right`, `top` and `bottom` in inches from the figure's top left corner.
#'   The boxes of a block's repetitions are those of its first.
#'
#' @section Errors:
#' Signals a classed [nnconv_error] if `rows` or `columns` are not whole numbers within the
#' shape of the weights, if `main` cannot be written as a title, and for everything that
#' [nn_arithmetic()] refuses. A diagram refuses `rows`, `columns` and `input`, and dimensions
#' that the module cannot take.
#'
#' @references Zeileis, Fisher, Hornik, Ihaka, McWhite, Murrell, Stauffer and
#'   Wilke (2020), *colorspace: A toolbox for manipulating and assessing colors
#'   and palettes*, \doi{10.18637/jss.v096.i01}.
#'
#' @seealso [summary()][nnconv_module] for a table of a chain's modules and shapes, and
#'   [as.matrix()][as.matrix.nnconv_module] for a layer's matrix, both with `input_shape` for what
#'   is `dim` here; [nn_arithmetic()].
#'
#' @examples
#' m <- nn_conv_transpose2d(3, 3, 8, stride = 4, padding = 2, bias = FALSE)
#' m$weight <- nn_init_bilinear(3, 3, 8)
#' plot(m)
#' plot(m, input = c(3, 4))
#' range(m$weight)
#' #> [1] 0.000000 0.765625
#'
#' # A small U-Net
#' unet <- nn_sequential(
#'   nn_conv2d(3, 8, 3, padding = 1), nn_batch_norm2d(8), nn_relu(),
#'   nn_skip(
#'     nn_conv2d(8, 16, 4, stride = 2, padding = 1), nn_relu(),
#'     nn_skip(
#'       nn_conv2d(16, 16, 4, stride = 2, padding = 1), nn_relu(),
#'       nn_conv_transpose2d(16, 16, 4, stride = 2, padding = 1), nn_relu()
#'     ),
#'     nn_conv_transpose2d(32, 8, 4, stride = 2, padding = 1), nn_relu()
#'   ),
#'   nn_conv2d(16, 1, 3, padding = 1)
#' )
#' boxes <- plot(unet, dim = c(3, 33, 49))
#' subset(boxes, !is.na(join), c(path, join, after, depth, row, from))
#' #>    path   join        after depth row from
#' #> 10  3.2 concat 32 x 16 x 24     1   5    2
#' #> 13    3 concat 16 x 33 x 49     0   7    1
#' @export
plot.nnconv_module <- function(x, rows = NULL, columns = NULL, main = format(x), input = NULL,
                               dim = NULL, ...) {
  if (!is_layer(x) || !is.null(dim)) {
    parts <- diagram_parts(x, dim)
    for_kernels <- list(rows = rows, columns = columns, input = input)
    for (name in names(for_kernels)) refuse_in_diagram(name, for_kernels[[name]])
    main <- if (missing(main)) diagram_title(x) else check_title(main)
    return(invisible(plot_diagram(parts, main)))
  }
  if (!is.null(input)) {
    plot(nn_arithmetic(x, input), main = main, ...)
    return(invisible(x))
  }
  if (!missing(main)) {
    main <- check_type(main, "main", "text, an expression or a number", is_label)
  }
  weight <- x$weight
  rows <- check_channels(rows, "rows", dim(weight)[1L], because = paste(
    "The size of an input is `input`, as in plot(m, input = c(3, 4)), which draws the arithmetic."
  ))
  columns <- check_channels(columns, "columns", dim(weight)[2L])
  largest <- max(abs(weight[is.finite(weight)]), 0)
  old <- graphics::par(mar = margins_of(c(2, 4, 4.5, 6)), xpd = NA)
  on.exit(graphics::par(old))
  graphics::plot.new()
  size <- dim(weight)[3:4] * (1 + gap_of_kernels)
  right <- length(columns) * size[2L] - gap_of_kernels * dim(weight)[4L]
  bottom <- length(rows) * size[1L] - gap_of_kernels * dim(weight)[3L]
  graphics::plot.window(c(0, right), c(bottom, 0), asp = 1, ...)
  draw_kernels(weight, rows, columns, largest, size)
  draw_channels(x, rows, columns, right, bottom)
  draw_color_key(largest, right, bottom)
  write_title(main)
  invisible(x)
}

refuse_in_diagram <- function(argument, value) {
  if (!is.null(value)) {
    refuse(argument, "NULL for a diagram; it is for the kernels of a layer", describe(value),
           because = "The dimensions of an input are `dim`.")
  }
}

# Returns the margins in lines of text, scaled down to at most 0.6 of the figure.
margins_of <- function(lines) {
  inch <- graphics::par("csi") * graphics::par("mex")
  taken <- c(lines[2L] + lines[4L], lines[1L] + lines[3L]) * inch
  lines * min(1, 0.6 * graphics::par("fin") / taken)
}

# Writes the title centred on the figure and wrapped to its width.
write_title <- function(main) {
  if (length(main) == 0L) {
    return()
  }
  if (is.character(main)) {
    room <- 0.84 * graphics::par("fin")[1L] # bold letters are wider than strwidth() says
    main <- paste(wrap(paste(main, collapse = "\n"), room, 0.9), collapse = "\n")
  }
  graphics::mtext(main, line = 2.6, at = graphics::grconvertX(0.5, "nfc"), font = 2,
                  cex = 0.9 * graphics::par("cex"), col = graphics::par("fg"))
}

gap_of_kernels <- 0.15 # of a kernel

weight_colors <- function() grDevices::hcl.colors(255L, "Blue-Red 3")

# Colours each weight on a scale from -`largest` to `largest`.
shade_of_weights <- function(kernel, largest) {
  scaled <- if (largest > 0) kernel / largest else kernel
  matrix(weight_colors()[128 + round(127 * scaled)], nrow(kernel))
}

draw_kernels <- function(weight, rows, columns, largest, size) {
  height <- dim(weight)[3L]
  width <- dim(weight)[4L]
  for (a in seq_along(rows)) {
    for (b in seq_along(columns)) {
      kernel <- matrix(weight[rows[a], columns[b], , ], height)
      left <- (b - 1) * size[2L]
      top <- (a - 1) * size[1L]
      shades <- shade_of_weights(kernel, largest)
      graphics::rasterImage(shades, left, top + height, left + width, top, interpolate = FALSE)
      graphics::rect(left, top + height, left + width, top, border = "grey60")
      draw_signs(kernel, largest, left, top)
    }
  }
}

# Draws a minus into each negative cell, so that a grey print shows the signs too. Skips small
# cells.
draw_signs <- function(kernel, largest, left, top) {
  is_negative <- which(kernel < -largest / 255, arr.ind = TRUE)
  if (nrow(is_negative) && graphics::xinch(0.1) <= 1) {
    x <- left + is_negative[, 2L] - 0.5
    y <- top + is_negative[, 1L] - 0.5
    ink <- ink_on(shade_of_weights(kernel, largest)[is_negative])
    graphics::segments(x - 0.2, y, x + 0.2, y, col = ink, lwd = 0.7)
  }
}

# Labels the channels and says how many of them the picture omits.
draw_channels <- function(layer, rows, columns, right, bottom) {
  shape <- dim(layer$weight)
  letter <- graphics::par("cxy")
  write <- function(x, y, text, cex = 0.8, ...) {
    graphics::text(x, y, text, cex = cex, col = graphics::par("fg"), ...)
  }
  middle <- function(n, cells) ((seq_len(n) - 1) * (1 + gap_of_kernels) + 0.5) * cells
  write(-0.4 * letter[1L], middle(length(rows), shape[3L]), rows, adj = c(1, 0.5))
  write(middle(length(columns), shape[4L]), -0.6 * abs(letter[2L]), columns)
  names <- channel_names(config_of(layer))
  write(-3.2 * letter[1L], bottom / 2, names[1L], srt = 90)
  write(right / 2, -1.6 * abs(letter[2L]), names[2L])
  write(right / 2, bottom + 0.9 * abs(letter[2L]), left_out(shape, rows, columns, names), cex = 0.7)
}

# Names the channels that the first and the second index of the weights count.
channel_names <- function(config) {
  names <- unlist(by_image(config, "input channel", "output channel")[c("small", "large")])
  if (config$groups > 1) names[2L] <- paste(names[2L], "of the group")
  names
}

# Returns text like "8 of 64 input channels, ...", or nothing if all channels are drawn.
left_out <- function(shape, rows, columns, names) {
  shown <- c(length(unique(rows)), length(unique(columns)))
  counts <- sprintf("%d of %d %s", shown, shape[1:2], sub("channel", "channels", names))
  counts <- counts[shown < shape[1:2]]
  if (length(counts)) paste0(paste(counts, collapse = ", "), "; see `rows` and `columns`") else ""
}

draw_color_key <- function(largest, right, bottom) {
  letter <- abs(graphics::par("cxy"))
  left <- right + 1.5 * letter[1L]
  height <- min(bottom, 12 * letter[2L])
  ends <- (bottom + c(-1, 1) * height) / 2
  side <- left + 1.5 * letter[1L]
  shades <- matrix(if (largest > 0) rev(weight_colors()) else weight_colors()[128L])
  graphics::rasterImage(shades, left, ends[2L], side, ends[1L])
  graphics::rect(left, ends[2L], side, ends[1L], border = "grey60")
  values <- if (largest > 0) c(largest, 0, -largest) else 0
  at <- if (largest > 0) c(ends[1L], mean(ends), ends[2L]) else mean(ends)
  write <- function(...) graphics::text(..., cex = 0.8, col = graphics::par("fg"))
  write(side + 0.4 * letter[1L], at, sprintf("%.3g", values), adj = c(0, 0.5))
  write(left, ends[1L] - 1.3 * letter[2L], "weight", adj = c(0, 0.5))
  if (largest > 0) {
    place <- mean(ends) + height * c(0.12, 0.25, 0.38)
    graphics::segments(left + 0.3 * (side - left), place, side - 0.3 * (side - left), place,
                       col = ink_on(weight_colors()[c(97, 64, 31)]), lwd = 0.7)
  }
}

# TRUE for values that base graphics accepts as a label.
is_label <- function(x) {
  is.null(x) || is.language(x) || is.character(x) && all(validEnc(x)) ||
    is_number(x) && length(without_class(x)) == 1L
}

check_channels <- function(x, argument, count, because = NULL) {
  if (is.null(x)) seq_len(min(count, 8L)) else check_places(x, argument, count, because)
}
