# Draws an arithmetic along one axis, with one line per product.

# Places the input and the result as two rows of cells. Each cell of the small image stands over the
# middle of the cells that its kernel spans.
axis_scene <- function(a, along) {
  axis <- a[[along]]
  side <- by_image(a$config, "input", "output")
  canvas <- axis$canvas
  middle <- tapply(canvas[[side$large]], canvas[[side$small]], mean)
  place <- seq_along(axis$shows)
  size <- sizes_of(a)$large
  counts <- tabulate(axis$links[[side$large]], size[match(along, c("height", "width"))])
  number <- place - axis$before
  border <- number < 1 | number > length(counts)
  large <- data.frame(
    image = "large", x = place, number = ifelse(border, axis$shows, number), border = border,
    count = ifelse(border, NA, counts[pmin(pmax(number, 1), length(counts))]),
    extra = !border & number > length(counts) - axis$extra
  )
  small <- data.frame(
    image = "small", x = as.vector(middle), number = seq_along(middle), border = FALSE,
    count = NA_real_, extra = FALSE
  )
  small$y <- if (is_transposed(a$config)) 0 else 1
  large$y <- 1 - small$y[1L]
  cells <- rbind(small, large)
  cells$active <- cells$done <- FALSE
  cells$apart <- cells$image == "small"
  cells$label <- ifelse(cells$border & cells$number == 0, "", sprintf("%.0f", cells$number))
  lines <- data.frame(
    from = middle[canvas[[side$small]]], to = canvas[[side$large]], tap = canvas$tap
  )
  lines$dropped <- axis$shows[lines$to] == 0
  scene <- list(
    cells = cells, lines = lines, most = max(counts), small_above = is_transposed(a$config),
    drops = a$config$padding_mode == "zeros"
  )
  scene$legend <- legend_of(a, scene, NULL)
  shows <- scene$legend$symbol == "border" & a$config$padding_mode != "zeros"
  scene$legend$text[shows] <- sub("row,column", "number of the cell", scene$legend$text[shows])
  taps <- seq_len(nrow(tap_styles(max(lines$tap))))
  if (length(taps) > 1L) {
    scene$legend <- rbind(data.frame(symbol = paste("tap", taps), text = paste("tap", taps)),
                          scene$legend)
  }
  scene
}

draw_axis <- function(a, along, main, room) {
  scene <- axis_scene(a, along)
  cells <- scene$cells
  note <- uneven_note(a, match(along, c("height", "width")))
  line <- line_height()
  if (!is.null(main)) main <- paste0(main, ", along the ", along)
  words <- words_of(scene, main, note, room)
  top <- (nrow(words$head) + 1.3) * line
  below <- (length(words$foot) + 1.8) * line
  wide <- max(cells$x) - min(cells$x) + 1
  cell <- max(0, min(0.96 * room[1L] / wide, (room[2L] - top - below) / 4, 0.5))
  distance <- max(cell, min(room[2L] - top - below - cell, 0.45 * cell * wide + 3 * cell))
  left <- (room[1L] - cell * wide) / 2 - cell * (min(cells$x) - 0.5)
  up <- top + cell / 2
  scene$titles <- data.frame(
    x = mean(range(cells$x)), y = c(up - cell / 2, up + distance + cell / 2) / cell,
    above = c(TRUE, FALSE), text = c("input", "result")
  )
  scene$cells$y <- (up + cells$y * distance) / cell
  draw_head(words$head, room)
  draw_lines(scene, cell, left, up + cell / 2, up + distance - cell / 2)
  draw_cells(scene, cell, c(left, 0))
  draw_legend(
    words$foot, scene, room[2L] - (length(words$foot) + 0.3) * line, line, room
  )
}

draw_lines <- function(scene, cell, left, top, bottom) {
  styles <- tap_styles(max(scene$lines$tap))
  style <- styles[(scene$lines$tap - 1L) %% nrow(styles) + 1L, ]
  x <- left + cell * if (scene$small_above) scene$lines$from else scene$lines$to
  end <- left + cell * if (scene$small_above) scene$lines$to else scene$lines$from
  graphics::segments(x, top, end, bottom, col = style$col, lty = style$lty,
                     lwd = ifelse(scene$lines$dropped, 0.7, max(0.8, min(2, 8 * cell))))
}
