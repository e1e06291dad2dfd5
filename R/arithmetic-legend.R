# The legend of an arithmetic's picture: items, line breaks and symbols.

# Explains the marks that this picture contains: a data frame with columns `symbol` and `text`.
legend_of <- function(a, scene, step) {
  cells <- scene$cells
  is_transposed <- is_transposed(a$config)
  mode <- a$config$padding_mode
  # The legend is the same at every step, so that an animation does not flicker.
  shown <- if (is.null(step)) cells$count[!is.na(cells$count)] else as.vector(links_of(a)$large)
  shown <- sort(unique(shown[shown > 0]))
  if (length(shown) > 4L) shown <- unique(round(seq(shown[1L], max(shown), length.out = 4L)))
  taps <- paste(c("row", "column")[a$config$kernel_size > 1], collapse = ",")
  taps <- if (nzchar(taps)) sprintf("taps (%s)", taps) else "the tap"
  border <- if (mode == "zeros") {
    if (is_transposed) "cropped by padding" else "padding, read as 0"
  } else if (is_transposed) {
    "row,column to which padding adds this cell"
  } else {
    "row,column that padding shows here"
  }
  items <- list(
    if (!is.null(step)) {
      c("active", sprintf("step %s: %s", in_full(step), taps))
    },
    if (length(shown)) c(paste0("count ", toString(shown)), "products a cell takes part in"),
    if (any(cells$count %in% 0) && is.null(step)) {
      c("hole", if (is_transposed) "bias only" else "never used")
    },
    if (any(cells$border)) c("border", border),
    if (!is.null(step) && mode != "zeros" && any(cells$border)) {
      c("fold", if (is_transposed) "where its border is added" else "what its border shows")
    },
    if (any(cells$extra)) c("extra", "output_padding")
  )
  items <- Filter(Negate(is.null), items)
  data.frame(symbol = vapply(items, `[`, "", 1L), text = vapply(items, `[`, "", 2L))
}

draw_legend <- function(lines, scene, y, line, room) {
  for (each in lines) {
    x <- (room[1L] - sum(each$wide)) / 2 + 0.2 * line
    for (i in seq_len(nrow(each$items))) {
      symbol <- each$items$symbol[i]
      draw_swatches(symbol, scene, x, y + line / 2, line)
      graphics::text(x + line * (swatches_in(symbol) + 0.2), y + line / 2, each$items$text[i],
                     cex = 0.8, adj = c(0, 0.5), col = graphics::par("fg"))
      x <- x + each$wide[i]
    }
    y <- y + line
  }
}

draw_swatches <- function(symbol, scene, x, y, line) {
  if (startsWith(symbol, "tap")) {
    style <- tap_styles(max(scene$lines$tap))[as.numeric(substring(symbol, 5)), ]
    graphics::segments(x, y, x + 0.9 * line, y, col = style$col, lty = style$lty, lwd = 2)
    return()
  }
  counts <- counts_in(symbol)
  n <- max(1, length(counts))
  half <- 0.42 * line
  middle <- x + line * (seq_len(n) - 0.5)
  fill <- if (length(counts)) {
    shade_of(counts, scene$most)
  } else if (symbol == "active") {
    look$pale
  } else {
    look$border
  }
  graphics::rect(middle - half, y + half, middle + half, y - half, col = fill,
                 border = if (symbol == "active") look$active else look$line,
                 lwd = if (symbol == "active") 2.5 else 0.6)
  if (length(counts)) {
    cex <- min(0.75, 0.8 * line / max(graphics::strwidth(in_full(counts), units = "inches")))
    graphics::text(middle, y, in_full(counts), cex = cex, col = ink_on(fill))
  } else if (symbol == "border") {
    graphics::rect(middle - half, y + half, middle + half, y - half, density = 5 / line,
                   col = look$hatch, border = look$hatch, lty = 3)
  } else if (symbol == "fold") {
    graphics::rect(middle - 0.7 * half, y + 0.7 * half, middle + 0.7 * half, y - 0.7 * half,
                   border = look$active, lty = 2, lwd = 1.4)
  } else if (symbol %in% c("hole", "extra")) {
    cell <- data.frame(count = 0, extra = symbol == "extra")
    draw_marks(cell, middle, y, half, symbol == "hole")
  }
}
