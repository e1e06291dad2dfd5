# Nodes: a module and all that is nested in it.
#
# A chain's modules may be chains. Its leaves are what it applies, its nodes are the chains as well;
# both are listed in the order in which they are applied. Whatever goes through a chain goes through
# these lists: recursion would end in R's limits where many chains are nested.

leaves_of <- function(module) {
  children <- environment(module)$children
  if (is.null(children)) list(module) else leaves_among(children)
}

# The leaves of named modules. Without names where nobody asks for the paths: they grow with the
# depth, and so does the time that each of them takes.
leaves_among <- function(children, named = TRUE) {
  if (!any(vapply(children, is_chain, NA))) {
    return(children)
  }
  nodes <- nodes_among(children, named)
  leaves <- nodes$modules[nodes$is_leaf]
  if (named) names(leaves) <- nodes$paths[nodes$is_leaf]
  leaves
}

is_chain <- function(module) !is.null(environment(module)$children)

most_nested <- 5000L

# Named modules and all that is in them, each chain before its own modules: `modules`, `is_leaf`,
# in `parents` the place of the chain that each is in, or 0, and if they are `named`, `paths`.
nodes_among <- function(children, named = TRUE) {
  modules <- list()
  is_leaf <- logical()
  parents <- integer()
  paths <- character()
  place <- parent <- at <- depth <- 0L
  before <- "" # the names
  above <- NULL # where to go on after these children
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

# The module itself among them.
nodes_of <- function(module) nodes_among(list(module), named = FALSE)

# What `make(module, children)` makes of a module: of the leaves first, whose `children` are NULL,
# and of each chain with what it has made of the modules in it.
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

layers_of <- function(module) Filter(is_layer, leaves_of(module))

# Refuses layers that do not hold what they were made with.
check_layers <- function(leaves) {
  for (i in seq_along(leaves)) {
    if (is_layer(leaves[[i]])) {
      layer <- environment(leaves[[i]])
      in_module(names(leaves)[i], r_check_layer(layer$config, layer$weight, layer$bias))
    }
  }
}
