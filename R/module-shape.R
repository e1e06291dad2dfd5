# Module shape: derives the dimensions of a module's result from its input's, step by step.

module_output_shape <- function(self, dim, output_size = NULL, argument = "dim") {
  shapes <- shapes_through(self, dim, output_size, argument)
  shapes[[length(shapes)]]
}

# Returns the shapes of all values: of the input and of what each step makes.
shapes_through <- function(self, dim, output_size = NULL, argument = "dim") {
  steps <- module_steps(self)
  shapes <- list(if (is_number(dim)) as.double(without_class(dim)) else dim)
  i <- 0L
  in_module(names(steps$states)[i], {
    for (i in seq_along(steps$states)) {
      shapes[[i + 1L]] <- shape_after(steps, i, shapes, output_size, argument)
    }
  })
  shapes
}

shape_after <- function(steps, i, shapes, output_size, argument) {
  state <- steps$states[[i]]
  joined <- steps$joined[i]
  if (!is.na(joined)) {
    return(join_shape(shapes[[joined + 1L]], shapes[[i]], state$config$join, steps$axes))
  }
  if (is.na(steps$sized[i])) {
    return(kind_of(state)$output_shape(shapes[[i]], state, output_size, argument))
  }
  size <- size_like(shapes[[steps$sized[i] + 1L]], state)
  in_branch(state, shapes[[i]], size,
            kind_of(state)$output_shape(shapes[[i]], state, size, argument))
}

# Evaluates a leaf's call that is asked for a size; words its refusal as one of the skip.
in_branch <- function(state, extents, size, expr) {
  tryCatch(expr, nnconv_error = function(condition) {
    if (!identical(condition$argument, "output_size")) signal_again(condition)
    names <- if (length(size) == 1L) "length" else c("height", "width")
    refuse(
      "input", paste("such that this layer can return the size that its skip joins, with",
                     kind_of(state)$sizes(state, extents)),
      paste(names, in_full(size), collapse = " and "), kind = "shape"
    )
  })
}

# Accepts the dimensions of an image with these channels; NULL if any number is valid.
check_image_dim <- function(dim, argument, channels = NULL) {
  shown <- if (is.null(channels)) "C" else in_full(channels)
  dim <- check_dim(
    dim, argument, sprintf("the dimensions (N, %1$s, H, W) or (%1$s, H, W) of an input", shown),
    function(dim) {
      length(dim) %in% 3:4 && (is.null(channels) || dim[length(dim) - 2L] == channels)
    }
  )
  check_cells(dim, argument)
  dim
}

# Returns the dimensions of a result of `shape` for an input of dimensions `dim`.
dim_like <- function(shape, dim) if (length(dim) == 3L) shape[-1L] else shape
