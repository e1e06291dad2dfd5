# Nodes: a module and everything nested in it.
#
# A chain's modules may be chains. Its leaves are the layers and activations that it applies; its
# nodes also include the chains. Both are listed in the order of application. All code that walks
# through a chain uses these lists, because recursion would hit R's limits in deeply nested chains.

leaves_of <- function(module) {
  children <- environment(module)$children
  if (is.null(children)) list(module) else leaves_among(children)
}

# Returns the leaves of named modules. Omit the names where paths are not needed: long paths take
# time in deep chains.
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

layers_of <- function(module) Filter(is_layer, leaves_of(module))

# Refuses layers whose parameters no longer have the type and shape that they were made with.
check_layers <- function(leaves) {
  for (i in seq_along(leaves)) {
    if (is_layer(leaves[[i]])) {
      layer <- environment(leaves[[i]])
      in_module(names(leaves)[i], r_check_layer(layer$config, layer$weight, layer$bias))
    }
  }
}
