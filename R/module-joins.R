# Joins: what a skip makes of its input and of its branch's result, and the way back.

joins <- c("concat", "add")

# `x` is the skip's input and `y` its branch's result.
join_images <- function(x, y, join) {
  x <- check_array(x, "input")
  if (join == "add") {
    check_same_shape(dim(x), dim(y))
    check_memory(8 * length(y), "input", result_in_words(dim(y)))
    return(x + y)
  }
  shape <- concat_shape(dim(x), dim(y))
  check_memory(8 * prod(shape), "input", result_in_words(shape))
  result <- r_allocate(shape)
  at <- numeric(length(shape))
  r_put(result, shape, at, as.double(dim(x)), x)
  at[channel_axis(shape)] <- dim(x)[channel_axis(shape)]
  r_put(result, shape, at, as.double(dim(y)), y)
  result
}

# Returns the gradients of both, for that of the result.
split_gradient <- function(grad_output, x, y, join) {
  result <- if (join == "add") as.double(dim(x)) else concat_shape(dim(x), dim(y))
  grad_output <- check_result_gradient(grad_output, result)
  if (join == "add") {
    return(list(grad_output, grad_output))
  }
  at <- numeric(length(result))
  own <- r_take(grad_output, result, at, as.double(dim(x)))
  at[channel_axis(result)] <- dim(x)[channel_axis(result)]
  list(own, r_take(grad_output, result, at, as.double(dim(y))))
}

join_shape <- function(x, y, join) {
  if (join == "concat") {
    return(concat_shape(x, y))
  }
  check_same_shape(x, y)
  x
}

check_same_shape <- function(x, y) {
  if (!identical(as.double(x), as.double(y))) refuse_join("of equal shapes", x, y)
}

concat_shape <- function(x, y) {
  x <- as.double(x)
  y <- as.double(y)
  axis <- channel_axis(x)
  if (length(axis) == 0L || length(x) != length(y) || !identical(x[-axis], y[-axis])) {
    refuse_join("of shapes that differ only in the channels", x, y)
  }
  replace(x, axis, x[axis] + y[axis])
}

refuse_join <- function(allowed, x, y) {
  in_brackets <- function(shape) sprintf("[%s]", toString(in_full(shape)))
  refuse(
    "input", paste("such that the skip joins arrays", allowed),
    sprintf("%s with %s of its branch", in_brackets(x), in_brackets(y)), kind = "shape"
  )
}

# Images are (N, C, H, W) or (C, H, W).
channel_axis <- function(shape) if (length(shape) %in% 3:4) length(shape) - 2L else integer()

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
