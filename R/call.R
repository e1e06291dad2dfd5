# Call: the one road of layers and of their gradients into the core.
#
# src/r_layer.cpp returns the result of a call, or NULL if an argument has another form than it
# reads, if one is wrong, or if the call needs much memory. The functions here then explain: they
# refuse the argument by name, or convert it and check the memory, and call again without a limit.

# `config` comes from R/config.R, and the parameters are doubles of its shape, as the core checks.
run_layer <- function(input, weight, bias, config, output_size = NULL) {
  result <- r_layer(config, input, weight, bias, output_size, least_looked_at)
  if (is.null(result)) {
    call <- explain_layer(input, config, output_size)
    result <- r_layer(config, call$input, weight, bias, call$size, Inf)
  }
  result
}

# The names that saved layers call.
run_conv2d <- run_layer
run_conv_transpose2d <- run_layer

explain_layer <- function(input, config, output_size) {
  r_check_config(config)
  input <- check_image(input, config$in_channels)
  extents <- dim(input)
  batched <- length(extents) == 4L
  shape <- image_shape(extents)
  result <- result_shape(config, shape, output_size, batched)
  bytes <- r_call_bytes(config, shape, result, prod(result))
  check_memory(bytes, "input", result_in_words(result, batched))
  list(input = input, size = if (is_transposed(config)) result[3:4])
}

# The gradients of a layer, a list or an environment with `weight`, `bias` and `config`.
run_backward <- function(grad_output, input, layer, wanted) {
  call <- list(input = input, grad_output = grad_output, wanted = wanted)
  gradients <- backward_of(call, layer, least_looked_at)
  if (is.null(gradients)) {
    gradients <- backward_of(explain_backward(call, layer$config), layer, Inf)
  }
  gradients
}

backward_of <- function(call, layer, most_bytes) {
  r_layer_backward(
    layer$config, call$input, call$grad_output, layer$weight, layer$bias, call$wanted, most_bytes
  )
}

explain_backward <- function(call, config) {
  r_check_config(config)
  call$wanted <- check_wanted(call$wanted)
  call$input <- check_image(call$input, config$in_channels)
  extents <- dim(call$input)
  shape <- image_shape(extents)
  call$grad_output <- check_grad_output(call$grad_output, config, shape, length(extents) == 4L)
  result <- image_shape(dim(call$grad_output))
  elements <- c(input = prod(shape), weight = prod(weight_shape(config)))
  elements <- sum(elements[names(elements) %in% call$wanted])
  check_memory(r_call_bytes(config, shape, result, elements), "input", "the gradients")
  call
}
