# Layers of one axis: they are layers of images of height 1.
#
# Their config holds their arguments and, as `image`, the config of the layer of images. Sequences
# are arrays (N, C, L) or (C, L). An array is lifted when it gets its axis of height 1, and lowered
# when it loses it.

lifted_shape <- function(extents) append(extents, 1, length(extents) - 1L)
lowered_shape <- function(extents) extents[-(length(extents) - 1L)]

lifted <- function(x) {
  if (length(dim(x)) > 1L) dim(x) <- lifted_shape(dim(x))
  x
}
lowered <- function(x) {
  dim(x) <- lowered_shape(dim(x))
  x
}

layer1d_kind <- like_kind(
  like = layer_kind,
  forward = function(input, state, size) {
    x <- check_sequence(input, state$config$image, "input")
    size <- lifted_size(size, length(dim(x)))
    lowered(run_layer(lifted(x), lifted(state$weight), state$bias, state$config$image, size))
  },
  backward = function(grad_output, input, state, wanted, output, saved) {
    backward_1d(grad_output, input, state, wanted)
  },
  gradients = function(call, state) NULL,
  reset = function(state) draw_parameters_1d(state, !is.null(state$bias)),
  check = function(state) r_check_layer(state$config$image, lifted(state$weight), state$bias),
  in_channels = function(config) {
    r_check_config(config$image)
    config$image$in_channels
  },
  out_channels = function(config, channels) config$image$out_channels,
  axes = 1L,
  output_shape = function(dim, state, size, argument) {
    output_shape_1d(state$config$image, dim, size, argument)
  },
  sizes = function(state, extents) {
    sizes <- output_sizes(state$config$image, image_shape(lifted_shape(extents)))
    paste("length", in_range(sizes$smallest[2L], sizes$largest[2L]))
  },
  keeps_size = function(config) layer_keeps_size(config$image),
  multiply_adds = function(config, shape, result) {
    multiply_adds(config$image, image_shape(lifted_shape(shape)), image_shape(lifted_shape(result)))
  },
  in_images = function(state) {
    list(config = state$config$image, weight = lifted(state$weight), bias = state$bias)
  },
  not_tiled = function(state) layer_kind$not_tiled(list(config = state$config$image)),
  matrix = function(state, shape, result, sparse) {
    layer_matrix(
      state$config$image, lifted(state$weight), lifted_shape(shape), lifted_shape(result), sparse
    )
  }
)

new_layer1d <- function(config, with_bias) {
  layer <- new_module(config)
  draw_parameters_1d(environment(layer), with_bias)
  layer
}

draw_parameters_1d <- function(state, with_bias) {
  config <- state$config$image
  drawn <- init_uniform(weight_shape(config), with_bias, config$out_channels)
  drawn$weight <- lowered(drawn$weight)
  list2env(drawn, state)
}

# Checks an array's rank and channels; converts nothing yet.
check_sequence <- function(x, config, argument) {
  r_check_config(config)
  numbers <- check_array(x, argument)
  check_sequence_shape(numbers, config$in_channels, argument)
  numbers
}

check_sequence_shape <- function(x, channels, argument) {
  extents <- dim(x)
  rank <- length(extents)
  if (!rank %in% 2:3 || !is.null(channels) && extents[rank - 1L] != channels) {
    shown <- if (is.null(channels)) "C" else in_full(channels)
    refuse(argument, sprintf("an array (N, %s, L) or (%s, L)", shown, shown), describe_shape(x),
           kind = "shape")
  }
  check_length_of(extents, argument)
}

check_length_of <- function(extents, argument) {
  if (extents[length(extents)] < 1) {
    refuse(argument, "at least one cell long", sprintf("[%s]", toString(in_full(extents))),
           kind = "shape")
  }
}

# Returns the height and width of a length, or of the extents of a result.
lifted_size <- function(size, rank) {
  if (is.null(size)) {
    return(NULL)
  }
  allowed <- sprintf("a length or the %d extents of the result", rank)
  size <- check_type(size, "output_size", allowed, is_number)
  if (!length(size) %in% c(1L, rank)) refuse("output_size", allowed, describe(size))
  c(1, size[[length(size)]])
}

backward_1d <- function(grad_output, input, state, wanted) {
  config <- state$config$image
  x <- check_sequence(input, config, "input")
  grad_output <- check_array(grad_output, "grad_output")
  if (length(dim(grad_output)) != length(dim(x))) {
    result <- output_shape_1d(config, dim(x), NULL, "input")
    allowed <- sprintf("an array [%s], the shape of the result", toString(in_full(result)))
    refuse("grad_output", allowed, describe_shape(grad_output), kind = "shape")
  }
  layer <- list(config = config, weight = lifted(state$weight), bias = state$bias)
  gradients <- run_backward(lifted(grad_output), lifted(x), layer, wanted)
  of_arrays <- names(gradients) %in% c("input", "weight")
  gradients[of_arrays] <- lapply(gradients[of_arrays], lowered)
  gradients
}

output_shape_1d <- function(config, dim, size, argument) {
  r_check_config(config)
  channels <- config$in_channels
  dim <- check_dim(
    dim, argument,
    sprintf("the dimensions (N, %1$s, L) or (%1$s, L) of an input", in_full(channels)),
    function(dim) length(dim) %in% 2:3 && dim[length(dim) - 1L] == channels
  )
  rank <- length(dim)
  check_length_of(dim, argument)
  size <- lifted_size(size, rank)
  shape <- lowered_shape(result_shape(config, image_shape(lifted_shape(dim)), size, rank == 3L))
  if (rank == 2L) shape[-1L] else shape
}

# Makes the config of the layer of one axis: `own` arguments, checked, and `image`.
config_1d <- function(layer, image, own) {
  config <- image[setdiff(names(image), c("layer", "pads"))]
  config[names(own)] <- own
  c(config, list(layer = layer, image = image))
}

# One number in cells, as height and width.
check_cells_1d <- function(x, argument, min) {
  check_whole(x, argument, min, 1L, "one whole number")
}

# `padding` as its own value and as that of images: one number, c(left, right), or a name.
check_padding_1d <- function(x) {
  if (is.character(x)) {
    return(list(own = x, image = x))
  }
  own <- check_whole(x, "padding", 0, 1:2, "one whole number, or two, c(left, right),")
  list(own = own, image = c(0, 0, rep_len(own, 2L)))
}
