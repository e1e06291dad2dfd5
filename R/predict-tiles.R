# Tiles: computes a part of a chain's result from the part of the input that it depends on.
#
# A part is c(first row, first column, rows, columns), counted from 0. Going backward from the
# wanted part, each kind tells which part of its input a step reads; for layers,
# src/geometry/receptive_field.cpp also tells how much of the padding remains: all at the image's
# border, none inside. A value that several steps read has one part that holds what all of them
# read.

# Cuts the result into parts that each read about `tile` cells of the input; NULL gives one part.
tile_parts <- function(steps, shapes, tile) {
  step <- if (is.null(tile)) c(Inf, Inf) else tile
  i <- length(steps$states)
  while (i > 0L) { # a skip's result has the size of its input
    if (is.na(steps$joined[i])) {
      state <- steps$states[[i]]
      step <- step * kind_of(state)$scale(state$config)
      i <- i - 1L
    } else {
      i <- steps$joined[i]
    }
  }
  size <- shapes[[length(shapes)]][3:4]
  rows <- cut_axis(size[1L], step[1L])
  columns <- cut_axis(size[2L], step[2L])
  unlist(lapply(columns, function(w) lapply(rows, function(h) c(rbind(h, w)))), recursive = FALSE)
}

# Describes each step's share in computing a part of the chain's result: `source` and `result` of
# its kind's window, the `wanted` part of its result, and `given`, the part of its input that there
# is.
tile_windows <- function(steps, shapes, part) {
  last <- length(steps$states)
  parts <- vector("list", last + 1L)
  parts[[last + 1L]] <- part
  windows <- vector("list", last)
  for (i in rev(seq_len(last))) {
    part <- parts[[i + 1L]]
    joined <- steps$joined[i] + 1L
    windows[[i]] <- if (is.na(joined)) {
      state <- steps$states[[i]]
      kind_of(state)$window(state, shapes[[i]][3:4], shapes[[i + 1L]][3:4], part)
    } else {
      list(source = part, result = part)
    }
    windows[[i]]$wanted <- part
    parts[[i]] <- both_parts(parts[[i]], windows[[i]]$source)
    if (!is.na(joined)) parts[[joined]] <- both_parts(parts[[joined]], part)
  }
  for (i in seq_len(last)) windows[[i]]$given <- parts[[i]]
  windows
}

# Returns the smallest part that holds two.
both_parts <- function(a, b) {
  if (is.null(a)) {
    return(b)
  }
  first <- pmin(a[1:2], b[1:2])
  c(first, pmax(a[1:2] + a[3:4], b[1:2] + b[3:4]) - first)
}

# Runs the steps on the part of the input that the first window is given.
run_tile <- function(steps, windows, input) {
  kept <- earlier_values(steps, input)
  i <- 0L
  in_module(names(steps$states)[i], {
    for (i in seq_along(steps$states)) {
      window <- windows[[i]]
      source <- cut_part(input, window$given, window$source)
      joined <- steps$joined[i]
      input <- if (is.na(joined)) {
        state <- steps$states[[i]]
        kind_of(state)$run_window(source, state, window)
      } else {
        other <- cut_part(value_at(kept, joined), windows[[joined + 1L]]$given, window$source)
        join_images(other, source, steps$states[[i]]$config$join, 2L)
      }
      input <- cut_part(input, window$result, window$wanted)
      kept <- keep_value(kept, i, input)
    }
  })
  input
}

# Cuts a part out of an array (N, C, H, W) that holds the part `given`.
cut_part <- function(x, given, part) {
  if (identical(given, part)) {
    return(x)
  }
  whole <- as.double(dim(x))
  r_take(x, whole, c(0, 0, part[1:2] - given[1:2]), c(whole[1:2], part[3:4]))
}

# Refuses what depends on more than a tile shows, such as circular padding, whose border shows the
# opposite end of the image.
check_can_be_tiled <- function(states) {
  for (state in states) {
    refusal <- kind_of(state)$not_tiled(state)
    if (!is.null(refusal)) refuse("tile", refusal$allowed, "a tile size", because = refusal$because)
  }
}
