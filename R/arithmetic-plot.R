# Draws an arithmetic with base graphics. All lengths are in inches of the figure.

#' Plot the arithmetic of a layer
#'
#' Draws the input and the result of a layer as grids of cells and shades the larger
#' image by overlap. In a transposed convolution, the shade of a result cell counts the
#' products that it sums. In a convolution, the shade of an input cell counts the
#' products that use it.
#'
#' With `step`, the picture shows one step: a single input cell (transposed convolution)
#' or a single result cell (convolution) and the cells that the kernel links it to. The
#' shades then count the products of all steps up to this one.
#'
#' Hatching marks the border that `padding` crops or adds. A circle marks a cell that
#' sums no product (a hole), and a corner marks a cell added by `output_padding`. In
#' padding modes other than `"zeros"`, each border cell names the row and column of the
#' cell that it is added to or copied from. The picture omits numbers that would be too
#' small to read. Shades differ in lightness, so they remain distinct without colour.
#'
#' With `along`, the picture shows a single axis with one line per link, from the input
#' above to the result below.
#'
#' @param x,object A result of [nn_arithmetic()].
#' @param step Number of one step, counted row by row from 1, or `NULL` for the whole
#'   layer.
#' @param along `"height"` or `"width"` to draw a single axis, or `NULL` for both.
#' @param main Title, by default the call that makes the layer. `NULL` omits both the
#'   title and the note on overlaps below it.
#' @param ... Not used.
#'
#' @inheritSection nn_arithmetic Formula
#'
#' @return `plot()` returns its argument, invisibly; `autoplot()` returns a ggplot object.
#'
#' @section Errors:
#' Signals a classed [nnconv_error] if `step` is not the number of a step, `along` is
#' not an axis, or both are given.
#'
#' @references Dumoulin and Visin (2016), *A guide to convolution arithmetic for deep
#'   learning*, <https://arxiv.org/abs/1603.07285>, whose step-by-step pictures these
#'   follow.
#'
#' @seealso [nn_arithmetic()], [nn_animate()], [conv_explorer()].
#'
#' @examples
#' # Kernel 2, stride 3: holes
#' a <- nn_arithmetic(nn_conv_transpose2d(1, 1, 2, stride = 3), input = 3)
#' plot(a)
#' sum(a$products == 0)
#' #> [1] 28
#'
#' # Circular padding folds the border back: the first step
#' up <- nn_conv_transpose2d(1, 1, 3, stride = 2, padding = 1, padding_mode = "circular")
#' plot(nn_arithmetic(up, input = 4), step = 1)
#' plot(up, input = 4, along = "width")
#' if (requireNamespace("ggplot2", quietly = TRUE)) {
#'   ggplot2::autoplot(a, step = 2)
#' }
#' @export
plot.nnconv_arithmetic <- function(x, step = NULL, along = NULL, main = x$layer, ...) {
  if (!is.null(along)) along <- check_choice(along, "along", c("height", "width"))
  step <- check_step(x, step, along)
  main <- check_title(main)
  old <- graphics::par(mar = c(0, 0, 0, 0), xpd = NA)
  on.exit(graphics::par(old))
  graphics::plot.new()
  # Recorded for a redraw at every resize: lengths in inches do not scale with the device.
  a <- x
  picture <- list(a = a, step = step, along = along, main = main)
  grDevices::recordGraphics(draw_arithmetic(a, step, along, main), picture, topenv())
  invisible(x)
}

draw_arithmetic <- function(a, step, along, main) {
  room <- graphics::par("pin")
  graphics::plot.window(c(0, room[1L]), c(room[2L], 0), xaxs = "i", yaxs = "i")
  if (is.null(along)) draw_images(a, step, main, room) else draw_axis(a, along, main, room)
}

check_step <- function(a, step, along) {
  if (!is.null(along) && !is.null(step)) {
    refuse("step", "NULL for a picture along one axis", describe(step))
  }
  if (is.null(step)) {
    return(NULL)
  }
  count <- prod(sizes_of(a)$small)
  step <- check_count(step, "step")
  if (step > count) {
    refuse("step", sprintf("at most %s, the number of steps", in_full(count)), in_full(step))
  }
  step
}

check_title <- function(main) if (!is.null(main)) check_string(main, "main", "a string or NULL")

draw_images <- function(a, step, main, room) {
  # Choose the layout with the larger cells, leaving some room for text.
  sizes <- vapply(c(FALSE, TRUE), function(stacked) {
    layout <- layout_of(a, stacked)
    min(room * c(0.96, 0.7) / c(layout$width, layout$height))
  }, 0)
  stacked <- which.max(sizes) == 2L
  scene <- scene_of(a, step, stacked)
  line <- line_height()
  words <- words_of(scene, main, uneven_note(a), room)
  top <- (nrow(words$head) + 1.2) * line
  under <- if (stacked) 1.2 * line else 0 # room for the result's title
  below <- under + (length(words$foot) + 0.3) * line
  cell <- min(0.96 * room[1L] / scene$width, (room[2L] - top - below) / (scene$height + 0.3))
  if (cell <= 0) {
    top <- under <- below <- 0
    cell <- min(0.96 * room / c(scene$width, scene$height))
  }
  slack <- max(0, room[2L] - top - below - cell * (scene$height + 0.3))
  corner <- c((room[1L] - cell * scene$width) / 2, top + slack / 2)
  draw_head(words$head, room)
  draw_cells(scene, cell, corner)
  foot <- corner[2L] + cell * scene$height + under + 0.3 * line
  draw_legend(words$foot, scene, foot, line, room)
}
