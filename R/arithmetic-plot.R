# The picture of an arithmetic in base graphics. All lengths are inches of the figure.

#' Picture of what a layer does
#'
#' Draws the input and the result of a layer as grids of cells, the large one of
#' the two shaded by overlap: how many products each cell sums (transposed
#' convolution) or is used in (convolution). With a `step`, one cell of the input
#' (transposed convolution) or of the result (convolution) is marked with what the
#' kernel links it to, and the shades count the steps so far.
#'
#' Marks are, where they occur: hatched, the border that `padding` crops or puts
#' around the image; a circle, cells without any product (holes); a corner, the
#' cells of `output_padding`. In the padding modes other than `"zeros"`, cells of the
#' border name the row and column to which they are added, or which they show.
#' Numbers are left out where they would be too small to read; shades differ in
#' lightness and can be told apart without color.
#'
#' With `along`, the picture shows one axis with a line for each link,
#' from the input above to the result below.
#'
#' @param x,object What [nn_arithmetic()] returns.
#' @param step Number of one step, counted row by row from 1, or `NULL` for
#'   all at once.
#' @param along `"height"` or `"width"` for the picture of one axis, or `NULL` for
#'   both.
#' @param main Title; by default, the call that makes the layer. With `NULL` there is
#'   neither a title nor the note on overlaps under it.
#' @param ... Not used.
#'
#' @inheritSection nn_arithmetic Formula
#'
#' @return `plot()` returns its argument, invisibly; `autoplot()` a ggplot object.
#'
#' @section Errors:
#' A classed [nnconv_error] when `step` is not the number of a step, `along` no
#' axis, or both are given.
#'
#' @references The manner of the steps: Dumoulin and Visin (2016), *A guide to
#'   convolution arithmetic for deep learning*, <https://arxiv.org/abs/1603.07285>.
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
#' # What circular padding folds back, at the first step
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
  # Drawn again when the device changes its size, as nothing here scales like coordinates do.
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
  count <- prod(small_size(a))
  step <- check_count(step, "step")
  if (step > count) {
    refuse("step", sprintf("at most %s, the number of steps", in_full(count)), in_full(step))
  }
  step
}

check_title <- function(main) if (!is.null(main)) check_string(main, "main", "a string or NULL")

# Light to dark for counts of 1 to `most`, white for none; the ink that is read on it.
shade_of <- function(count, most) {
  ramp <- grDevices::colorRamp(c("#DCEAF7", "#6AAED6", "#08306B"), space = "Lab")
  color <- grDevices::rgb(ramp(pmin(pmax(count - 1, 0) / max(most - 1, 1), 1)), maxColorValue = 255)
  ifelse(count == 0, "#FFFFFF", color)
}

# Of black and white, the one with the higher contrast (WCAG 2.1, relative luminance).
ink_on <- function(color) {
  part <- grDevices::col2rgb(color) / 255
  part <- ifelse(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055)^2.4)
  ifelse(colSums(part * c(0.2126, 0.7152, 0.0722)) < 0.179, "#FFFFFF", "#000000")
}

look <- list(plain = "#F4F4F2", done = "#D9D9D6", border = "#FFFFFF", line = "#8C96A0",
             hatch = "#7A7A7A", mark = "#1A1A1A",
             band = "#E2E2DE", fold = "#00000066", active = "#D55E00", pale = "#FCE3CF")

fill_of <- function(cells, most) {
  fill <- ifelse(cells$border, look$border, ifelse(cells$done, look$done, look$plain))
  counted <- !is.na(cells$count)
  fill[counted] <- shade_of(cells$count[counted], most)
  fill[cells$active & (cells$border | cells$image == "small")] <- look$pale
  fill
}

