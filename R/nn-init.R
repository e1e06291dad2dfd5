# Init: initial values of parameters.

# Draws from the uniform distribution on (-b, b), b = 1 / sqrt(fan_in), with R's generator: the
# weight first, then the bias.
init_uniform <- function(shape, with_bias, channels) {
  check_memory(16 * prod(shape), "kernel_size", weights_in_words(shape))
  bound <- 1 / sqrt(prod(shape[-1L]))
  list(
    weight = draw_uniform(shape, bound),
    bias = if (with_bias) as.vector(draw_uniform(channels, bound))
  )
}

drawn_at_once <- 2^20

# Draws an array of these extents. Large arrays are drawn in parts so that the user can interrupt
# between them; runif() itself cannot be interrupted.
draw_uniform <- function(shape, bound) {
  count <- prod(shape)
  if (count <= drawn_at_once) {
    return(array(stats::runif(count, -bound, bound), shape))
  }
  numbers <- r_allocate(shape)
  for (first in seq(0, count - 1, by = drawn_at_once)) {
    drawn <- min(drawn_at_once, count - first)
    r_put(numbers, count, first, drawn, stats::runif(drawn, -bound, bound))
    r_let_interrupt()
  }
  numbers
}

#' Weights for bilinear upsampling
#'
#' Makes the weights with which [nn_conv_transpose2d()] interpolates linearly between the
#' pixels of each channel. They serve as a fixed upsampling, or as the usual start of a
#' learned one.
#'
#' @param in_channels,out_channels Number of channels of the input and of the result. They
#'   must be equal, because each channel is mapped to itself.
#' @param kernel_size Height and width of the kernel in cells, one whole number or two. For
#'   upsampling by a factor `s`, use `2 * s - s %% 2`, with `stride = s` and
#'   `padding = ceiling((s - 1) / 2)`.
#' @param groups Number of groups. With `groups = in_channels`, the array contains no zeros
#'   between different channels, and the layer saves the work for them.
#'
#' @section Formula:
#' Let \eqn{k} be the number of taps on an axis and
#' \eqn{f = \lceil k / 2 \rceil}{f = ceiling(k / 2)}. Tap
#' \eqn{u = 0, \ldots, k - 1}{u = 0, ..., k - 1} has the weight
#' \deqn{1 - |u - (k - 1) / 2| / f}
#' and a cell of the kernel has the product of its two taps' weights: a pyramid. With the
#' kernel sizes above, the weights that reach a result cell add up to 1, except near the
#' image's border, where some of them lie outside the image.
#'
#' @return A double array `(in_channels, out_channels / groups, kH, kW)` without unit, to
#'   assign to the `weight` of a layer.
#'
#' @section Errors:
#' Signals a classed [nnconv_error] if an argument is not a whole number of at least 1, the
#' two channel counts differ, or `groups` does not divide them.
#'
#' @references Long, Shelhamer and Darrell (2015), *Fully convolutional networks
#'   for semantic segmentation*, section 3.3,
#'   <https://arxiv.org/abs/1411.4038>.
#'
#' @examples
#' nn_init_bilinear(1, 1, kernel_size = 4)[1, 1, , ]
#' #>        [,1]   [,2]   [,3]   [,4]
#' #> [1,] 0.0625 0.1875 0.1875 0.0625
#' #> [2,] 0.1875 0.5625 0.5625 0.1875
#' #> [3,] 0.1875 0.5625 0.5625 0.1875
#' #> [4,] 0.0625 0.1875 0.1875 0.0625
#'
#' # Twice the size, for a picture of three channels
#' up <- nn_conv_transpose2d(3, 3, 4, stride = 2, padding = 1, groups = 3, bias = FALSE)
#' up$weight <- nn_init_bilinear(3, 3, 4, groups = 3)
#' picture <- array(rep(1:4, each = 3), c(3, 1, 4))
#' extended <- nnf_pad(picture, c(1, 1, 1, 1), mode = "replicate")
#' twice <- nnf_pad(up(extended), c(-2, -2, -2, -2))
#' twice[1, , ]
#' #>      [,1] [,2] [,3] [,4] [,5] [,6] [,7] [,8]
#' #> [1,]    1 1.25 1.75 2.25 2.75 3.25 3.75    4
#' #> [2,]    1 1.25 1.75 2.25 2.75 3.25 3.75    4
#' @export
nn_init_bilinear <- function(in_channels, out_channels, kernel_size, groups = 1) {
  interpolating(in_channels, out_channels, kernel_size, groups, bilinear_taps)
}

