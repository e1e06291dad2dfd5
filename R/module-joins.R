# Joins: what a skip makes of its input and of its branch's result, and the way back.

joins <- c("concat", "add")

# `x` is the skip's input and `y` its branch's result, whose images have this number of axes besides
# the channels.
join_images <- function(x, y, join, axes) {
  x <- check_array(x, "input")
  shape <- join_shape(extents_of(x), extents_of(y), join, axes)
  check_memory(8 * prod(shape), "input", result_in_words(shape))
  if (join == "add") {
    return(x + y)
  }
  result <- r_allocate(shape)
  starts <- starts_of(shape, dim(x), axes)
  r_put(result, shape, starts[[1L]], as.double(dim(x)), x)
  r_put(result, shape, starts[[2L]], as.double(dim(y)), y)
  result
}

# Returns the gradients of both, for that of the result.
split_gradient <- function(grad_output, x, y, join, axes) {
  shape <- join_shape(extents_of(x), extents_of(y), join, axes)
  grad_output <- check_result_gradient(grad_output, shape)
  if (join == "add") {
    return(list(grad_output, grad_output))
  }
  starts <- starts_of(shape, dim(x), axes)
  list(r_take(grad_output, shape, starts[[1L]], as.double(dim(x))),
       r_take(grad_output, shape, starts[[2L]], as.double(dim(y))))
}

# The first cells, from 0, of `x` and of what follows it in an array of this shape.
starts_of <- function(shape, x, axes) {
  axis <- channel_axis(shape, axes)
  none <- numeric(length(shape))
  list(none, replace(none, axis, x[axis]))
}

# Returns the matrix of a skip, from that of its branch's result and that of its input.
join_matrices <- function(x, y, shapes, join, axes) {
  if (join == "add") {
    return(x + y)
  }
  rows <- join_images(array(seq_len(nrow(x)), shapes[[1L]]),
                      array(nrow(x) + seq_len(nrow(y)), shapes[[2L]]), join, axes)
  rbind(x, y)[as.vector(rows), , drop = FALSE]
}

join_shape <- function(x, y, join, axes) {
  x <- as.double(x)
  y <- as.double(y)
  if (join == "add") {
    if (!identical(x, y)) refuse_join("of equal shapes", x, y)
    return(x)
  }
  axis <- channel_axis(x, axes)
  if (length(axis) == 0L || length(x) != length(y) || !identical(x[-axis], y[-axis])) {
    refuse_join("of shapes that differ only in the channels", x, y)
  }
  replace(x, axis, x[axis] + y[axis])
}

refuse_join <- function(allowed, x, y) {
  in_brackets <- function(shape) sprintf("[%s]", toString(in_full(shape)))
  refuse(
    "input", paste("such that the skip joins arrays", allowed),
    sprintf("%s and the result %s of its branch", in_brackets(x), in_brackets(y)), kind = "shape"
  )
}

# Images are (N, C, H, W) or (C, H, W) with two axes, (N, C, L) or (C, L) with one.
channel_axis <- function(shape, axes) {
  if ((length(shape) - axes) %in% 1:2) length(shape) - axes else integer()
}

check_result_gradient <- function(grad_output, shape) {
  numbers <- check_numeric(grad_output, "grad_output")
  if (!identical(as.double(extents_of(numbers)), as.double(shape))) {
    refuse(
      "grad_output", sprintf("of the result's shape, [%s]", toString(in_full(shape))),
      describe(grad_output), kind = "shape"
    )
  }
  numbers
}
