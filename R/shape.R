# Shape: checks a layer's input and asks for its result's shape.
#
# A shape is (N, C, H, W), with N = 1 for an input without a batch; a size is (H, W). Only
# src/geometry/geometry.cpp computes sizes. The code here asks for them and refuses invalid ones.

# Returns the input as doubles, or refuses a wrong rank or number of channels.
check_image <- function(input, channels) {
  numbers <- check_array(input, "input")
  check_image_shape(numbers, channels, "input")
  as_doubles(numbers, "input")
}

# `channels` is NULL if any number is valid.
check_image_shape <- function(input, channels, argument) {
  extents <- dim(input)
  rank <- length(extents)
  if (rank != 4L && rank != 3L || !is.null(channels) && extents[rank - 2L] != channels) {
    shown <- if (is.null(channels)) "C" else in_full(channels)
    refuse(
      argument, sprintf("an array (N, %s, H, W) or (%s, H, W)", shown, shown),
      describe_shape(input), kind = "shape", because = advice_on_axes(extents, channels)
    )
  }
  check_cells(extents, argument)
}

# Advises how to convert an array without channels, or with its channels last, if that gives
# `channels`.
advice_on_axes <- function(extents, channels) {
  rank <- length(extents)
  if (is.null(channels) || !rank %in% 2:4 || any(extents == 0)) {
    return(NULL)
  }
  if (rank == 2L && channels == 1) {
    "A matrix, such as a grey picture, is read by `as_nchw(x, \"HW\")`."
  } else if (rank > 2L && extents[rank] == channels) {
    sprintf("An array whose channels are last, as in pictures, is read by `as_nchw(x, \"%s\")`.",
            if (rank == 3L) "HWC" else "NHWC")
  } else if (rank == 3L && channels == 1 && extents[1L] > 4L) { # fewer may be channels
    "Images without channels are read by `as_nchw(x, \"NHW\")`."
  }
}

image_shape <- function(extents) {
  extents <- as.double(extents)
  if (length(extents) == 3L) c(1, extents) else extents
}

check_cells <- function(extents, argument) {
  rank <- length(extents)
  if (extents[rank] < 1 || extents[rank - 1L] < 1) {
    refuse(
      argument, "at least one cell high and one cell wide",
      sprintf("[%s]", toString(in_full(extents))), kind = "shape"
    )
  }
}

# R stores extents as integers, and lengths are exact up to 2^52.
check_elements <- function(shape, argument, what) {
  if (any(shape > .Machine$integer.max) || prod(shape) > 2^52) {
    refuse(
      argument,
      paste(what, "at most 2147483647 cells on each axis and 2^52 elements"),
      sprintf("[%s]", toString(in_full(shape))), kind = "shape"
    )
  }
}

# Returns the shape of the layer's result for an input of `shape`, or refuses it.
result_shape <- function(config, shape, output_size = NULL, batched = TRUE) {
  if (is_transposed(config)) {
    conv_transpose2d_shape(config, shape, output_size, batched)
  } else {
    conv2d_shape(config, shape)
  }
}

conv2d_shape <- function(config, shape) {
  input_size <- shape[3:4]
  if (config$padding_mode != "zeros") {
    check_pads_fit(config$pads, input_size, config$padding_mode, "padding", "the input")
  }
  size <- r_correlate_size(config, input_size)
  if (min(size) < 1) {
    needed <- pmax(1, r_kernel_extent(config) - config$pads[c(1L, 3L)] - config$pads[c(2L, 4L)])
    refuse(
      "input",
      paste("as large as the dilated kernel without the padding:", per_axis(needed, "at least %s")),
      per_axis(input_size), kind = "shape"
    )
  }
  checked_shape(c(shape[1L], config$out_channels, size))
}

conv_transpose2d_shape <- function(config, shape, output_size, batched) {
  if (is.null(output_size)) output_size <- config$output_size
  size <- if (is.null(output_size)) {
    r_scatter_size(config, shape[3:4], config$output_padding)
  } else {
    check_output_size(config, shape, output_size, batched)
  }
  shape_of_size(config, shape, size)
}

shape_of_size <- function(config, shape, size) {
  if (min(size) < 1) {
    refuse(
      "padding", "so small that at least one cell of the result is left",
      sprintf("%s, which leaves %s", describe_padding(config$padding), per_axis(size)),
      kind = "shape"
    )
  }
  if (config$padding_mode != "zeros") {
    check_pads_fit(config$pads, size, config$padding_mode, "padding", "the result")
  }
  checked_shape(c(shape[1L], config$out_channels, size))
}

checked_shape <- function(shape) {
  if (prod(shape) > 1e9 || max(shape) > 1e9) {
    check_elements(shape, "input", "so small, with these arguments, that the result has")
  }
  shape
}

# Returns the last two values of output_size if the layer can return that size.
check_output_size <- function(config, shape, output_size, batched) {
  sizes <- output_sizes(config, shape)
  allowed <- function() {
    sprintf(
      "(height, width) or the %s, with %s",
      if (batched) "4 extents of the result" else "3 extents of the result", describe_sizes(sizes)
    )
  }
  output_size <- check_type(output_size, "output_size", allowed(), is_number)
  size <- utils::tail(as.double(output_size), 2L)
  if (!length(output_size) %in% c(2L, if (batched) 4L else 3L) || !is_among(size, sizes)) {
    refuse("output_size", allowed(), describe(output_size))
  }
  size
}

# Returns the sizes that output_size can select in the transposed layer; "same" leaves only one.
output_sizes <- function(config, shape) {
  smallest <- r_scatter_size(config, shape[3:4], c(0, 0))
  largest <- if (identical(config$padding, "same")) {
    smallest
  } else if (isTRUE(config$extend)) {
    rep(largest_whole, 2L)
  } else {
    r_scatter_size(config, shape[3:4], config$stride - 1)
  }
  list(smallest = smallest, largest = largest)
}

is_among <- function(size, sizes) {
  length(size) == 2L && !anyNA(size) &&
    all(size == trunc(size) & size >= pmax(sizes$smallest, 1) & size <= sizes$largest)
}

# The result's gradient must have the result's shape. For the transposed layer, this is the default
# size or any size that output_size allows.
check_grad_output <- function(grad_output, config, shape, batched) {
  numbers <- check_array(grad_output, "grad_output")
  extents <- as.double(dim(numbers))
  size <- extents[length(extents) - 1:0]
  sizes <- if (is_transposed(config)) output_sizes(config, shape)
  result <- if (!is.null(sizes) && is_among(size, sizes)) {
    shape_of_size(config, shape, size)
  } else {
    result_shape(config, shape, NULL, batched)
  }
  if (!batched) result <- result[-1L]
  if (!identical(extents, result)) {
    refuse(
      "grad_output",
      sprintf("an array [%s], the shape of the result%s", toString(in_full(result)),
              if (any(sizes$smallest != sizes$largest)) {
                sprintf(" (or with %s)", describe_sizes(sizes))
              } else {
                ""
              }),
      describe_shape(numbers), kind = "shape"
    )
  }
  as_doubles(numbers, "grad_output")
}

describe_sizes <- function(sizes) {
  sprintf(
    "height %s and width %s", in_range(sizes$smallest[1L], sizes$largest[1L]),
    in_range(sizes$smallest[2L], sizes$largest[2L])
  )
}

in_range <- function(smallest, largest) {
  smallest <- max(smallest, 1)
  if (largest < smallest) {
    return("of no size (`padding` crops all cells)")
  }
  if (largest == smallest) in_full(largest) else paste(in_full(smallest), "to", in_full(largest))
}
