# Run: a module's forward pass.
#
# The core runs as many steps one after the other as it can (R/network.R), and R the steps between.
#
# Every call of a module ends here. The buffers that it changes are set at its end, all at once, so
# that a call that fails or is interrupted leaves them as they were.

run_module <- function(input, state, size = NULL) run_steps(steps_in(state), input, size)

# The names that modules of earlier versions call.
run_sequential <- function(input, children) {
  run_module(input, list(config = list(layer = "sequential"), children = children))
}
run_activation <- function(input, config) run_module(input, list(config = config, training = TRUE))

# A `size` is that of a single leaf, which R runs.
run_steps <- function(steps, input, size = NULL) {
  states <- steps$states
  in_core <- if (length(states) > 1L) run_in_core(steps, 0L, input)
  if (!is.null(in_core) && in_core[[1L]] == length(states)) {
    set_buffers(in_core[[3L]])
    return(in_core[[2L]])
  }
  kept <- earlier_values(steps, input)
  buffers <- list()
  i <- 0L
  in_module(names(states)[i], while (i < length(states)) {
    if (is.null(in_core)) {
      i <- i + 1L
      made <- run_step(steps, i, input, kept, size)
      if (is.list(made)) {
        if (length(made$buffers)) buffers[[length(buffers) + 1L]] <- list(states[[i]], made$buffers)
        made <- made$output
      }
      input <- made
    } else {
      i <- as.integer(in_core[[1L]])
      input <- in_core[[2L]]
      buffers <- c(buffers, in_core[[3L]])
    }
    kept <- keep_value(kept, i, input)
    in_core <- if (i < length(states)) run_in_core(steps, i, input, kept)
  })
  set_buffers(buffers)
  input
}

# Returns what `forward` of the step's kind returns for value i - 1.
run_step <- function(steps, i, input, kept, size = NULL) {
  state <- steps$states[[i]]
  if (!is.na(steps$joined[i])) {
    return(join_images(value_at(kept, steps$joined[i]), input, state$config$join, steps$axes))
  }
  if (is.na(steps$sized[i])) {
    return(kind_of(state)$forward(input, state, size))
  }
  size <- size_like(dim(value_at(kept, steps$sized[i])), state)
  in_branch(state, dim(input), size, kind_of(state)$forward(input, state, size))
}

# The earlier values that steps ask for, by their numbers, until the last of these steps.
earlier_values <- function(steps, input) {
  asked <- which(!is.na(steps$joined))
  last <- stats::setNames(asked, steps$joined[asked])
  list(last = last[!duplicated(names(last), fromLast = TRUE)], values = list(`0` = input))
}

value_at <- function(kept, i) kept$values[[as.character(i)]]

keep_value <- function(kept, i, value) {
  if (length(kept$last) == 0L) {
    return(kept)
  }
  kept$values[names(kept$last)[kept$last <= i]] <- NULL
  if (as.character(i) %in% names(kept$last)) kept$values[[as.character(i)]] <- value
  kept
}

# Sets the new buffers of several leaves, or none.
set_buffers <- function(buffers) {
  if (length(buffers)) {
    suspendInterrupts(for (each in buffers) list2env(each[[2L]], each[[1L]]))
  }
}
