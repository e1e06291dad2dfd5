# Chain: checks that modules fit one after the other.

run_sequential <- function(input, children) {
  leaves <- leaves_among(children)
  i <- 0L
  in_module(names(leaves)[i], {
    for (i in seq_along(leaves)) input <- leaves[[i]](input)
    input
  })
}

run_leaf <- function(leaves, i, input) in_module(names(leaves)[i], leaves[[i]](input))

check_module <- function(x, argument) {
  if (!is_module(x)) {
    refuse(
      argument, "a layer, an activation or a chain of them", describe(x), kind = "type",
      because = if (is.function(x)) "`nn_activation()` makes an activation of a function."
    )
  }
  x
}

# Refuses modules that do not fit one after the other. `paths` is lazy: only a refusal needs them.
check_chain <- function(leaves, argument, paths = names(leaves)) {
  check_once(leaves, argument)
  layers <- which(vapply(leaves, is_layer, NA))
  configs <- lapply(leaves[layers], config_of)
  for (i in seq_along(layers)[-1L]) {
    before <- configs[[i - 1L]]$out_channels
    if (before != configs[[i]]$in_channels) {
      refuse(
        argument, sprintf("such that modules fit: after `%s`, one that reads %s channels",
                          paths[layers[i - 1L]], in_full(before)),
        sprintf("`%s`: %s", paths[layers[i]], format(leaves[[layers[i]]]))
      )
    }
  }
}

# Refuses a layer that occurs twice: its parameters would have two paths.
check_once <- function(leaves, argument) {
  states <- lapply(Filter(is_layer, leaves), environment)
  if (anyDuplicated(states)) {
    refuse(argument, "layers that each come once", "one that comes twice",
           because = "`clone()` makes a copy with weights of its own.")
  }
}
