# Draws an arithmetic with ggplot2, from the same scene as plot().

#' @rdname plot.nnconv_arithmetic
#' @exportS3Method ggplot2::autoplot
autoplot.nnconv_arithmetic <- function(object, step = NULL, main = object$layer, ...) {
  step <- check_step(object, step, NULL)
  main <- check_title(main)
  layout <- layout_of(object, stacked = FALSE)
  scene <- scene_of(object, step, stacked = layout$width > 2.2 * layout$height)
  scene$cells <- coloured_cells(scene)
  picture <- ggplot2::ggplot() + cell_layers(scene)
  if (!is.null(step)) picture <- picture + step_layers(scene)
  picture <- picture + number_layer(scene)
  if (is.null(step)) picture <- picture + hole_layer(scene)
  picture + extra_layer(scene) + title_layer(scene) + legend_layers(scene) + scale_layers() +
    theme_layers(scene) + heading_layer(main, uneven_note(object))
}

# Larger scenes get no outlines, numbers or circles.
is_fine <- function(scene) max(scene$width, scene$height) <= 90

coloured_cells <- function(scene) {
  cells <- scene$cells
  cells$fill <- fill_of(cells, scene$most)
  cells$fill[cells$border & !cells$active] <- look$band
  cells$ink <- ink_on(cells$fill)
  cells$label[!is_written(cells)] <- ""
  cells
}

tile_layer <- function(cells, ..., side = 1) {
  x <- y <- fill <- NULL # columns of `cells`
  ggplot2::geom_tile(ggplot2::aes(x, y, fill = fill), data = cells, width = side, height = side,
                     ...)
}

cell_layers <- function(scene) {
  cells <- scene$cells
  list(
    tile_layer(cells[!cells$border, ], colour = if (is_fine(scene)) look$line else NA,
               linewidth = 0.2),
    tile_layer(cells[cells$border, ], colour = look$hatch, linewidth = 0.2, linetype = 3),
    tile_layer(cells[cells$active, ], colour = look$active, linewidth = 0.9)
  )
}

# Draws the lines of a step: from its cell to the cells that it reaches, and from the border to the
# cells that it folds onto.
step_layers <- function(scene) {
  beams <- line_layer(scene$beams, scene$cells, colour = look$active, linewidth = 0.3, linetype = 2)
  if (is.null(scene$folds)) {
    return(beams)
  }
  goals <- data.frame(x = scene$folds$x1, y = scene$folds$y1, fill = NA)
  list(
    beams, line_layer(scene$folds, scene$cells, colour = look$fold, linewidth = 0.4),
    tile_layer(goals, side = 2 * fold_half, colour = look$active, linewidth = 0.4, linetype = 2)
  )
}

# Draws lines without the parts that would cross labels. The letters' size in cells is unknown until
# the picture is drawn, so each label gets room for the widest letters.
line_layer <- function(lines, cells, ...) {
  boxes <- boxes_around(cells, pmin(0.42, 0.12 + 0.1 * nchar(cells$label)), 0.26)
  boxes <- boxes[nzchar(cells$label), ]
  x0 <- y0 <- x1 <- y1 <- NULL # columns of `lines`
  ggplot2::geom_segment(ggplot2::aes(x0, y0, xend = x1, yend = y1), data = clear_of(lines, boxes),
                        ...)
}

# Writes the numbers in the cells, unless they would be too small to read.
number_layer <- function(scene) {
  widest <- max(nchar(scene$cells$label))
  if (!is_fine(scene) || max(scene$width, scene$height) * widest > 90) {
    return(NULL)
  }
  size <- min(4, 130 / max(scene$width, 1.2 * scene$height) / widest^0.5)
  x <- y <- label <- ink <- NULL # columns of the cells
  ggplot2::geom_text(ggplot2::aes(x, y, label = label, colour = ink), data = scene$cells,
                     size = size)
}

hole_layer <- function(scene) {
  holes <- scene$cells[scene$cells$count %in% 0, ]
  if (nrow(holes) == 0L || !is_fine(scene)) {
    return(NULL)
  }
  x <- y <- NULL # columns of `holes`
  ggplot2::geom_point(ggplot2::aes(x, y), data = holes, shape = 1, size = 1.5, colour = look$mark)
}

