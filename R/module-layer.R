# Layer: what the kinds of both layers have in common.

layer_kind <- like_kind(
  forward = function(input, state, size) {
    run_layer(input, state$weight, state$bias, state$config, size)
  },
  backward = function(grad_output, input, state, wanted, output, saved) {
    run_backward(grad_output, input, state, wanted)
  },
  gradients = function(call, state) backward_of(call, state, least_looked_at),
  parameters = c("weight", "bias"),
  reset = function(state) draw_parameters(state, !is.null(state$bias)),
  check = function(state) r_check_layer(state$config, state$weight, state$bias),
  in_channels = function(config) {
    r_check_config(config)
    config$in_channels
  },
  out_channels = function(config, channels) config$out_channels,
  axes = 2L,
  keeps_size = function(config) layer_keeps_size(config),
  output_shape = function(dim, state, size, argument) {
    layer_output_shape(state$config, dim, size, argument)
  },
  sizes = function(state, extents) {
    describe_sizes(output_sizes(state$config, image_shape(extents)))
  },
  multiply_adds = function(config, shape, result) {
    multiply_adds(config, image_shape(shape), image_shape(result))
  },
  window = function(state, from, to, part) {
    r_window(state$config, from, to, part[1:2], part[3:4])
  },
  run_window = function(input, state, window) {
    config <- replace(state$config, "pads", list(window$pads))
    r_layer_part(config, input, state$weight, state$bias, window$result[3:4])
  },
  on_window = function(state, window) {
    config <- config_on_window(state$config, window)
    if (!is.null(config)) list(config = config, weight = state$weight, bias = state$bias)
  },
  not_tiled = function(state) {
    if (state$config$padding_mode == "circular" && any(state$config$pads != 0)) {
      list(allowed = "NULL for layers with padding_mode = \"circular\"",
           because = "Their borders show the other end of the picture.")
    }
  },
  matrix = function(state, shape, result, sparse) {
    layer_matrix(state$config, state$weight, shape, result, sparse)
  },
  positional = c("in_channels", "out_channels"),
  label = function(config) {
    sprintf(" [%s -> %s]", in_full(config$in_channels), in_full(config$out_channels))
  }
)

new_layer <- function(config, with_bias) {
  layer <- new_module(config, "nnconv_layer")
  draw_parameters(environment(layer), with_bias)
  layer
}

# Draws initial parameters into the layer's state.
draw_parameters <- function(state, with_bias) {
  config <- state$config
  list2env(init_uniform(weight_shape(config), with_bias, config$out_channels), state)
}

layer_output_shape <- function(config, dim, output_size, argument) {
  r_check_config(config)
  dim <- check_image_dim(dim, argument, config$in_channels)
  dim_like(result_shape(config, image_shape(dim), output_size, length(dim) == 4L), dim)
}

# Returns the config of a layer whose size laws lead from a window's source to its result, or NULL.
config_on_window <- function(config, window) {
  pads <- window$pads
  if (is_transposed(config)) {
    # The image's border is folded back with the padding that the image has.
    if (config$padding_mode != "zeros" && any(pads != 0)) {
      return(NULL)
    }
    config$padding_mode <- "zeros"
    config["output_size"] <- list(NULL)
    config$output_padding <- c(0, 0)
    config$pads <- replace(pads, c(2L, 4L), 0)
    beyond <- r_scatter_size(config, window$source[3:4], c(0, 0)) - window$result[3:4]
    pads[c(2L, 4L)] <- beyond
  }
  config$pads <- pads
  config
}

# Tells by the size laws, which are linear but for a stride, whether the size stays.
layer_keeps_size <- function(config) {
  size <- c(1e6, 1e6)
  result <- if (is_transposed(config)) {
    r_scatter_size(config, size, config$output_padding)
  } else {
    r_correlate_size(config, size)
  }
  identical(result, size) && is.null(config$output_size)
}
