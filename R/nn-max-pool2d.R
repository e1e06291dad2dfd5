# Max pool: the largest number of each window, as a module.

#' Max pooling
#'
#' Makes a module that takes the largest number of each window, channel by channel.
#'
#' @param kernel_size Size of the windows in cells: one whole number or two, `c(height, width)`.
#' @param stride Cells from one window to the next, one number or two; `NULL` for `kernel_size`.
#' @param padding Cells added on all sides, which are never the largest: one number or two, at most
#'   half of `kernel_size`.
#' @param dilation Cells from one cell of a window to the next, one number or two.
#' @param ceil_mode `TRUE` to add windows at the bottom and the right that reach beyond the image
#'   and its padding, if cells would be left over.
#'
#' @section Formula:
#' \deqn{y_{h,w} = \max_{u,v} x_{h s_h + u d_h - p_h, \, w s_w + v d_w - p_w}}{
#'   y[h, w] = max over u, v of x[h s + u d - p, w s + v d - p]}
#' with the stride \eqn{s}{s}, the padding \eqn{p}{p}, the dilation \eqn{d}{d}, and all counts
#' from 0. The result has
#' \eqn{\lfloor (H + 2p - d (k - 1) - 1) / s \rfloor + 1}{floor((H + 2 p - d (k - 1) - 1) / s) + 1}
#' cells on an axis, with `ceil_mode` rounded up, less a window that would begin beyond the image
#' and the padding before it.
#'
#' `NaN` counts as the largest number. The gradient of a result goes to the number that it is: to
#' the first of equal ones, along the width first, and to the last `NaN`.
#'
#' @section Shapes:
#' From `(N, C, H, W)` or `(C, H, W)` to a double array of the same rank, with the same channels and
#' unit.
#'
#' @return A function of class `nnconv_max_pool2d`; call it with an array. It has the members of
#'   [nnconv_module] that make sense without parameters.
#'
#' @section Errors:
#' Signals a classed [nnconv_error] if an argument is out of range, if the input is no image, or if
#' it is smaller than a window.
#'
#' @references Names and defaults: PyTorch (Paszke et al., 2019,
#'   <https://arxiv.org/abs/1912.01703>); the windows: Dumoulin and Visin (2016),
#'   *A guide to convolution arithmetic for deep learning*, <https://arxiv.org/abs/1603.07285>.
#'
#' @seealso [nn_conv2d()] with a `stride`, which reduces images as well.
#'
#' @examples
#' m <- nn_max_pool2d(2)
#' x <- array(1:16, c(1, 4, 4))
#' m(x)[1, , ]
#' #>      [,1] [,2]
#' #> [1,]    6   14
#' #> [2,]    8   16
#' m$output_shape(c(1, 5, 5))
#' #> [1] 1 2 2
#' nn_max_pool2d(2, ceil_mode = TRUE)$output_shape(c(1, 5, 5))
#' #> [1] 1 3 3
#' m$backward(x, array(1:4, c(1, 2, 2)))$input[1, , ]
#' #>      [,1] [,2] [,3] [,4]
#' #> [1,]    0    0    0    0
#' #> [2,]    0    1    0    3
#' #> [3,]    0    0    0    0
#' #> [4,]    0    2    0    4
#' @export
nn_max_pool2d <- function(kernel_size, stride = NULL, padding = 0, dilation = 1,
                          ceil_mode = FALSE) {
  kernel_size <- check_pair(kernel_size, "kernel_size", 1)
  config <- list(
    kernel_size = kernel_size,
    stride = if (is.null(stride)) kernel_size else check_pair(stride, "stride", 1),
    padding = check_pair(padding, "padding", 0),
    dilation = check_pair(dilation, "dilation", 1),
    ceil_mode = check_flag(ceil_mode, "ceil_mode"),
    layer = "max_pool2d"
  )
  if (any(config$padding > kernel_size / 2)) {
    refuse(
      "padding", paste("at most half of `kernel_size`:", per_axis(kernel_size %/% 2)),
      per_axis(config$padding)
    )
  }
  new_module(config)
}

pool_pads <- function(config) rep(config$padding, each = 2L)

# The shape of the result for an input of `shape`.
pool_shape <- function(config, shape, argument = "input") {
  size <- r_pool_size(config, shape[3:4])
  if (min(size) < 1) {
    needed <- config$dilation * (config$kernel_size - 1) + 1 - 2 * config$padding
    refuse(
      argument,
      paste("as large as the window without the padding:", per_axis(needed, "at least %s")),
      per_axis(shape[3:4]), kind = "shape"
    )
  }
  c(shape[1:2], size)
}

backward_max_pool <- function(grad_output, input, config) {
  x <- check_image(input, NULL)
  from <- image_shape(dim(x))
  to <- pool_shape(config, from)
  numbers <- check_result_gradient(grad_output, dim_like(to, dim(x)))
  check_memory(8 * length(x), "input", result_in_words(from))
  list(input = r_max_pool_gradient(x, numbers, config, pool_pads(config), from, to, dim(x)))
}

define_kind(
  "max_pool2d",
  forward = function(input, state, size) {
    x <- check_image(input, NULL)
    from <- image_shape(dim(x))
    to <- pool_shape(state$config, from)
    check_memory(8 * prod(to), "input", result_in_words(to))
    r_max_pool(x, state$config, pool_pads(state$config), from, to, as.integer(dim_like(to, dim(x))))
  },
  backward = function(grad_output, input, state, wanted, output, saved) {
    backward_max_pool(grad_output, input, state$config)
  },
  check = function(state) r_pool_size(state$config, c(1, 1)),
  output_shape = function(dim, state, size, argument) {
    dim <- check_image_dim(dim, argument)
    dim_like(pool_shape(state$config, image_shape(dim), argument), dim)
  },
  keeps_size = function(config) identical(r_pool_size(config, c(1e6, 1e6)), c(1e6, 1e6)),
  scale = function(config) 1 / config$stride,
  window = function(state, from, to, part) {
    r_pool_window(state$config, from, to, part[1:2], part[3:4])
  },
  run_window = function(input, state, window) {
    from <- as.double(dim(input))
    to <- c(from[1:2], window$result[3:4])
    r_max_pool(input, state$config, window$pads, from, to, as.integer(to))
  },
  on_window = function(state, window) {
    config <- state$config
    config$padding <- c(0, 0)
    config$ceil_mode <- FALSE
    is_inside <- all(window$pads == 0)
    if (is_inside && identical(r_pool_size(config, window$source[3:4]), window$result[3:4])) {
      list(config = config)
    }
  }
)