# Draws a triangle in the corner of each cell from output_padding.
extra_layer <- function(scene) {
  cells <- scene$cells[scene$cells$extra, ]
  if (nrow(cells) == 0L) {
    return(NULL)
  }
  corners <- data.frame(
    x = as.vector(rbind(cells$x + 0.5, cells$x + 0.17, cells$x + 0.5)),
    y = as.vector(rbind(cells$y + 0.17, cells$y + 0.5, cells$y + 0.5)),
    cell = rep(seq_len(nrow(cells)), each = 3L)
  )
  x <- y <- cell <- NULL # columns of `corners`
  ggplot2::geom_polygon(ggplot2::aes(x, y, group = cell), data = corners, fill = look$mark)
}

title_layer <- function(scene) {
  x <- y <- text <- above <- NULL # columns of the titles
  ggplot2::geom_text(ggplot2::aes(x, y, label = text, vjust = ifelse(above, -0.6, 1.6)),
                     data = scene$titles, size = 3.5)
}

# Adds invisible points, whose legend keys key_grob() draws.
legend_layers <- function(scene) {
  symbols <- scene$legend$symbol
  x <- y <- symbol <- NULL # columns of the points
  list(
    ggplot2::geom_point(
      ggplot2::aes(x, y, shape = symbol), data = data.frame(scene$legend, x = 0, y = 0), alpha = 0,
      key_glyph = function(data, ...) key_grob(symbols[data$shape], scene$most)
    ),
    ggplot2::scale_shape_manual(
      NULL, values = seq_along(symbols), breaks = symbols, labels = scene$legend$text,
      guide = ggplot2::guide_legend(ncol = 1)
    )
  )
}

scale_layers <- function() {
  list(
    ggplot2::scale_fill_identity(), ggplot2::scale_colour_identity(),
    ggplot2::scale_y_reverse(expand = ggplot2::expansion(add = 0.9)), ggplot2::coord_equal()
  )
}

theme_layers <- function(scene) {
  swatches <- max(vapply(scene$legend$symbol, swatches_in, 0))
  list(
    ggplot2::theme_void(),
    ggplot2::theme(
      plot.title = ggplot2::element_text(size = 11),
      plot.background = ggplot2::element_rect(fill = "white", colour = NA),
      legend.position = "bottom", legend.key.height = grid::unit(key_side, "mm"),
      legend.key.width = grid::unit(key_side * swatches, "mm")
    )
  )
}

# Writes the title, with the note on uneven overlaps below it.
heading_layer <- function(main, note) {
  broken <- function(text) paste(strwrap(text, 75L), collapse = "\n")
  ggplot2::labs(title = if (!is.null(main)) broken(main),
                subtitle = if (!is.null(main) && !is.null(note)) broken(named_note(note)))
}

key_side <- 4.5 # side of a legend swatch, in mm

# Draws a symbol of the legend, aligned to the right, with the same marks as draw_swatches().
key_grob <- function(symbol, most) {
  counts <- counts_in(symbol)
  n <- max(1, length(counts))
  place <- function(at) grid::unit(1, "npc") - grid::unit(key_side * (n - at), "mm")
  middle <- place(seq_len(n) - 0.5)
  square <- function(side, ...) {
    grid::rectGrob(middle, width = grid::unit(side, "mm"), height = grid::unit(side, "mm"),
                   gp = grid::gpar(...))
  }
  kind <- sub(" .*", "", symbol)
  fill <- if (length(counts)) {
    shade_of(counts, most)
  } else {
    switch(kind, active = look$pale, border = look$band, look$border)
  }
  side <- 0.84 * key_side
  ground <- if (kind == "active") {
    square(side, fill = fill, col = look$active, lwd = 2.5)
  } else {
    square(side, fill = fill, col = if (kind == "border") look$hatch else look$line, lwd = 0.6,
           lty = if (kind == "border") 3 else 1)
  }
  mark <- switch(kind,
    count = grid::textGrob(in_full(counts), middle, gp = grid::gpar(
      col = ink_on(fill), fontsize = min(8, 16 / max(nchar(in_full(counts))))
    )),
    hole = grid::circleGrob(middle, r = grid::unit(0.15 * side, "mm"),
                            gp = grid::gpar(col = look$mark, fill = NA)),
    fold = square(0.7 * side, fill = NA, col = look$active, lty = 2, lwd = 1.4),
    extra = grid::polygonGrob(
      middle + grid::unit(c(0.5, 0.17, 0.5) * side, "mm"),
      grid::unit(0.5, "npc") - grid::unit(c(0.17, 0.5, 0.5) * side, "mm"),
      gp = grid::gpar(fill = look$mark, col = NA)
    )
  )
  grid::gTree(children = do.call(grid::gList, c(list(ground), if (!is.null(mark)) list(mark))))
}
