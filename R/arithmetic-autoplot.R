# Draws an arithmetic with ggplot2, from the same scene as plot().

#' @rdname plot.nnconv_arithmetic
#' @exportS3Method ggplot2::autoplot
autoplot.nnconv_arithmetic <- function(object, step = NULL, main = object$layer, ...) {
  step <- check_step(object, step, NULL)
  main <- check_title(main)
  layout <- layout_of(object, stacked = FALSE)
  scene <- scene_of(object, step, stacked = layout$width > 2.2 * layout$height)
  cells <- scene$cells
  cells$fill <- fill_of(cells, scene$most)
  cells$fill[cells$border & !cells$active] <- look$band
  cells$ink <- ink_on(cells$fill)
  cells$label[!is_written(cells)] <- ""
  holes <- cells[is.null(step) & cells$count %in% 0, ]
  aes <- ggplot2::aes
  # Names that are columns of the scene's tables.
  x <- y <- fill <- ink <- label <- text <- x0 <- y0 <- x1 <- y1 <- above <- symbol <- NULL
  square <- function(of, ..., side = 1) {
    ggplot2::geom_tile(aes(x, y, fill = fill), data = of, width = side, height = side, ...)
  }
  # How large letters are in cells is known when the picture is drawn: room for the widest.
  boxes <- boxes_around(cells, pmin(0.42, 0.12 + 0.1 * nchar(cells$label)), 0.26)
  boxes <- boxes[nzchar(cells$label), ]
  line <- function(of, ...) {
    ggplot2::geom_segment(aes(x0, y0, xend = x1, yend = y1), data = clear_of(of, boxes), ...)
  }
  widest <- max(nchar(cells$label))
  fine <- max(scene$width, scene$height) <= 90
  picture <- ggplot2::ggplot() +
    square(cells[!cells$border, ], colour = if (fine) look$line else NA, linewidth = 0.2) +
    square(cells[cells$border, ], colour = look$hatch, linewidth = 0.2, linetype = 3) +
    square(cells[cells$active, ], colour = look$active, linewidth = 0.9)
  if (!is.null(step)) {
    picture <- picture + line(scene$beams, colour = look$active, linewidth = 0.3, linetype = 2)
    if (!is.null(scene$folds)) {
      goals <- data.frame(x = scene$folds$x1, y = scene$folds$y1, fill = NA)
      picture <- picture + line(scene$folds, colour = look$fold, linewidth = 0.4) +
        square(goals, side = 2 * fold_half, colour = look$active, linewidth = 0.4, linetype = 2)
    }
  }
  if (fine && max(scene$width, scene$height) * widest <= 90) {
    size <- min(4, 130 / max(scene$width, 1.2 * scene$height) / widest^0.5)
    picture <- picture +
      ggplot2::geom_text(aes(x, y, label = label, colour = ink), data = cells, size = size)
  }
  if (nrow(holes) && fine) {
    picture <- picture + ggplot2::geom_point(aes(x, y), data = holes, shape = 1, size = 1.5,
                                             colour = look$mark)
  }
  corners <- cells[cells$extra, ]
  if (nrow(corners)) {
    corners <- data.frame(
      x = as.vector(rbind(corners$x + 0.5, corners$x + 0.17, corners$x + 0.5)),
      y = as.vector(rbind(corners$y + 0.17, corners$y + 0.5, corners$y + 0.5)),
      text = rep(seq_len(nrow(corners)), each = 3L)
    )
    picture <- picture + ggplot2::geom_polygon(aes(x, y, group = text), data = corners,
                                               fill = look$mark)
  }
  note <- uneven_note(object)
  broken <- function(text) paste(strwrap(text, 75L), collapse = "\n")
  swatches <- max(vapply(scene$legend$symbol, swatches_in, 0))
  picture +
    ggplot2::geom_text(aes(x, y, label = text, vjust = ifelse(above, -0.6, 1.6)),
                       data = scene$titles, size = 3.5) +
    ggplot2::geom_point(
      aes(x, y, shape = symbol), data = data.frame(scene$legend, x = 0, y = 0), alpha = 0,
      key_glyph = function(data, ...) key_grob(scene$legend$symbol[data$shape], scene$most)
    ) +
    ggplot2::scale_shape_manual(
      NULL, values = seq_along(scene$legend$symbol), breaks = scene$legend$symbol,
      labels = scene$legend$text, guide = ggplot2::guide_legend(ncol = 1)
    ) +
    ggplot2::scale_fill_identity() + ggplot2::scale_colour_identity() +
    ggplot2::scale_y_reverse(expand = ggplot2::expansion(add = 0.9)) +
    ggplot2::coord_equal() + ggplot2::theme_void() +
    ggplot2::theme(
      plot.title = ggplot2::element_text(size = 11),
      plot.background = ggplot2::element_rect(fill = "white", colour = NA),
      legend.position = "bottom", legend.key.height = grid::unit(key_side, "mm"),
      legend.key.width = grid::unit(key_side * swatches, "mm")
    ) +
    ggplot2::labs(title = if (!is.null(main)) broken(main),
                  subtitle = if (!is.null(main) && !is.null(note)) broken(named_note(note)))
}

key_side <- 4.5 # of a swatch of the legend, in mm

# A symbol of the legend, at the right of its place: the same marks as draw_swatches() has.
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