#' Weights for bicubic upsampling
#'
#' Makes the weights with which [nn_conv_transpose2d()] interpolates by cubic polynomials between
#' the pixels of each channel. Bicubic interpolation is sharper than bilinear interpolation
#' ([nn_init_bilinear()]), and the usual standard that enlargements of pictures are compared with.
#'
#' @inheritParams nn_init_bilinear
#' @param kernel_size Height and width of the kernel in cells, one whole number or two. For
#'   upsampling by a factor `s`, use `4 * s - s %% 2`, with `stride = s` and
#'   `padding = (3 * s - s %% 2) / 2`.
#'
#' @section Formula:
#' Let \eqn{k} be the number of taps on an axis and
#' \eqn{s = \lceil k / 4 \rceil}{s = ceiling(k / 4)}. Tap
#' \eqn{u = 0, \ldots, k - 1}{u = 0, ..., k - 1} has the weight \eqn{c(t)} of the distance
#' \eqn{t = |u - (k - 1) / 2| / s}, with
#' \deqn{c(t) = 1.5 t^3 - 2.5 t^2 + 1}
#' for \eqn{t \le 1}{t <= 1}, \eqn{-0.5 t^3 + 2.5 t^2 - 4 t + 2} for \eqn{t < 2}, and 0 beyond. A
#' cell of the kernel has the product of its two taps' weights. With the kernel sizes above,
#' quadratic functions are interpolated exactly, except near the image's border.
#'
#' The same weights, divided by \eqn{s^2}, in [nn_conv2d()] make pictures smaller by \eqn{s}.
#' Outside of a picture, the transposed layer sees zeros, which darken the border; [nn_enlarge()]
#' with `net = NULL` repeats the border.
#'
#' @return A double array `(in_channels, out_channels / groups, kH, kW)` without unit, to
#'   assign to the `weight` of a layer.
#'
#' @section Errors:
#' Those of [nn_init_bilinear()].
#'
#' @references Keys (1981), *Cubic convolution interpolation for digital image processing*,
#'   \doi{10.1109/TASSP.1981.1163711}.
#'
#' @seealso [nn_enlarge()], which uses them for hues, and for whole pictures with `net = NULL`.
#'
#' @examples
#' weight <- nn_init_bicubic(1, 1, kernel_size = c(8, 1))
#' weight[1, 1, , 1] * 128
#' #> [1]  -3  -9  29 111 111  29  -9  -3
#'
#' # Twice the size
#' up <- nn_conv_transpose2d(1, 1, 8, stride = 2, padding = 3, bias = FALSE)
#' up$weight <- nn_init_bicubic(1, 1, 8)
#' parabola <- array(outer(1:9, 1:9, function(i, j) i * j - j^2), c(1, 9, 9))
#' up(parabola)[1, 8:9, 8:9] # at 4.25 and 4.75
#' #>       [,1]   [,2]
#' #> [1,] 0.000 -2.375
#' #> [2,] 2.125  0.000
#'
#' # Half the size, for a picture of three channels
#' picture <- array(rep(1:8, each = 3), c(3, 1, 8))
#' weight <- nn_init_bicubic(3, 3, c(1, 8), groups = 3) / 2
#' half <- nnf_conv2d(picture, weight, stride = c(1, 2), padding = c(0, 3), groups = 3,
#'                    padding_mode = "replicate")
#' half[1, , ]
#' #> [1] 1.507812 3.488281 5.511719 7.492188
#' @export
nn_init_bicubic <- function(in_channels, out_channels, kernel_size, groups = 1) {
  interpolating(in_channels, out_channels, kernel_size, groups, bicubic_taps)
}

# Weights that map each channel to itself, with kernels that are products of the taps on each axis.
interpolating <- function(in_channels, out_channels, kernel_size, groups, taps) {
  config <- conv_transpose2d_config(
    in_channels, out_channels, kernel_size,
    stride = 1, padding = 0, output_padding = 0, groups = groups, dilation = 1,
    padding_mode = "zeros", dtype = "float64"
  )
  if (config$in_channels != config$out_channels) {
    refuse(
      "out_channels",
      sprintf("equal to `in_channels` = %s", in_full(config$in_channels)),
      in_full(config$out_channels),
      because = "Interpolation maps every channel to itself."
    )
  }
  shape <- weight_shape(config)
  check_memory(16 * prod(shape), "kernel_size", weights_in_words(shape))
  weight <- array(0, shape)
  kernel <- outer(taps(shape[3L]), taps(shape[4L]))
  channel <- seq_len(shape[1L])
  within_group <- (channel - 1L) %% shape[2L] + 1L
  for (i in channel) {
    r_let_interrupt()
    weight[i, within_group[i], , ] <- kernel
  }
  weight
}

bilinear_taps <- function(taps) {
  1 - abs(seq_len(taps) - 1 - (taps - 1) / 2) / ceiling(taps / 2)
}

bicubic_taps <- function(taps) {
  t <- abs(seq_len(taps) - 1 - (taps - 1) / 2) / ceiling(taps / 4)
  ifelse(t <= 1, 1.5 * t^3 - 2.5 * t^2 + 1, ifelse(t < 2, -0.5 * t^3 + 2.5 * t^2 - 4 * t + 2, 0))
}
