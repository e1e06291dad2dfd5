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

# Runs the steps on the part of the input that the first window is given. The core runs as many
# steps one after the other as it can, and R the others, and what is cut between them. Returns the
# `result`, and how many `elements` of R's arrays it has taken.
run_tile <- function(steps, windows, input) {
  kept <- earlier_values(steps, input)
  ends <- ends_of_runs(steps, windows)
  elements <- length(input)
  i <- 0L
  in_module(names(steps$states)[i], while (i < length(steps$states)) {
    begin <- i + 1L
    window <- windows[[begin]]
    source <- cut_part(input, window$given, window$source)
    in_core <- if (ends[begin] > begin) {
      run_of_tile(steps, windows, begin:ends[begin], source, kept)
    }
    if (is.null(in_core)) {
      i <- begin
      input <- run_step_of_tile(steps, windows, i, source, kept)
    } else {
      i <- i + in_core$count
      input <- in_core$value
    }
    elements <- elements + length(input)
    input <- cut_part(input, windows[[i]]$result, windows[[i]]$wanted)
    kept <- keep_value(kept, i, input)
  })
  list(result = input, elements = elements)
}

run_step_of_tile <- function(steps, windows, i, source, kept) {
  state <- steps$states[[i]]
  if (is.na(steps$joined[i])) {
    return(kind_of(state)$run_window(source, state, windows[[i]]))
  }
  join_images(part_to_join(steps, windows, i, kept), source, state$config$join, 2L)
}

# Returns the part that step i joins of an earlier value.
part_to_join <- function(steps, windows, i, kept) {
  joined <- steps$joined[i]
  cut_part(value_at(kept, joined), windows[[joined + 1L]]$given, windows[[i]]$source)
}

# Returns for each step the last one up to which, from this one on, nothing is cut and no value is
# asked for later, so that the core can run them one after the other.
ends_of_runs <- function(steps, windows) {
  ends <- seq_along(windows)
  for (i in rev(ends[-length(ends)])) {
    goes_on <- !i %in% steps$joined && identical(windows[[i]]$result, windows[[i]]$wanted) &&
      identical(windows[[i + 1L]]$given, windows[[i + 1L]]$source)
    if (goes_on) ends[i] <- ends[i + 1L]
  }
  ends
}

# Runs some steps in the core, as a chain of modules of the windows' sizes; the values that they
# join come first. Returns how many were run, and what they made; NULL if R has to run the first.
run_of_tile <- function(steps, windows, which, source, kept) {
  states <- lapply(which, function(i) state_on_window(steps$states[[i]], windows[[i]]))
  joins <- which[!is.na(steps$joined[which])]
  others <- lapply(joins, function(i) part_to_join(steps, windows, i, kept))
  names(others) <- seq_along(others) - 1L
  first <- length(others)
  chain <- straight(c(vector("list", first), states))
  chain$joined[first + match(joins, which)] <- seq_along(others) - 1L
  made <- run_in_core(chain, first, source, list(values = others))
  if (!is.null(made)) list(count = as.integer(made[[1L]]) - first, value = made[[2L]])
}

state_on_window <- function(state, window) {
  if (is_skip(state)) state else kind_of(state)$on_window(state, window)
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
