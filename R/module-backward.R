# Backward: computes a module's gradients, from its last leaf to its first.

# Runs the leaves forward to record the input of each, then backward for the gradients.
module_backward <- function(module, input, grad_output, wanted) {
  gradients <- if (is_layer(module)) {
    call <- list(input = input, grad_output = grad_output, wanted = wanted)
    backward_of(call, environment(module), least_looked_at)
  }
  if (!is.null(gradients)) {
    return(gradients)
  }
  wanted <- check_wanted(wanted, "output")
  leaves <- leaves_of(module)
  last <- length(leaves)
  inputs <- list(input)
  for (i in seq_len(last - 1L)) inputs[[i + 1L]] <- run_leaf(leaves, i, inputs[[i]])
  go_back(leaves, inputs, run_leaf(leaves, last, inputs[[last]]), grad_output, wanted)
}

# `grad_output` may be a function of the result. It relies on lazy evaluation: `result` is computed
# only if somebody uses it.
go_back <- function(leaves, inputs, result, grad_output, wanted) {
  output <- if ("output" %in% wanted) list(output = result)
  if (is.function(grad_output)) {
    grad_output <- check_function(grad_output, "grad_output")(result)
  }
  of_parameters <- setdiff(wanted, c("input", "output"))
  has_wanted <- vapply(leaves, function(leaf) {
    any(of_parameters %in% names(own_parameters(leaf)))
  }, logical(1))
  last <- length(leaves)
  first <- if ("input" %in% wanted) 1L else match(TRUE, has_wanted, last + 1L)
  gradients <- vector("list", last)
  for (i in rev(seq(first, length.out = last - first + 1L))) {
    step <- in_module(names(leaves)[i], leaf_backward(
      leaves[[i]], inputs[[i]], if (i < last) inputs[[i + 1L]] else result, grad_output,
      c(if (i > first || "input" %in% wanted) "input", of_parameters)
    ))
    grad_output <- step$input
    gradients[[i]] <- step[names(step) != "input"]
  }
  names(gradients) <- names(leaves)
  c(output, if ("input" %in% wanted) list(input = grad_output), flatten_lists(gradients))
}

# `output` is a lazy argument: only activations whose derivative follows from it evaluate it.
leaf_backward <- function(leaf, input, output, grad_output, wanted) {
  if (is_layer(leaf)) {
    run_backward(grad_output, input, environment(leaf), wanted)
  } else {
    backward_activation(grad_output, input, output, config_of(leaf))
  }
}
