# The look of an arithmetic's pictures: colours, sizes, text and cells.

look <- list(plain = "#F4F4F2", done = "#D9D9D6", border = "#FFFFFF", line = "#8C96A0",
             hatch = "#7A7A7A", mark = "#1A1A1A",
             band = "#E2E2DE", fold = "#00000066", active = "#D55E00", pale = "#FCE3CF")

line_height <- function(cex = 0.85) 1.4 * cex * graphics::par("cin")[2L] * graphics::par("cex")

# Lays out the text above and below the cells. On a small device the cells take precedence.
words_of <- function(scene, main, note, room) {
  head <- head_lines(main, note, room)
  foot <- legend_lines(scene$legend, room)
  line <- line_height()
  if (length(foot) * line > 0.35 * room[2L]) foot <- list()
  if (nrow(head) * line > 0.3 * room[2L]) head <- head[0L, ]
  list(head = head, foot = foot)
}

# Shades counts from light (1) to dark (`most`); a count of 0 is white.
shade_of <- function(count, most) {
  ramp <- grDevices::colorRamp(c("#DCEAF7", "#6AAED6", "#08306B"), space = "Lab")
  color <- grDevices::rgb(ramp(pmin(pmax(count - 1, 0) / max(most - 1, 1), 1)), maxColorValue = 255)
  ifelse(count == 0, "#FFFFFF", color)
}

# Returns black or white, whichever has the higher contrast (WCAG 2.1, relative luminance).
ink_on <- function(color) {
  part <- grDevices::col2rgb(color) / 255
  part <- ifelse(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055)^2.4)
  ifelse(colSums(part * c(0.2126, 0.7152, 0.0722)) < 0.179, "#FFFFFF", "#000000")
}

fill_of <- function(cells, most) {
  fill <- ifelse(cells$border, look$border, ifelse(cells$done, look$done, look$plain))
  counted <- !is.na(cells$count)
  fill[counted] <- shade_of(cells$count[counted], most)
  fill[cells$active & (cells$border | cells$image == "small")] <- look$pale
  fill
}

# Wraps the title and the note to the figure's width.
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

# Returns the largest text size at which all labels fit into cells, or 0 if it is too small to read.
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
  fine <- cell > 0.04 # inches; lines between smaller cells would merge
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

# Marks cells without products with circles, and cells from output_padding with corners.
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

# Tells which labels are written. A count of 0 gets a mark or nothing instead.
is_written <- function(cells) nzchar(cells$label) & !(cells$count %in% 0 & !cells$active)

# Returns the boxes that the labels cover, margins included, in units of cells.
label_boxes <- function(cells, cex, cell) {
  cex <- max(cex, 0.1) # it is 0 if nothing is written
  wide <- graphics::strwidth(cells$label, units = "inches", cex = cex, font = 2) / cell / 2 + 0.06
  high <- graphics::strheight("8", units = "inches", cex = cex) / cell / 2 + 0.08
  boxes_around(cells, wide, high)
}

boxes_around <- function(cells, wide, high) {
  data.frame(left = cells$x - wide, right = cells$x + wide, top = cells$y - high,
             bottom = cells$y + high)
}

# Gives each tap its own colour and dash pattern, or grey lines if there are too many taps.
tap_styles <- function(count) {
  colors <- c("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
  if (count > length(colors)) {
    return(data.frame(col = look$line, lty = 1))
  }
  data.frame(col = colors, lty = seq_along(colors))[seq_len(count), ]
}

# Distributes the legend's items over lines of the figure's width.
legend_lines <- function(legend, room) {
  swatch <- line_height()
  wide <- vapply(seq_len(nrow(legend)), function(i) {
    swatch * swatches_in(legend$symbol[i]) + 1.2 * swatch +
      graphics::strwidth(legend$text[i], units = "inches", cex = 0.8)
  }, 0)
  lines <- list()
  used <- Inf
  for (i in seq_along(wide)) {
    if (used + wide[i] > 0.98 * room[1L]) {
      lines[[length(lines) + 1L]] <- integer()
      used <- 0
    }
    lines[[length(lines)]] <- c(lines[[length(lines)]], i)
    used <- used + wide[i]
  }
  lapply(lines, function(i) list(items = legend[i, ], wide = wide[i]))
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

fold_half <- 0.43 # of a cell; half the side of the frame around a cell that a border folds onto

swatches_in <- function(symbol) length(counts_in(symbol)) + !startsWith(symbol, "count")

# Cuts lines (x0, y0, x1, y1) where they would cross text: returns the pieces outside all boxes
# (left, right, top, bottom).
clear_of <- function(lines, boxes) {
  pieces <- lapply(seq_len(nrow(lines)), function(i) {
    line <- lines[i, ]
    covered <- covered_parts(line, boxes)
    from <- c(0, covered$to)
    to <- c(covered$from, 1)
    free <- to - from > 1e-9
    at <- function(t, axis) {
      start <- line[[paste0(axis, 0)]]
      start + t[free] * (line[[paste0(axis, 1)]] - start)
    }
    data.frame(x0 = at(from, "x"), y0 = at(from, "y"), x1 = at(to, "x"), y1 = at(to, "y"))
  })
  do.call(rbind, pieces)
}

# Returns the parts of a line that boxes cover, as merged intervals from 0 (start) to 1 (end).
covered_parts <- function(line, boxes) {
  along_x <- inside_interval(line$x0, line$x1, boxes$left, boxes$right)
  along_y <- inside_interval(line$y0, line$y1, boxes$top, boxes$bottom)
  from <- pmax(0, along_x$from, along_y$from)
  to <- pmin(1, along_x$to, along_y$to)
  hit <- to > from
  order <- order(from[hit])
  from <- from[hit][order]
  to <- cummax(to[hit][order])
  first <- from > c(-Inf, to[-length(to)])[seq_along(from)]
  last <- c(first[-1L], TRUE)[seq_along(from)]
  list(from = from[first], to = to[last])
}

# Returns the fractions of the way from `start` to `end` at which a point enters and leaves the
# interval from `low` to `high`.
inside_interval <- function(start, end, low, high) {
  if (start == end) {
    inside <- low < start & start < high
    return(list(from = ifelse(inside, -Inf, Inf), to = ifelse(inside, Inf, -Inf)))
  }
  ends <- cbind((low - start) / (end - start), (high - start) / (end - start))
  list(from = pmin(ends[, 1L], ends[, 2L]), to = pmax(ends[, 1L], ends[, 2L]))
}

counts_in <- function(symbol) {
  if (startsWith(symbol, "count")) as.numeric(strsplit(substring(symbol, 7), ", ")[[1L]])
}
