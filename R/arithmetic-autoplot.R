# The picture of an arithmetic in ggplot2, from the same scene as plot().

#' @rdname plot.nnconv_arithmetic
#' @exportS3Method ggplot2::autoplot
autoplot.nnconv_arithmetic <- function(object, step = NULL, main = object$layer, ...) {
  step <- check_step(object, step, NULL)
  main <- check_title(main)
  layout <- layout_of(object, stacked = FALSE)
  scene <- scene_of(object, step, stacked = layout$width > 2.2 * layout$height)
  cells <- scene$cells
  cells$fill <- fill_of(cells, scene$most)
  cells$fill[cells$border & !cells$active] <- "#E2E2DE"
  cells$ink <- ink_on(cells$fill)
  cells$label[cells$count %in% 0 & !cells$active] <- if (is.null(step)) "\u25cb" else ""
  aes <- ggplot2::aes
  # Names that are columns of the scene's tables.
  x <- y <- fill <- ink <- label <- text <- x0 <- y0 <- x1 <- y1 <- NULL
  square <- function(of, ...) {
    ggplot2::geom_tile(aes(x, y, fill = fill), data = of, width = 1, height = 1, ...)
  }
  line <- function(of, ...) {
    ggplot2::geom_segment(aes(x0, y0, xend = x1, yend = y1), data = of, ...)
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
      picture <- picture + line(scene$folds, colour = "#00000066", linewidth = 0.4)
    }
  }
  if (fine && max(scene$width, scene$height) * widest <= 90) {
    size <- min(4, 130 / max(scene$width, 1.2 * scene$height) / widest^0.5)
    picture <- picture +
      ggplot2::geom_text(aes(x, y, label = label, colour = ink), data = cells, size = size)
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
  picture +
    ggplot2::geom_text(aes(x, y, label = text), data = scene$titles, size = 3.5, vjust = -0.6) +
    ggplot2::scale_fill_identity() + ggplot2::scale_colour_identity() +
    ggplot2::scale_y_reverse(expand = ggplot2::expansion(add = 0.9)) +
    ggplot2::coord_equal() + ggplot2::theme_void() +
    ggplot2::theme(plot.title = ggplot2::element_text(size = 11)) +
    ggplot2::labs(
      title = if (!is.null(main)) paste(strwrap(main, 75L), collapse = "\n"),
      subtitle = if (!is.null(main) && !is.null(note)) named_note(note),
      caption = caption_of(scene$legend)
    )
}

# The legend in words.
caption_of <- function(legend) {
  symbols <- c(active = "orange", count = "blue", hole = "circle", border = "grey",
               fold = "lines", extra = "corner")
  kind <- sub(" .*", "", legend$symbol)
  paste(strwrap(paste(symbols[kind], legend$text, sep = ": ", collapse = "; "), 90L),
        collapse = "\n")
}