draw_images <- function(a, step, main, room) {
  # The larger cells, with some room for words.
  sizes <- vapply(c(FALSE, TRUE), function(stacked) {
    layout <- layout_of(a, stacked)
    min(room * c(0.96, 0.7) / c(layout$width, layout$height))
  }, 0)
  stacked <- which.max(sizes) == 2L
  scene <- scene_of(a, step, stacked)
  line <- line_height()
  words <- words_of(scene, main, uneven_note(a), room)
  top <- (nrow(words$head) + 1.2) * line
  under <- if (stacked) 1.2 * line else 0 # the title of the result
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

# The lines above and below the cells, to which they give way on a small device.
words_of <- function(scene, main, note, room) {
  head <- head_lines(main, note, room)
  foot <- legend_lines(scene$legend, room)
  line <- line_height()
  if (length(foot) * line > 0.35 * room[2L]) foot <- list()
  if (nrow(head) * line > 0.3 * room[2L]) head <- head[0L, ]
  list(head = head, foot = foot)
}

line_height <- function(cex = 0.85) 1.4 * cex * graphics::par("cin")[2L] * graphics::par("cex")

# Title and note, broken to the width of the figure.
head_lines <- function(main, note, room) {
  if (is.null(main)) {
    return(data.frame(text = character(), cex = numeric()))
  }
  lines <- function(text, cex) data.frame(text = wrap(text, 0.96 * room[1L], cex), cex = cex)
  rbind(lines(main, 1), if (!is.null(note)) lines(named_note(note), 0.85))
}

# "Checkerboard: away from the borders, ..."
named_note <- function(note) {
  name <- names(note)
  paste0(capitalized(name), ": ", note)
}

wrap <- function(text, width, cex) {
  per_letter <- graphics::strwidth("abcdefghij n", units = "inches", cex = cex) / 12
  strwrap(text, max(10, floor(width / per_letter)))
}

draw_head <- function(head, room) {
  for (i in seq_len(nrow(head))) {
    graphics::text(room[1L] / 2, (i - 0.4) * line_height(), head$text[i], cex = head$cex[i],
                   col = graphics::par("fg"))
  }
}

# The largest size at which all labels fit into cells, or 0 when that is too small to read.
label_cex <- function(labels, cell) {
  labels <- unique(labels[nzchar(labels)])
  if (length(labels) == 0L) {
    return(0)
  }
  wide <- max(graphics::strwidth(labels, units = "inches", cex = 1, font = 2))
  high <- graphics::strheight("8", units = "inches", cex = 1)
  cex <- min(1, 0.82 * cell / wide, 0.6 * cell / high)
  if (cex < 0.45) 0 else cex
}

draw_cells <- function(scene, cell, corner) {
  cells <- scene$cells
  x <- corner[1L] + cell * cells$x
  y <- corner[2L] + cell * cells$y
  half <- cell / 2
  fill <- fill_of(cells, scene$most)
  fine <- cell > 0.04 # of an inch: lines between cells can be told apart
  box <- function(of, inset = 0, ...) {
    h <- half - inset
    graphics::rect(x[of] - h, y[of] + h, x[of] + h, y[of] - h, ...)
  }
  all <- rep(TRUE, length(x))
  box(all, col = fill, border = if (fine) look$line else NA, lwd = 0.6)
  hatched <- cells$border & (scene$drops | !cells$active)
  if (any(hatched)) {
    box(hatched, density = if (fine) 5 / cell else 40, col = look$hatch, border = NA, lwd = 0.5)
    if (fine) box(hatched, border = look$hatch, lty = 3, lwd = 0.8)
  }
  frames <- seq_along(x)[!cells$border & !cells$apart]
  for (frame in split(frames, cells$image[frames])) {
    graphics::rect(min(x[frame]) - half, max(y[frame]) + half, max(x[frame]) + half,
                   min(y[frame]) - half, border = look$mark, lwd = 1.2)
  }
  cex <- label_cex(cells$label, cell)
  written <- cex > 0 & is_written(cells)
  if (!is.null(scene$beams)) {
    draw_links(scene, cell, corner, label_boxes(cells[written, ], cex, cell))
  }
  if (fine) draw_marks(cells, x, y, half, is.null(scene$beams))
  if (any(written)) {
    backed <- written & hatched
    if (any(backed)) box(backed, inset = 0.22 * half, col = fill[backed], border = NA)
    graphics::text(x[written], y[written], cells$label[written], cex = cex,
                   col = ink_on(fill[written]), font = ifelse(cells$active[written], 2, 1))
  }
  active <- cells$active
  if (any(active)) {
    box(active, border = look$active, lwd = max(1, min(3, 12 * cell)))
  }
  place <- scene$titles
  away <- ifelse(place$above, -0.55, 0.65) * line_height()
  graphics::text(corner[1L] + cell * place$x, corner[2L] + cell * place$y + away, place$text,
                 cex = 0.85, col = graphics::par("fg"))
}

# Circles for cells without products, corners for output_padding.
draw_marks <- function(cells, x, y, half, with_holes) {
  hole <- with_holes & cells$count %in% 0
  if (any(hole)) {
    graphics::symbols(x[hole], y[hole], circles = rep(0.3 * half, sum(hole)), inches = FALSE,
                      add = TRUE, fg = look$mark, lwd = 0.8)
  }
  for (i in which(cells$extra)) {
    graphics::polygon(x[i] + c(1, 0.35, 1) * half, y[i] + c(0.35, 1, 1) * half, col = look$mark,
                      border = "#FFFFFF", lwd = 0.4)
  }
}

# Whether a cell's label is written: in place of a zero there is a mark, or nothing.
is_written <- function(cells) nzchar(cells$label) & !(cells$count %in% 0 & !cells$active)

# What the labels of cells cover, in cells, with some ground around them.
label_boxes <- function(cells, cex, cell) {
  cex <- max(cex, 0.1) # 0 where nothing is written
  wide <- graphics::strwidth(cells$label, units = "inches", cex = cex, font = 2) / cell / 2 + 0.06
  high <- graphics::strheight("8", units = "inches", cex = cex) / cell / 2 + 0.08
  boxes_around(cells, wide, high)
}

boxes_around <- function(cells, wide, high) {
  data.frame(left = cells$x - wide, right = cells$x + wide, top = cells$y - high,
             bottom = cells$y + high)
}

draw_links <- function(scene, cell, corner, boxes) {
  draw <- function(from, ...) {
    from <- clear_of(from, boxes)
    graphics::segments(corner[1L] + cell * from$x0, corner[2L] + cell * from$y0,
                       corner[1L] + cell * from$x1, corner[2L] + cell * from$y1, ...)
  }
  draw(scene$beams, col = look$active, lwd = 0.8, lty = 2)
  folds <- scene$folds
  if (!is.null(folds)) {
    draw(folds, col = look$fold, lwd = 1.2)
    h <- fold_half * cell
    x <- corner[1L] + cell * folds$x1
    y <- corner[2L] + cell * folds$y1
    graphics::rect(x - h, y + h, x + h, y - h, border = look$active, lty = 2, lwd = 1.4)
  }
}

fold_half <- 0.43 # of a cell: the frame of cells to which a border is folded, around their numbers
