# Upsample: resizes images by a fixed rule, as a module.

#' Upsampling by interpolation
#'
#' Makes a module that enlarges images, or reduces them, by repeating the nearest cell or by
#' bilinear interpolation. Followed by a convolution, it is the usual remedy for the checkerboard
#' patterns of transposed convolutions.
#'
#' @param scale_factor Size of the result by the size of the input: one number above 0 or two,
#'   `c(height, width)`. It need not be whole.
#' @param mode `"nearest"` or `"bilinear"`.
#'
#' @section Formula:
#' An axis of \eqn{n}{n} cells gets \eqn{\lfloor n s \rfloor}{floor(n s)} cells. Cells are counted
#' from 0.
#'
#' | mode | cell `y` of the result |
#' | --- | --- |
#' | `"nearest"` | the cell `floor(y / s)` |
#' | `"bilinear"` | between the cells next to `(y + 0.5) / s - 0.5`, by distance; beyond the border, the cell at the border |
#'
#' The latter is torch's `align_corners = FALSE`. A cell without weight does not count, even if it
#' is infinite. The input's gradient is the adjoint: each cell gets `grad_output` by the weight with
#' which it was used.
#'
#' @section Shapes:
#' From `(N, C, H, W)` or `(C, H, W)` to a double array of the same rank, with the same channels and
#' unit.
#'
#' @return A function of class `nnconv_upsample`; call it with an array. It has the members of
#'   [nnconv_module] that make sense without parameters.
#'
#' @section Errors:
#' Signals a classed [nnconv_error] if an argument is out of range, if the input is no image, or if
#' the result would have no cells.
#'
#' @references Odena, Dumoulin and Olah (2016), *Deconvolution and checkerboard artifacts*,
#'   \doi{10.23915/distill.00003}; names: PyTorch (Paszke et al., 2019,
#'   <https://arxiv.org/abs/1912.01703>).
#'
#' @seealso [nn_conv_transpose2d()] and [nn_init_bilinear()] for upsampling that is learned,
#'   [nn_init_bicubic()] for bicubic interpolation, [nn_enlarge()] for pictures, and
#'   [nn_pixel_shuffle()].
#'
#' @examples
#' x <- array(c(1, 3), c(1, 1, 2))
#' nn_upsample(c(1, 2))(x)[1, 1, ]
#' #> [1] 1 1 3 3
#' nn_upsample(c(1, 2), mode = "bilinear")(x)[1, 1, ]
#' #> [1] 1.0 1.5 2.5 3.0
#' nn_upsample(1.5)$output_shape(c(1, 3, 5))
#' #> [1] 1 4 7
#' @export
nn_upsample <- function(scale_factor, mode = "nearest") {
  new_module(list(
    scale_factor = check_scale(scale_factor, "scale_factor"),
    mode = check_choice(
      mode, "mode", c("nearest", "bilinear"), because = if (identical(mode, "bicubic")) {
        "`nn_init_bicubic()` makes the weights of a transposed layer for it."
      }
    ),
    layer = "upsample"
  ))
}

# The shape of the result for an input of `shape`.
upsampled_shape <- function(config, shape, argument = "input") {
  size <- r_upsample_size(config$scale_factor, shape[3:4])
  if (min(size) < 1) {
    refuse(
      argument, "so large that the result has at least one cell",
      sprintf("%s, which makes %s", per_axis(shape[3:4]), per_axis(size)), kind = "shape"
    )
  }
  result <- c(shape[1:2], size)
  check_elements(result, argument, "so small that the result has")
  result
}

# Resamples the part `source` of an image of `size` cells to the part `result`, or, as the adjoint,
# the other way; the result has the dimensions `dim`.
resampled <- function(x, state, cell, size, source, result, dim, adjoint = FALSE) {
  check_memory(8 * prod(dim), "input", sprintf("the result [%s]", toString(in_full(dim))))
  config <- state$config
  r_upsample(x, cell, config$mode, config$scale_factor, size, source, result, adjoint,
             as.integer(dim))
}

# The links of one axis of `size` cells: each result cell, a cell that it reads, and the weight.
upsampled_links <- function(state, axis, size) {
  state <- list(config = state$config)
  state$config$scale_factor[-axis] <- 1
  dim <- c(1, size, 1, 1)
  dim[2L + axis] <- size
  one_cell_each <- array(identity_matrix(size, sparse = FALSE), dim)
  weights <- matrix(kinds$upsample$forward(one_cell_each, state, NULL), size)
  at <- which(weights != 0, arr.ind = TRUE)
  list(result = at[, 2L] - 1, source = at[, 1L] - 1, weight = weights[at])
}

upsampled_matrix <- function(state, shape, result, sparse) {
  shape <- image_shape(shape)
  result <- image_shape(result)
  sizes <- c(prod(result), prod(shape))
  check_matrix(sizes, 4 * sizes[1L], sparse)
  rows <- upsampled_links(state, 1L, shape[3L])
  columns <- upsampled_links(state, 2L, shape[4L])
  cell <- prod(shape[1:2])
  places <- function(end, height) {
    rows_and_columns <- outer(rows[[end]], height * columns[[end]], `+`)
    as.vector(outer(seq_len(cell), cell * rows_and_columns, `+`))
  }
  weights <- rep(as.vector(outer(rows$weight, columns$weight)), each = cell)
  placed_matrix(places("result", result[3L]), places("source", shape[3L]), weights, sizes, sparse)
}

define_kind(
  "upsample",
  forward = function(input, state, size) {
    x <- check_image(input, NULL)
    from <- image_shape(dim(x))
    to <- upsampled_shape(state$config, from)
    resampled(x, state, prod(from[1:2]), from[3:4], c(0, 0, from[3:4]), c(0, 0, to[3:4]),
              dim_like(to, dim(x)))
  },
  backward = function(grad_output, input, state, wanted, output, saved) {
    x <- check_image(input, NULL)
    from <- image_shape(dim(x))
    to <- upsampled_shape(state$config, from)
    numbers <- check_result_gradient(grad_output, dim_like(to, dim(x)))
    list(input = resampled(numbers, state, prod(from[1:2]), from[3:4], c(0, 0, from[3:4]),
                           c(0, 0, to[3:4]), dim(x), adjoint = TRUE))
  },
  check = function(state) check_vectors(list(scale_factor = state$config$scale_factor), 2),
  output_shape = function(dim, state, size, argument) {
    dim <- check_image_dim(dim, argument)
    dim_like(upsampled_shape(state$config, image_shape(dim), argument), dim)
  },
  keeps_size = function(config) all(config$scale_factor == 1),
  matrix = upsampled_matrix,
  scale = function(config) config$scale_factor,
  window = function(state, from, to, part) {
    config <- state$config
    source <- r_upsample_source(config$mode, config$scale_factor, from, part)
    list(source = source, result = part, size = from)
  },
  run_window = function(input, state, window) {
    shape <- as.double(dim(input))
    resampled(input, state, prod(shape[1:2]), window$size, window$source, window$result,
              c(shape[1:2], window$result[3:4]))
  },
  on_window = function(state, window) {
    scale <- state$config$scale_factor
    is_repeated <- state$config$mode == "nearest" && all(scale == floor(scale))
    if (is_repeated && identical(window$result, window$source * rep(scale, 2L))) state
  }
)
