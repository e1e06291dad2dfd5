# Module shape: derives the dimensions of a module's result from its input's, leaf by leaf.

module_output_shape <- function(self, dim, output_size = NULL, argument = "dim") {
  shapes <- shapes_through(self, dim, output_size, argument)
  shapes[[length(shapes)]]
}

# Returns the shape of each leaf's input, then the result's.
shapes_through <- function(self, dim, output_size = NULL, argument = "dim") {
  # Force `dim` here: Reduce() would take a missing `init` for none.
  dim <- if (is_number(dim)) as.double(without_class(dim)) else dim
  Reduce(function(dim, leaf) {
    if (is_layer(leaf)) {
      layer_output_shape(config_of(leaf), dim, output_size, argument)
    } else {
      check_dim(dim, argument, "the dimensions of an array")
    }
  }, leaves_of(self), dim, accumulate = TRUE)
}

layer_output_shape <- function(config, dim, output_size, argument) {
  r_check_config(config)
  channels <- config$in_channels
  dim <- check_dim(
    dim, argument,
    sprintf("the dimensions (N, %1$s, H, W) or (%1$s, H, W) of an input", in_full(channels)),
    function(dim) length(dim) %in% 3:4 && dim[length(dim) - 2L] == channels
  )
  rank <- length(dim)
  check_cells(dim, argument)
  shape <- result_shape(config, image_shape(dim), output_size, rank == 4L)
  if (rank == 3L) shape[-1L] else shape
}

check_dim <- function(dim, argument, allowed, fits = function(dim) TRUE) {
  dim <- check_type(dim, argument, allowed, is_number)
  whole <- !anyNA(dim) && all(dim == trunc(dim) & dim >= 0 & dim <= .Machine$integer.max)
  if (!whole || !fits(dim)) {
    refuse(argument, allowed, describe(dim))
  }
  as.double(dim)
}
