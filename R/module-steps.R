# Steps: a module as the list of what it does, in this order.
#
# Step i makes value i of value i - 1; value 0 is the input. Most steps are leaves. A skip ends in a
# step that joins the value before it with an earlier one, the skip's input. The list holds
#
# * `states` of the leaves and skips, named by their paths (without names for a single leaf);
# * `joined`, the earlier value that a step joins, or NA for a leaf;
# * `sized`, the value whose height and width a step's result is asked to have, or NA;
# * `axes`, the number of axes that the images have besides the channels.

is_skip <- function(state) !is.null(state$config$join)

module_steps <- function(module, named = TRUE) steps_in(environment(module), named)

# The states of a module's leaves and skips, by their paths.
states_of <- function(module) module_steps(module)$states

steps_in <- function(state, named = TRUE) {
  children <- state$children
  if (is.null(children)) {
    return(straight(list(state)))
  }
  if (!is_skip(state) && !any(vapply(children, is_chain, NA))) {
    return(straight(lapply(children, environment)))
  }
  nodes <- nodes_among(children, named)
  order <- order_of_steps(nodes)
  states <- lapply(nodes$modules[order$nodes], environment)
  if (named) names(states) <- nodes$paths[order$nodes]
  joined <- order$joined
  if (is_skip(state)) {
    states[[length(states) + 1L]] <- state
    if (named) names(states)[length(states)] <- ""
    joined <- c(joined, 0L)
  }
  list(
    states = states, joined = joined, sized = sized_steps(states, joined), axes = axes_of(states)
  )
}

axes_of <- function(states) {
  for (state in states) {
    axes <- kind_of(state)$axes
    if (!is.null(axes)) {
      return(axes)
    }
  }
  2L
}

straight <- function(states) {
  none <- rep(NA_integer_, length(states))
  list(states = states, joined = none, sized = none, axes = 2L)
}

# Lists the nodes that are steps, each skip after all that is in it, and what they join.
order_of_steps <- function(nodes) {
  skips <- which(vapply(nodes$modules, function(module) is_skip(environment(module)), NA))
  if (length(skips) == 0L) {
    leaves <- which(nodes$is_leaf)
    return(list(nodes = leaves, joined = rep(NA_integer_, length(leaves))))
  }
  ends <- seq_along(nodes$parents)
  for (k in rev(ends)) {
    parent <- nodes$parents[k]
    if (parent > 0L) ends[parent] <- max(ends[parent], ends[k])
  }
  # A skip comes where the last of its nodes is; of several that end there, the innermost first.
  at <- c(which(nodes$is_leaf), skips)
  is_join <- rep(c(FALSE, TRUE), c(sum(nodes$is_leaf), length(skips)))
  by_place <- order(ends[at], is_join, -at)
  at <- at[by_place]
  is_join <- is_join[by_place]
  # What a skip joins is the value of the last step before its first node.
  joined <- rep(NA_integer_, length(at))
  joined[is_join] <- findInterval(at[is_join] - 1L, ends[at])
  list(nodes = at, joined = joined)
}

# Finds the transposed layer that is the last of a skip's branch to change the size, if it is one.
sized_steps <- function(states, joined) {
  sized <- rep(NA_integer_, length(states))
  for (end in which(!is.na(joined))) {
    i <- end - 1L
    while (i > joined[end] && keeps_size(states[[i]])) {
      i <- if (is.na(joined[i])) i - 1L else joined[i] # a skip returns the size of its input
    }
    if (i > joined[end] && kind_of(states[[i]])$takes_size) sized[i] <- joined[end]
  }
  sized
}

keeps_size <- function(state) is_skip(state) || kind_of(state)$keeps_size(state$config)

# The size, along the axes of a leaf's images, of an array of these extents.
size_like <- function(extents, state) as.double(utils::tail(extents, kind_of(state)$axes))
