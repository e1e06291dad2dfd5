# Diagram: draws a module as boxes and lines. All lengths are in inches of the figure.

# Draws diagram_parts(); returns them with their places.
plot_diagram <- function(parts, main) {
  old <- graphics::par(mar = c(0, 0, 0, 0), xpd = NA)
  on.exit(graphics::par(old))
  graphics::plot.new()
  # Recorded for a redraw at every resize, with text of another size or in other columns.
  layout <- grDevices::recordGraphics(
    draw_diagram(parts, main), list(parts = parts, main = main), topenv()
  )
  layout$parts[c("path", "label", "join", "after", "depth", "row", "place", "from", "times",
                 "column", "left", "right", "top", "bottom")]
}

draw_diagram <- function(parts, main) {
  room <- graphics::par("pin")
  graphics::plot.window(c(0, room[1L]), c(room[2L], 0), xaxs = "i", yaxs = "i")
  head <- head_lines(main, NULL, room)
  if (nrow(head) * line_height() > 0.3 * room[2L]) head <- head[0L, ]
  draw_head(head, room)
  layout <- diagram_layout(parts, head, room)
  draw_wires(layout)
  draw_boxes(layout)
  draw_shapes(layout)
  draw_blocks(layout)
  layout
}

# Lays out the parts below the title.
diagram_layout <- function(parts, head, room) {
  line <- diagram_line()
  wide <- function(text) graphics::strwidth(text, units = "inches") / line
  margin <- c(0.03 * room[1L], 0.2 * line)
  top <- nrow(head) * line_height() + margin[2L]
  layout <- lay_out(parts, room - 2 * margin - c(0, top - margin[2L]), line, wide)
  moved <- function(table, names, by) replace(table, names, lapply(table[names], `+`, by))
  layout$parts <- moved(layout$parts, c("left", "right"), margin[1L])
  layout$parts <- moved(layout$parts, c("top", "bottom"), top)
  layout$columns <- moved(layout$columns, "x", margin[1L])
  layout$columns <- moved(layout$columns, c("top", "bottom"), top)
  layout
}

# The height of a line of text at size 1, in inches.
diagram_line <- function() graphics::par("cin")[2L] * graphics::par("cex")

box_colors <- list(smaller = "#CFE3F5", larger = "#FCE3CF", same = look$plain,
                   kept = look$done, join = look$active)

text_size <- function(layout) layout$unit / diagram_line()

draw_boxes <- function(layout) {
  shown <- layout$parts[!layout$parts$again, ]
  fill <- unlist(box_colors[shown$role])
  graphics::rect(shown$left, shown$bottom, shown$right, shown$top, col = fill, border = look$line,
                 lwd = 0.8)
  graphics::text((shown$left + shown$right) / 2, (shown$top + shown$bottom) / 2, shown$label,
                 cex = 0.95 * text_size(layout), col = ink_on(fill))
}

draw_wires <- function(layout) {
  lines <- lines_of(layout)
  color <- ifelse(lines$skip, look$active, look$line)
  head <- 0.22 * layout$unit
  inset <- ifelse(lines$arrow, head / 2, 0) # the point of the head is thinner than the line
  graphics::segments(lines$x0, lines$y0, lines$x1, lines$y1 - inset, col = color,
                     lwd = ifelse(lines$skip, 2, 1.4), lend = "butt")
  for (i in which(lines$arrow)) {
    graphics::polygon(lines$x1[i] + c(0, -0.6, 0.6) * head, lines$y1[i] - c(0, 1, 1) * head,
                      col = color[i], border = NA)
  }
}

# Writes the shapes beside the gaps between the rows.
draw_shapes <- function(layout) {
  gaps <- gaps_of(layout)
  columns <- layout$columns
  last <- columns$first + columns$rows - 1L
  ends <- layout$parts[match(last, layout$parts$row, nomatch = 0L), ]
  after <- layout$parts$after[vapply(last, function(row) {
    max(which(layout$parts$row == row))
  }, 1L)]
  column <- c(gaps$column, seq_along(last))
  x <- columns$x[column] - diagram_sizes$label * layout$unit
  y <- c((gaps$y0 + gaps$y1) / 2, (ends$bottom + columns$bottom) / 2)
  graphics::text(x, y, c(gaps$before, after), adj = c(1, 0.5), cex = 0.9 * text_size(layout),
                 col = graphics::par("fg"))
}

# Draws a bracket at the right of rows that come several times.
draw_blocks <- function(layout) {
  blocks <- layout$parts[layout$parts$block > 0L & !layout$parts$again, ]
  for (of in split(seq_len(nrow(blocks)), paste(blocks$block, blocks$column))) {
    block <- blocks[of, ]
    step <- diagram_sizes$block * layout$unit / 2
    x <- max(block$right) + step * c(1, 2)
    y <- c(min(block$top), max(block$bottom))
    graphics::lines(x[c(1L, 2L, 2L, 1L)], y[c(1L, 1L, 2L, 2L)], col = look$line, lwd = 1.2)
    graphics::text(x[2L] + step, mean(y), times_in_words(block$times[1L]), adj = c(0, 0.5),
                   cex = 0.95 * text_size(layout), col = graphics::par("fg"))
  }
}

diagram_title <- function(x) {
  if (!is_chain(x)) {
    return(short_text(environment(x)))
  }
  states <- states_of(x)
  count <- sum(!vapply(states, is_skip, NA))
  numbers <- count_parameters(x)
  sprintf("%s() of %d %s, %s %s", constructor(x), count, if (count == 1L) "module" else "modules",
          in_thousands(numbers), if (numbers == 1) "parameter" else "parameters")
}
