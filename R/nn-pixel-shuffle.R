# Pixel shuffle: lays channels out as cells, as a module.

#' Pixel shuffle
#'
#' Makes a module that enlarges an image by laying its channels out as cells: each block of
#' \eqn{r^2}{r^2} channels of a cell becomes \eqn{r}{r} by \eqn{r}{r} cells of one channel. After a
#' convolution, this is a sub-pixel convolution, which does the work of a transposed one.
#'
#' @param upscale_factor The factor \eqn{r}{r} by which height and width grow, one whole number.
#'
#' @section Formula:
#' \deqn{y_{c, \, h r + i, \, w r + j} = x_{c r^2 + i r + j, \, h, \, w}}{
#'   y[c, h r + i, w r + j] = x[c r^2 + i r + j, h, w]}
#' with all counts from 0. The input's gradient is `grad_output`, laid out the other way.
#'
#' @section Shapes:
#' From `(N, C * r^2, H, W)` or `(C * r^2, H, W)` to a double array `(N, C, H * r, W * r)` or
#' `(C, H * r, W * r)`, in the same unit.
#'
#' @return A function of class `nnconv_pixel_shuffle`; call it with an array. It has the members of
#'   [nnconv_module] that make sense without parameters.
#'
#' @section Errors:
#' Signals a classed [nnconv_error] if `upscale_factor` is not a whole number, or if the number of
#' channels is not a multiple of its square; in a chain, when the chain is made.
#'
#' @references Shi et al. (2016), *Real-time single image and video super-resolution using an
#'   efficient sub-pixel convolutional neural network*, <https://arxiv.org/abs/1609.05158>; names:
#'   PyTorch (Paszke et al., 2019, <https://arxiv.org/abs/1912.01703>).
#'
#' @seealso [nn_conv_transpose2d()], [nn_upsample()].
#'
#' @examples
#' m <- nn_pixel_shuffle(2)
#' m(array(1:4, c(4, 1, 1)))[1, , ]
#' #>      [,1] [,2]
#' #> [1,]    1    2
#' #> [2,]    3    4
#' m$output_shape(c(10, 12, 8, 8))
#' #> [1] 10  3 16 16
#' @export
nn_pixel_shuffle <- function(upscale_factor) {
  new_module(list(
    upscale_factor = check_count(upscale_factor, "upscale_factor", 30000), layer = "pixel_shuffle"
  ))
}

# The shape of the result for an input of `shape`.
shuffled_shape <- function(config, shape, argument = "input") {
  factor <- config$upscale_factor
  if (shape[2L] %% factor^2 != 0) {
    refuse(
      argument, sprintf("an image whose number of channels is a multiple of %s",
                        in_full(factor^2)),
      paste("one of", in_full(shape[2L])), kind = "shape"
    )
  }
  result <- c(shape[1L], shape[2L] / factor^2, shape[3:4] * factor)
  check_elements(result, argument, "so small that the result has")
  result
}

define_kind(
  "pixel_shuffle",
  forward = function(input, state, size) {
    x <- check_image(input, NULL)
    to <- shuffled_shape(state$config, image_shape(dim(x)))
    check_memory(8 * length(x), "input", result_in_words(to))
    r_pixel_shuffle(x, to, state$config$upscale_factor, FALSE, as.integer(dim_like(to, dim(x))))
  },
  backward = function(grad_output, input, state, wanted, output, saved) {
    x <- check_image(input, NULL)
    to <- shuffled_shape(state$config, image_shape(dim(x)))
    numbers <- check_result_gradient(grad_output, dim_like(to, dim(x)))
    check_memory(8 * length(x), "input", result_in_words(image_shape(dim(x))))
    list(input = r_pixel_shuffle(numbers, to, state$config$upscale_factor, TRUE, dim(x)))
  },
  check = function(state) {
    check_vectors(list(upscale_factor = state$config$upscale_factor), 1)
  },
  fits = function(config, channels) channels %% config$upscale_factor^2 == 0,
  out_channels = function(config, channels) channels / config$upscale_factor^2,
  output_shape = function(dim, state, size, argument) {
    dim <- check_image_dim(dim, argument)
    dim_like(shuffled_shape(state$config, image_shape(dim), argument), dim)
  },
  keeps_size = function(config) config$upscale_factor == 1,
  scale = function(config) rep(config$upscale_factor, 2L),
  window = function(state, from, to, part) {
    factor <- state$config$upscale_factor
    first <- part[1:2] %/% factor
    count <- (part[1:2] + part[3:4] - 1) %/% factor - first + 1
    list(source = c(first, count), result = c(first, count) * factor)
  },
  # Each cell of the result is one of the input.
  matrix = function(state, shape, result, sparse) {
    sizes <- c(prod(result), prod(shape))
    check_matrix(sizes, sizes[1L], sparse)
    shuffled <- kinds$pixel_shuffle$forward(array(seq_len(sizes[2L]), shape), state, NULL)
    placed_matrix(seq_along(shuffled), as.vector(shuffled), 1, sizes, sparse)
  },
  positional = "upscale_factor"
)
