# Layout: the order in which other software stores the dimensions of a layer's weight.
#
# Both layers' weights are (channels of the small image, channels of the large image / groups, kH,
# kW), so one permutation serves both.

# The position in our order of each dimension of the layout.
layouts <- list(torch = 1:4, onnx = 1:4, keras = c(3L, 4L, 2L, 1L))

check_layout <- function(x) check_choice(x, "layout", names(layouts))

# Keras calls the weight kernel.
names_in_layout <- function(names, layout) {
  if (layout == "keras") sub("(^|[.])weight$", "\\1kernel", names) else names
}

names_from_layout <- function(names, layout) {
  if (layout == "keras") sub("(^|[.])kernel$", "\\1weight", names) else names
}

# Converts one of our parameters, weight or bias, to the layout.
to_layout <- function(parameter, layout) {
  if (is.null(dim(parameter)) || layouts[[layout]][1L] == 1L) {
    return(parameter)
  }
  reorder_axes(parameter, order_in(layout, parameter))
}

# Converts a parameter in the layout to ours, in the shape of `present`.
from_layout <- function(value, name, present, layout) {
  order <- order_in(layout, present)
  value <- check_parameter(from_integer64(value, name), name, extents_of(present)[order])
  if (is.unsorted(order)) reorder_axes(value, order(order)) else value
}

# Counters of other software may be of the class integer64, whose doubles hold the bits of integers.
from_integer64 <- function(value, name) {
  if (!is_integer64(value)) {
    return(value)
  }
  bits <- writeBin(as.vector(without_class(value)), raw(), endian = "little")
  numbers <- r_safetensors_decode(bits, "I64", as.double(length(value)), FALSE)
  if (is.null(numbers)) {
    refuse(name, "integers up to 2^53", "others or NA")
  }
  dim(numbers) <- dim(value)
  numbers
}

is_integer64 <- function(x) is.double(x) && inherits(x, "integer64")

# Does aperm()'s work, but can be interrupted.
reorder_axes <- function(x, axes) {
  extents <- as.double(dim(x))
  check_memory(8 * length(x), "layout", "the weights in another order")
  r_permute(x, extents[axes], steps_of(extents)[axes], c(0, 1), c(0, 1))
}

# The weights of layers of one axis lack the height, the third of our dimensions.
order_in <- function(layout, parameter) {
  order <- layouts[[layout]]
  switch(as.character(length(dim(parameter))), `4` = order, `3` = rank(order[order != 3L]), 1L)
}

# TRUE if a value has the shape that our parameter has in the layout.
has_shape_in <- function(value, present, layout) {
  (is_array_type(value) || is_integer64(value)) && identical(
    as.double(extents_of(without_class(value))),
    as.double(extents_of(present)[order_in(layout, present)])
  )
}
