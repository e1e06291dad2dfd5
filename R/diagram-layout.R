# Diagram layout: places for the parts of a diagram, and the lines between them.
#
# Rows stand below each other in one column or several, each as far to the right as it is deep in
# branches. What a skip joins runs straight down, to the left of its branch.

# In lines of text.
diagram_sizes <- list(box = 1.15, gap = 0.5, most_gap = 1, indent = 1.3, most_indent = 3,
                      wire = 0.5, pad = 0.4, label = 0.3, block = 0.5, apart = 1.5)

most_columns <- 8L

# Places the parts in a room (width, height) in inches. `wide` returns the widths of texts in lines
# of text, whose height is `line` inches, or less where the room is too small. Returns, in inches:
# `parts` with their `column`, `left`, `right`, `top` and `bottom`; the `columns`, a table of their
# rows and places; `unit`, the height of a line; and `indent` of a branch.
lay_out <- function(parts, room, line, wide) {
  size <- diagram_sizes
  plan <- function(count, indent) columns_of(with_widths(parts, wide, indent), count, wide)
  plans <- lapply(seq_len(min(max(parts$row), most_columns)), plan, indent = size$indent)
  scales <- vapply(plans, function(columns) min(1, room / line / extent_of(columns)), 0)
  best <- which(scales >= 0.99 * max(scales))[1L] # the fewest columns with text of this size
  unit <- line * scales[best]
  # What room is left widens the indents and the gaps.
  slack <- room[1L] / unit - extent_of(plans[[best]])[1L]
  indent <- size$indent + max(slack, 0) / max(1L, best * max(parts$depth))
  indent <- min(indent, size$most_indent)
  columns <- plan(best, indent)
  parts <- with_widths(parts, wide, indent)
  gap <- (room[2L] / unit - max(columns$rows) * size$box) / (max(columns$rows) + 1)
  gap <- min(max(gap, size$gap), size$most_gap)
  slack <- room / unit - extent_of(columns, gap)
  widths <- columns$before + columns$body + columns$after + size$apart
  columns$x <- slack[1L] / 2 + cumsum(widths) - widths + columns$before
  columns$top <- slack[2L] / 2
  columns$bottom <- columns$top + columns$rows * (size$box + gap) + gap

  parts$column <- findInterval(parts$row, columns$first)
  parts$left <- columns$x[parts$column] + parts$left
  parts$right <- parts$left + parts$width
  below <- parts$row - columns$first[parts$column]
  parts$top <- columns$top[parts$column] + gap + below * (size$box + gap)
  parts$bottom <- parts$top + size$box
  parts$width <- NULL
  scaled <- function(table, names) replace(table, names, lapply(table[names], `*`, unit))
  list(
    parts = scaled(parts, c("left", "right", "top", "bottom")),
    columns = scaled(columns, c("before", "body", "after", "x", "top", "bottom")),
    unit = unit, indent = indent * unit
  )
}

# Adds each part's width, and how far to the right in its column it begins.
with_widths <- function(parts, wide, indent) {
  size <- diagram_sizes
  is_join <- !is.na(parts$join)
  parts$width <- wide(parts$label) + 2 * size$pad
  # Both of the lines that a join joins end in its box.
  parts$width[is_join] <- pmax(parts$width[is_join], indent + 2 * size$wire)
  before <- stats::ave(parts$width, cumsum(parts$place == 1L), FUN = cumsum) - parts$width
  parts$left <- parts$depth * indent + before
  parts
}

# Distributes the rows evenly over columns. A column consists of the shapes, the boxes, and the
# brackets that tell how often blocks of rows come.
columns_of <- function(parts, count, wide) {
  rows <- max(parts$row)
  each <- ceiling(rows / count)
  first <- seq(1L, rows, by = each)
  column <- findInterval(parts$row, first)
  largest <- function(values) as.vector(tapply(values, column, max))
  label <- pmax(wide(parts$before), wide(parts$after))
  times <- ifelse(parts$block > 0L, wide(times_in_words(parts$times)) + 2 * diagram_sizes$block, 0)
  data.frame(
    first = first, rows = pmin(each, rows + 1L - first),
    before = largest(ifelse(label > 0, label + diagram_sizes$label, 0)),
    body = largest(parts$left + parts$width), after = largest(times)
  )
}

times_in_words <- function(times) sprintf("%d times", times)

# Width and height of a diagram with these columns.
extent_of <- function(columns, gap = diagram_sizes$gap) {
  size <- diagram_sizes
  c(
    sum(columns$before + columns$body + columns$after) + size$apart * (nrow(columns) - 1L),
    max(columns$rows) * (size$box + gap) + gap
  )
}

# Returns the lines of a diagram: from (x0, y0) to (x1, y1), with `skip` for those that lead to a
# join around its branch, and `arrow` for those that end in one.
lines_of <- function(layout) {
  gaps <- gaps_of(layout)
  shown <- layout$parts[!layout$parts$again, ]
  joins <- shown[!is.na(shown$join), ]
  do.call(rbind, c(
    list(main_lines(layout, gaps)),
    lapply(seq_len(nrow(joins)), function(i) skip_lines(layout, gaps, joins[i, ]))
  ))
}

# The x of the line that leads into the rows of this depth.
line_x <- function(layout, column, depth) {
  layout$columns$x[column] + depth * layout$indent + diagram_sizes$wire * layout$unit
}

# The gaps above the rows: where they begin and end, and the depths of the rows around.
gaps_of <- function(layout) {
  first <- layout$parts[!layout$parts$again & layout$parts$place == 1L, ]
  columns <- layout$columns
  count <- nrow(first)
  is_top <- first$row %in% columns$first
  data.frame(
    column = first$column, depth = first$depth, depth_before = c(0L, first$depth[-count]),
    y0 = ifelse(is_top, columns$top[first$column], c(0, first$bottom[-count])), y1 = first$top,
    before = first$before
  )
}

line_table <- function(x0, y0, x1, y1, skip, arrow) {
  data.frame(x0 = x0, y0 = y0, x1 = x1, y1 = y1, skip = skip, arrow = arrow)
}

main_lines <- function(layout, gaps) {
  from <- line_x(layout, gaps$column, gaps$depth_before)
  to <- line_x(layout, gaps$column, gaps$depth)
  middle <- (gaps$y0 + gaps$y1) / 2
  turns <- gaps$depth > gaps$depth_before
  columns <- layout$columns
  last <- columns$first + columns$rows - 1L
  ends <- line_x(layout, seq_along(last), gaps$depth[last])
  bottoms <- layout$parts$bottom[match(last, layout$parts$row)]
  rbind(
    line_table(from, gaps$y0, from, ifelse(turns, middle, gaps$y1), FALSE, !turns),
    line_table(from, middle, to, middle, FALSE, FALSE)[turns, ],
    line_table(to, middle, to, gaps$y1, FALSE, TRUE)[turns, ],
    line_table(ends, bottoms, ends, columns$bottom, FALSE, TRUE)
  )
}

# The line of a skip runs on in each column from that of the joined value's row to that of its own.
skip_lines <- function(layout, gaps, join) {
  start <- gaps[join$from + 1L, ]
  columns <- seq(start$column, join$column)
  x <- line_x(layout, columns, join$depth)
  y0 <- layout$columns$top[columns]
  y1 <- layout$columns$bottom[columns]
  y0[1L] <- (start$y0 + start$y1) / 2
  y1[length(columns)] <- join$top
  line_table(x, y0, x, y1, TRUE, columns == join$column)
}
