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
      because = "Bilinear upsampling maps every channel to itself."
    )
  }
  shape <- weight_shape(config)
  check_memory(16 * prod(shape), "kernel_size", weights_in_words(shape))
  weight <- array(0, shape)
  kernel <- outer(bilinear_taps(shape[3L]), bilinear_taps(shape[4L]))
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
