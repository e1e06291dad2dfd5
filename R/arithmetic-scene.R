# Scene: an arithmetic's picture as tables, which both base graphics and ggplot2 draw.
#
# The unit is one cell; x points right and y down. The small image stands alone. The large image
# stands on its canvas, whose border is the padding: cropped from a result or added around an input.
# Shades count the links of each cell of the large image, in total or up to the current step.

scene_of <- function(a, step, stacked) {
  layout <- layout_of(a, stacked)
  images <- names(sizes_of(a)) # the input's comes first
  panels <- lapply(1:2, function(i) {
    cells <- if (images[i] == "small") small_cells(a, step) else large_cells(a, step)
    cells$x <- layout$left[i] + cells$column - 0.5
    cells$y <- layout$top[i] + cells$row - 0.5
    cells
  })
  scene <- list(
    cells = do.call(rbind, panels), width = layout$width, height = layout$height,
    titles = data.frame(
      x = layout$left + layout$columns / 2, y = if (stacked) c(0, layout$height) else 0,
      above = c(TRUE, !stacked),
      text = paste(c("input", "result"),
                   c(shape_label(a$input_size), shape_label(a$result_size)))
    ),
    most = max(links_of(a)$large), drops = a$config$padding_mode == "zeros"
  )
  if (!is.null(step)) {
    i <- match("large", images)
    scene$folds <- fold_lines(a, panels[[i]], c(layout$left[i], layout$top[i]))
    scene$beams <- beams_between(scene$cells[scene$cells$active, ], stacked)
  }
  scene$legend <- legend_of(a, scene, step)
  scene
}

# Places the grids of input and result side by side or one above the other. The titles stand above
# both grids or at their outer ends, where no line between the grids crosses them.
layout_of <- function(a, stacked) {
  canvas <- c(length(a$height$shows), length(a$width$shows))
  sizes <- do.call(cbind, replace(sizes_of(a), "large", list(canvas)))
  rows <- sizes[1L, ]
  columns <- sizes[2L, ]
  gap <- (if (stacked) 1 else 1.6) + 0.04 * max(sizes)
  left <- if (stacked) (max(columns) - columns) / 2 else c(0, columns[1L] + gap)
  top <- if (stacked) c(0, rows[1L] + gap) else c(0, 0)
  list(left = left, top = top, columns = columns, width = max(left + columns),
       height = max(top + rows))
}

# Returns the cell of the small image that a step visits; steps go row by row.
step_cell <- function(a, step) {
  width <- sizes_of(a)$small[2L]
  c((step - 1) %/% width, (step - 1) %% width) + 1
}

small_cells <- function(a, step) {
  size <- sizes_of(a)$small
  counts <- links_of(a)$small
  cells <- data.frame(
    image = "small", row = as.vector(row(counts)), column = as.vector(col(counts)),
    count = NA_real_, border = FALSE, extra = FALSE, active = FALSE, done = FALSE, apart = FALSE,
    label = ""
  )
  if (is.null(step)) {
    cells$label <- sprintf("%.0f", as.vector(counts))
  } else {
    number <- (cells$row - 1) * size[2L] + cells$column
    cells$active <- number == step
    cells$done <- number < step
  }
  cells
}

# Tabulates the cells of the large image on its canvas.
large_cells <- function(a, step) {
  rows <- seq_along(a$height$shows)
  columns <- seq_along(a$width$shows)
  cells <- expand.grid(row = rows, column = columns, KEEP.OUT.ATTRS = FALSE)
  image_row <- cells$row - a$height$before
  image_column <- cells$column - a$width$before
  size <- sizes_of(a)$large
  inside <- image_row >= 1 & image_row <= size[1L] & image_column >= 1 & image_column <= size[2L]
  counts <- large_counts(a, size, step)
  cells <- data.frame(
    image = "large", cells, count = NA_real_, border = !inside,
    extra = inside & (image_row > size[1L] - a$height$extra |
                        image_column > size[2L] - a$width$extra),
    active = FALSE, done = FALSE, apart = FALSE, label = ""
  )
  cells$count[inside] <- counts[cbind(image_row, image_column)[inside, ]]
  cells$label[inside] <- sprintf("%.0f", cells$count[inside])
  if (a$config$padding_mode != "zeros") {
    cells$label[!inside] <- paste(
      a$height$shows[cells$row], a$width$shows[cells$column], sep = ","
    )[!inside]
  }
  if (is.null(step)) cells else mark_taps(cells, a, step)
}

# Counts the links of each cell of the large image, in total or up to `step`.
large_counts <- function(a, size, step) {
  if (is.null(step)) {
    return(links_of(a)$large)
  }
  side <- by_image(a$config, "input", "output")
  height <- a$height$links
  width <- a$width$links
  at <- step_cell(a, step)
  rows <- height[[side$small]]
  columns <- width[[side$small]]
  cell_counts(a, side$large, size, height[rows < at[1L], ], width) +
    cell_counts(a, side$large, size, height[rows == at[1L], ], width[columns <= at[2L], ])
}

# Labels each canvas cell that a step reaches with the tap that reaches it.
mark_taps <- function(cells, a, step) {
  side <- by_image(a$config, "input", "output")
  at <- step_cell(a, step)
  height <- a$height$canvas[a$height$canvas[[side$small]] == at[1L], ]
  width <- a$width$canvas[a$width$canvas[[side$small]] == at[2L], ]
  reached <- expand.grid(h = seq_len(nrow(height)), w = seq_len(nrow(width)))
  place <- height[[side$large]][reached$h] +
    (width[[side$large]][reached$w] - 1) * length(a$height$shows)
  taps <- list(height$tap[reached$h], width$tap[reached$w])
  cells$active[place] <- TRUE
  named <- a$config$kernel_size > 1
  if (any(named)) cells$label[place] <- do.call(paste, c(taps[named], sep = ","))
  cells
}

# Draws lines from border cells to the cells that they are added to or copied from.
fold_lines <- function(a, cells, corner) {
  border <- cells[cells$active & cells$border, ]
  if (a$config$padding_mode == "zeros" || nrow(border) == 0L) {
    return(NULL)
  }
  x <- corner[1L] + a$width$before + a$width$shows[border$column] - 0.5
  y <- corner[2L] + a$height$before + a$height$shows[border$row] - 0.5
  data.frame(x0 = border$x, y0 = border$y, x1 = x, y1 = y)
}

# Draws lines from the corners of the step's small cell to the corners of the kernel's footprint.
beams_between <- function(active, stacked) {
  corners <- lapply(split(active, active$image), function(cells) {
    list(x = range(cells$x) + c(-0.5, 0.5), y = range(cells$y) + c(-0.5, 0.5))
  })
  small <- corners$small
  large <- corners$large
  if (stacked) {
    facing <- if (small$y[1L] < large$y[1L]) 2:1 else 1:2
    data.frame(x0 = small$x, y0 = small$y[facing[1L]], x1 = large$x, y1 = large$y[facing[2L]])
  } else {
    facing <- if (small$x[1L] < large$x[1L]) 2:1 else 1:2
    data.frame(x0 = small$x[facing[1L]], y0 = small$y, x1 = large$x[facing[2L]], y1 = large$y)
  }
}
