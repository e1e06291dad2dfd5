# Config: a layer's arguments, each checked, as one list.
#
# Its fields are the hyper-parameters, under their public names and in the order of the layer's
# arguments; then `layer`, "conv2d" or "conv_transpose2d"; then `pads`, the value of `padding` as
# numbers (top, bottom, left, right). Layers are saved with their config. A saved config may lack a
# field that was added later; `later_fields` holds the default.

conv_transpose2d_config <- function(in_channels, out_channels, kernel_size, stride, padding,
                                    output_padding, groups, dilation, padding_mode, dtype,
                                    output_size = NULL, extend = FALSE) {
  config <- list(
    in_channels = check_count(in_channels, "in_channels"),
    out_channels = check_count(out_channels, "out_channels"),
    kernel_size = check_pair(kernel_size, "kernel_size", 1),
    stride = check_pair(stride, "stride", 1),
    padding = check_padding(padding),
    output_padding = check_pair(output_padding, "output_padding", 0),
    groups = check_count(groups, "groups"),
    dilation = check_pair(dilation, "dilation", 1),
    padding_mode = check_choice(padding_mode, "padding_mode", padding_modes),
    dtype = check_dtype(dtype),
    layer = "conv_transpose2d",
    pads = NULL,
    output_size = if (!is.null(output_size)) check_pair(output_size, "output_size", 1),
    extend = check_flag(extend, "extend")
  )
  check_groups(config)
  check_output_padding(config)
  config$pads <- padding_sides(config)
  check_weight_count(config)
}

conv2d_config <- function(in_channels, out_channels, kernel_size, stride, padding, dilation,
                          groups, padding_mode, dtype) {
  config <- list(
    in_channels = check_count(in_channels, "in_channels"),
    out_channels = check_count(out_channels, "out_channels"),
    kernel_size = check_pair(kernel_size, "kernel_size", 1),
    stride = check_pair(stride, "stride", 1),
    padding = check_padding(padding),
    dilation = check_pair(dilation, "dilation", 1),
    groups = check_count(groups, "groups"),
    padding_mode = check_choice(padding_mode, "padding_mode", padding_modes),
    dtype = check_dtype(dtype)
  )
  check_groups(config)
  config$layer <- "conv2d"
  config$pads <- padding_sides(config)
  check_weight_count(config)
}

later_fields <- list(conv_transpose2d = list(output_size = NULL, extend = FALSE))

hyper_parameters <- function(config) {
  config <- c(config, later_fields[[config$layer]])
  config[setdiff(names(config), c("layer", "pads", "image"))]
}

check_groups <- function(config) {
  for (side in c("in_channels", "out_channels")) {
    if (config[[side]] %% config$groups != 0) {
      refuse(
        side, sprintf("divisible by `groups` = %s", in_full(config$groups)),
        in_full(config[[side]])
      )
    }
  }
}

# Checks `output_padding` against the rest of the config.
check_output_padding <- function(config) {
  given <- config$output_padding
  if (identical(config$padding, "same") && config$extend) {
    refuse("extend", "FALSE with padding = \"same\"", "TRUE")
  }
  if (any(given > 0) && (identical(config$padding, "same") || !is.null(config$output_size))) {
    refuse(
      "output_padding", "0 with padding = \"same\" or an `output_size`, which determine the size",
      per_axis(given)
    )
  }
  most <- pmax(config$stride, config$dilation) - 1
  if (any(given > most) && !config$extend) {
    refuse(
      "output_padding",
      paste("smaller than either `stride` or `dilation`: at most", per_axis(most)),
      per_axis(given),
      because = "With `extend = TRUE` it may be larger."
    )
  }
}

check_weight_count <- function(config) {
  check_elements(weight_shape(config), "kernel_size", "so small that the weights have")
  config
}

# The weights' shape: small image's channels, large image's channels per group, kernel size.
weight_shape <- function(config) {
  channels <- by_image(config, config$in_channels, config$out_channels)
  c(channels$small, channels$large / config$groups, config$kernel_size)
}

# Counts the products that the definition sums for an input of `shape`, including cropped ones.
multiply_adds <- function(config, shape, result_shape) {
  prod(by_image(config, shape, result_shape)$small[c(1L, 3L, 4L)], weight_shape(config))
}

# The configs of the last calls of functional forms. A loop repeats the same arguments, whose checks
# take longer than a small convolution.
recent <- new.env(parent = emptyenv())
recent$keys <- recent$configs <- list()
recent$place <- 0L
most_recent <- 32L

# Returns the config that the arguments `key` had in a recent call, or evaluates `make`, which
# checks them.
recent_config <- function(key, make) {
  for (i in seq_along(recent$keys)) {
    if (identical(recent$keys[[i]], key)) {
      return(recent$configs[[i]])
    }
  }
  config <- make
  recent$place <- recent$place %% most_recent + 1L
  recent$keys[[recent$place]] <- key
  recent$configs[[recent$place]] <- config
  config
}
