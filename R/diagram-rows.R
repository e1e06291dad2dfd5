# Diagram rows: what the diagram of a module shows and in which order, before anything has a place.
#
# A row is a module and those behind it that keep the shape, side by side, or the join of a skip.
# The table of parts has a line for each step of the module:
#
# * `path`, `label` and `role` of the step; `join` is "concat" or "add" for a skip, else NA;
# * `before` and `after`, the shapes of its input and of its result, in words;
# * `depth`, the number of branches that it is in;
# * `row`, counted from 1, and `place` in it;
# * `from`, the row whose result a skip joins, 0 for the input, else NA;
# * `times`, how often in a row its block of rows comes, and `block`, the block's number or 0;
#   `again` is TRUE for the parts of the repetitions, which have the rows of the first block.

diagram_parts <- function(module, dim = NULL) {
  steps <- module_steps(module)
  states <- steps$states
  shapes <- flow_in_words(module, steps, dim)
  count <- length(states)
  parts <- data.frame(
    path = if (is.null(names(states))) rep("", count) else names(states),
    label = vapply(states, short_text, ""),
    role = vapply(states, role_of, ""),
    join = vapply(states, function(state) {
      if (is_skip(state)) state$config$join else NA_character_
    }, ""),
    before = shapes[-(count + 1L)], after = shapes[-1L],
    depth = depths_of(steps$joined),
    row = cumsum(!goes_on(states, steps$joined)),
    row.names = NULL
  )
  parts$place <- stats::ave(parts$row, parts$row, FUN = seq_along)
  parts$from <- c(0L, parts$row)[steps$joined + 1L]
  folded(parts)
}

# The number of branches that each step is in.
depths_of <- function(joined) {
  ends <- which(!is.na(joined))
  steps <- length(joined) + 1L
  opened <- tabulate(joined[ends] + 1L, steps)
  closed <- tabulate(ends, steps)
  cumsum(opened - closed)[seq_along(joined)]
}

most_in_row <- 4L

# TRUE for steps that stand in the row of the step before.
goes_on <- function(states, joined) {
  is_join <- !is.na(joined)
  follows <- vapply(states, keeps_shape, NA)
  follows[c(1L, which(is_join) + 1L, joined[is_join] + 1L)] <- FALSE # a branch ends or begins here
  length(follows) <- length(states)
  place <- 1L
  for (i in seq_along(follows)) {
    place <- if (follows[i]) place + 1L else 1L
    if (place > most_in_row) {
      follows[i] <- FALSE
      place <- 1L
    }
  }
  follows
}

# TRUE for modules that keep size and channels and have no kernels, such as activations.
keeps_shape <- function(state) {
  if (is_skip(state) || has_kernels(state)) {
    return(FALSE)
  }
  kind <- kind_of(state)
  reads <- kind$in_channels(state$config)
  if (is.null(reads)) reads <- 1
  kind$keeps_size(state$config) && isTRUE(kind$out_channels(state$config, reads) == reads)
}

has_kernels <- function(state) !is.null(dim(state$weight))

# What a module does to the size of the images.
role_of <- function(state) {
  if (is_skip(state)) {
    return("join")
  }
  if (keeps_shape(state)) {
    return("kept")
  }
  scale <- kind_of(state)$scale(state$config)
  if (any(scale > 1)) "larger" else if (any(scale < 1)) "smaller" else "same"
}

# Writes the call that makes a leaf without `nn_`, and as many arguments as possible without names;
# a skip is its join.
short_text <- function(state) {
  if (is_skip(state)) {
    return(if (state$config$join == "add") "+" else state$config$join)
  }
  values <- changed_arguments(state)
  all <- names(formals(get(constructor_of(state$config))))
  texts <- vapply(values, function(value) {
    if (is.function(value)) "..." else paste(deparse(value), collapse = " ")
  }, "")
  is_function <- texts == "..."
  unnamed <- is_function | cumall(names(texts) == all[seq_along(texts)])
  texts <- ifelse(unnamed, texts, paste(names(texts), "=", texts))
  texts <- texts[!(is_function & duplicated(texts))]
  arguments <- if (length(texts)) sprintf("(%s)", toString(texts)) else ""
  cut_off(paste0(state$config$layer, arguments))
}

# TRUE up to the first FALSE.
cumall <- function(x) cumsum(!x) == 0L

longest_text <- 60L

cut_off <- function(text) {
  if (nchar(text) > longest_text) paste0(substr(text, 1L, longest_text - 3L), "...") else text
}

# The shapes of all values in words: of the input and of what each step makes. Without the input's
# dimensions they are the channels, or nothing where these are not known.
flow_in_words <- function(module, steps, dim) {
  if (!is.null(dim)) {
    return(vapply(shapes_through(module, dim), shape_label, ""))
  }
  channels <- check_chain(steps, "x")
  ifelse(is.na(channels), "", in_full(channels))
}

# Finds blocks of rows that come three times or more in a row, and folds each into its first.
folded <- function(parts) {
  rows <- row_table(parts)
  parts$times <- 1L
  parts$block <- 0L
  parts$again <- FALSE
  to <- seq_len(nrow(rows)) # the row in whose place each is drawn
  i <- 1L
  block <- 0L
  while (i <= nrow(rows)) {
    found <- repetition_at(rows, i)
    if (found$times >= 3L) {
      block <- block + 1L
      here <- i - 1L + seq_len(found$rows * found$times)
      inside <- parts$row %in% here
      parts$times[inside] <- found$times
      parts$block[inside] <- block
      parts$again[inside] <- parts$row[inside] >= i + found$rows
      to[here] <- rep(here[seq_len(found$rows)], found$times)
      i <- i + found$rows * found$times
    } else {
      i <- i + 1L
    }
  }
  after <- cumsum(seq_along(to) == to)[to]
  # A skip that joins the result of a folded block joins that of the last repetition.
  parts$from <- c(0L, after)[parts$from + 1L]
  parts$row <- after[parts$row]
  parts$from <- parts$from[match(paste(parts$row, parts$place), paste(parts$row, parts$place))]
  parts
}

# A line for each row: its text, its depth and how many rows before it the joined value is made.
row_table <- function(parts) {
  first <- !duplicated(parts$row)
  last <- !duplicated(parts$row, fromLast = TRUE)
  text <- vapply(split(parts$label, parts$row), paste, "", collapse = "|")
  back <- parts$row[first] - parts$from[first]
  data.frame(
    text = paste(text, parts$before[first], parts$after[last], parts$depth[first], back, sep = "|"),
    depth = parts$depth[first], back = back
  )
}

most_rows_repeated <- 24L

# Returns the number of rows and of repetitions of the block at row `i` whose folding saves most.
repetition_at <- function(rows, i) {
  best <- list(rows = 1L, times = 1L)
  left <- nrow(rows) - i + 1L
  for (size in seq_len(min(most_rows_repeated, left %/% 3L))) {
    if (!is_whole_block(rows[i - 1L + seq_len(size), ])) next
    pairs <- seq_len(left - size) + i - 1L
    same <- sum(cumall(rows$text[pairs] == rows$text[pairs + size]))
    times <- same %/% size + 1L
    if (times >= 3L && size * (times - 1L) > best$rows * (best$times - 1L)) {
      best <- list(rows = size, times = times)
    }
  }
  best
}

# TRUE if all branches that end in these rows begin in them, and all that begin end.
is_whole_block <- function(rows) {
  place <- seq_len(nrow(rows))
  all(rows$back <= place, na.rm = TRUE) && rows$depth[length(place)] == min(rows$depth)
}
