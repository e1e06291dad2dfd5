# Backward: computes a module's gradients, from its last step to its first.

# The core computes the gradients of a chain that it runs as a whole (R/network.R). R otherwise runs
# the steps forward to record the input of each, then backward.
module_backward <- function(module, input, grad_output, wanted) {
  state <- environment(module)
  if (!is_chain(module)) {
    call <- list(input = input, grad_output = grad_output, wanted = wanted)
    gradients <- kind_of(state)$gradients(call, state)
    if (!is.null(gradients)) {
      return(gradients)
    }
  }
  wanted <- check_wanted(wanted, "output")
  steps <- steps_in(state)
  gradient <- if (is.function(grad_output)) {
    function(result) {
      grad_output <<- check_function(grad_output, "grad_output")(result)
      plain_gradient(grad_output)
    }
  } else {
    plain_gradient(grad_output)
  }
  in_core <- backward_in_core(steps, input, gradient, wanted)
  if (!is.null(in_core)) {
    set_buffers(in_core$buffers)
    return(in_core$gradients)
  }
  run <- recorded_run(steps, input)
  gradients <- go_back(steps, run, grad_output, wanted)
  set_buffers(run$buffers)
  gradients
}

# Runs the steps and returns an environment with `inputs`, the values 0, 1, ..., and `made`, what
# the steps returned. The last step runs when somebody asks for `result`, unless it
# changes buffers. `buffers` are those to set at the end.
recorded_run <- function(steps, input) {
  last <- length(steps$states)
  run <- new.env(parent = emptyenv())
  run$inputs <- c(list(input), vector("list", last - 1L))
  run$saved <- vector("list", last)
  run$buffers <- list()
  step <- function(i) {
    kept <- list(values = run$inputs[seq_len(i)])
    names(kept$values) <- seq_len(i) - 1L
    made <- in_module(names(steps$states)[i], run_step(steps, i, run$inputs[[i]], kept))
    if (!is.list(made)) {
      return(made)
    }
    run$saved[i] <- list(made$saved)
    if (length(made$buffers)) {
      run$buffers[[length(run$buffers) + 1L]] <- list(steps$states[[i]], made$buffers)
    }
    made$output
  }
  for (i in seq_len(last - 1L)) run$inputs[[i + 1L]] <- step(i)
  delayedAssign("result", step(last), assign.env = run)
  if (length(kind_of(steps$states[[last]])$buffers)) run$result
  run
}

# `grad_output` may be a function of the result.
go_back <- function(steps, run, grad_output, wanted) {
  output <- if ("output" %in% wanted) list(output = run$result)
  if (is.function(grad_output)) {
    grad_output <- check_function(grad_output, "grad_output")(run$result)
  }
  last <- length(steps$states)
  of_parameters <- setdiff(wanted, c("input", "output"))
  needed <- needed_values(steps, of_parameters, "input" %in% wanted)
  # The gradient of each value, from 0, as the sum of what its readers give back.
  at <- vector("list", last + 1L)
  at[last + 1L] <- list(grad_output)
  gradients <- vector("list", last)
  for (i in rev(which(needed[-1L]))) {
    step <- step_back(steps, run, i, at[[i + 1L]], c(if (needed[i]) "input", of_parameters))
    at[i + 1L] <- list(NULL)
    at[i] <- list(plus(at[[i]], step$input))
    joined <- steps$joined[i] + 1L
    if (!is.na(joined) && needed[joined]) at[joined] <- list(plus(at[[joined]], step$joined))
    gradients[[i]] <- step[!names(step) %in% c("input", "joined")]
  }
  names(gradients) <- names(steps$states)
  c(output, if ("input" %in% wanted) list(input = at[[1L]]), flatten_lists(gradients))
}

plus <- function(a, b) if (is.null(a)) b else if (is.null(b)) a else a + b

# TRUE for the values, from 0, whose gradients are needed.
needed_values <- function(steps, of_parameters, of_input) {
  needed <- c(of_input, logical(length(steps$states)))
  for (i in seq_along(steps$states)) {
    state <- steps$states[[i]]
    joined <- steps$joined[i]
    needed[i + 1L] <- needed[i] || !is.na(joined) && needed[joined + 1L] ||
      any(of_parameters %in% names(own_parameters(state)))
  }
  needed
}

step_back <- function(steps, run, i, grad_output, wanted) {
  state <- steps$states[[i]]
  input <- run$inputs[[i]]
  in_module(names(steps$states)[i], {
    if (is.na(steps$joined[i])) {
      kind_of(state)$backward(
        grad_output, input, state, wanted,
        if (i < length(steps$states)) run$inputs[[i + 1L]] else run$result, saved_by(run, steps, i)
      )
    } else {
      parts <- split_gradient(
        grad_output, run$inputs[[steps$joined[i] + 1L]], input, state$config$join, steps$axes
      )
      list(joined = parts[[1L]], input = parts[[2L]])
    }
  })
}

saved_by <- function(run, steps, i) {
  if (i == length(steps$states)) run$result # which saves
  run$saved[[i]]
}
