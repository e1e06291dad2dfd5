# Network: steps of a chain that the core runs one after the other, on buffers of its own.
#
# src/r_network.cpp reads the states of the modules itself. It leaves to R functions of R's, and
# what draws random numbers; and every step that it would refuse, so that R refuses it by name.

# Runs the steps after value i in the core, as many as it can run one after the other. Returns the
# number of the value that is then made, the value, and the buffers to set (R/module-run.R), or NULL
# if R has to run the next step: one that the core does not run in this mode, or refuses, or on
# values that are not plain arrays, or one of steps that together need more memory than there is.
run_in_core <- function(steps, i, input, kept = NULL) {
  if (!is_plain_array(input)) {
    return(NULL)
  }
  earlier <- Filter(is_plain_array, kept$values)
  run <- function(most_bytes) {
    r_network(steps$states, steps$joined, steps$sized, steps$axes, i, input, earlier, most_bytes)
  }
  made <- within_memory(run)
  if (length(made[[3L]])) made[3L] <- list(buffers_after(made[[3L]], steps$states))
  made
}

# Returns what run(most_bytes) does, which is a number where it needs more bytes; NULL if there are
# too few.
within_memory <- function(run) {
  made <- run(least_looked_at)
  if (is.double(made)) made <- if (made <= free_memory(made)) run(Inf)
  made
}

# Returns the buffers to set after a call that has found moments of batches.
buffers_after <- function(moments, states) {
  buffers <- lapply(moments, function(found) {
    state <- states[[found$step]]
    after <- kind_of(state)$next_buffers(state, found)
    if (!is.null(after)) list(state, after)
  })
  buffers[lengths(buffers) > 0L]
}

# Returns the gradients of a whole chain and the buffers to set, or NULL if R has to compute them
# step by step. `gradient` is that of the result, or a function that makes it of the result; where
# it is, or returns, no plain array of the result's shape, R refuses or converts it.
backward_in_core <- function(steps, input, gradient, wanted) {
  if (length(steps$states) < 2L || !is_plain_array(input)) {
    return(NULL)
  }
  flags <- c("output", "input", "weight", "bias") %in% wanted
  run <- function(most_bytes) {
    r_network_backward(
      steps$states, steps$joined, steps$sized, steps$axes, input, gradient, flags, most_bytes
    )
  }
  made <- within_memory(run)
  if (!is.null(made)) {
    names(made) <- c("output", "input", "", "")
    names(made[[3L]]) <- names(steps$states)
    list(
      gradients = c(made[1:2][flags[1:2]], flatten_lists(made[[3L]])),
      buffers = buffers_after(made[[4L]], steps$states)
    )
  }
}

# Returns an array of numbers without other attributes as doubles, or NULL for anything else.
plain_gradient <- function(x) {
  if (!is.object(x) && (is.integer(x) || is.logical(x))) storage.mode(x) <- "double"
  if (is_plain_array(x)) x
}
