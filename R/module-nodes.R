# Nodes: a module and everything nested in it.
#
# A chain's modules may be chains or skips. Its leaves are the modules without modules of their own;
# its nodes are all. They are listed in the order of application. All code that walks through a
# chain uses this list, because recursion would hit R's limits in deeply nested chains.

is_chain <- function(module) !is.null(environment(module)$children)

most_nested <- 5000L

# Lists named modules and everything in them, each chain before its own modules. Returns `modules`,
# `is_leaf`, `parents` (the index of the chain that contains each, or 0) and, if `named`, `paths`.
nodes_among <- function(children, named = TRUE) {
  modules <- list()
  is_leaf <- logical()
  parents <- integer()
  paths <- character()
  place <- parent <- at <- depth <- 0L
  before <- "" # the prefix of the paths
  above <- NULL # where to continue after these children
  repeat {
    if (at == length(children)) {
      if (is.null(above)) break
      children <- above[[1L]]
      at <- above[[2L]]
      parent <- above[[3L]]
      before <- above[[4L]]
      above <- above[[5L]]
      depth <- depth - 1L
      next
    }
    at <- at + 1L
    place <- place + 1L
    module <- children[[at]]
    modules[[place]] <- module
    parents[place] <- parent
    if (named) paths[place] <- paste0(before, names(children)[at])
    inner <- environment(module)$children
    is_leaf[place] <- is.null(inner)
    if (!is.null(inner)) {
      depth <- depth + 1L
      if (depth > most_nested) refuse_depth()
      above <- list(children, at, parent, before, above)
      children <- inner
      at <- 0L
      parent <- place
      if (named) before <- paste0(paths[place], ".")
    }
  }
  list(modules = modules, is_leaf = is_leaf, parents = parents, paths = paths)
}

refuse_depth <- function() {
  refuse(
    "...", sprintf("such that at most %d chains are nested", most_nested),
    "chains that are nested deeper, or in themselves"
  )
}

# Lists the nodes of a module, including the module itself.
nodes_of <- function(module) nodes_among(list(module), named = FALSE)

# Folds a module bottom-up by `make(module, children)`. `children` is NULL for a leaf; for a chain,
# it holds the values that `make` returned for the chain's modules.
fold_module <- function(module, make) {
  nodes <- nodes_of(module)
  places <- seq_along(nodes$parents)
  inner <- split(places, factor(nodes$parents, places))
  made <- vector("list", length(places))
  for (i in rev(places)) {
    children <- environment(nodes$modules[[i]])$children
    if (!is.null(children)) children[] <- made[inner[[i]]]
    made[[i]] <- make(nodes$modules[[i]], children)
  }
  made[[1L]]
}

# Refuses leaves whose parameters no longer have the type and shape that they were made with.
check_states <- function(states) {
  i <- 0L
  in_module(names(states)[i], {
    for (i in seq_along(states)) kind_of(states[[i]])$check(states[[i]])
  })
}
