# Defines the convolution of one axis as a layer.

#' Convolution layer of one axis
#'
#' Makes a convolution layer for sequences, such as time series, sound or spectra. It is
#' [nn_conv2d()] on images of height 1, with the same algorithms, and has its members and gradients.
#'
#' The arguments have the names, order and defaults of `torch::nn_conv1d()`.
#'
#' @param in_channels,out_channels Number of channels of the input and of the result, whole
#'   numbers of at least 1.
#' @param kernel_size Length of the kernel in cells, a whole number of at least 1.
#' @param stride Distance, in cells of the input, between neighbouring positions of the kernel. At
#'   least 1.
#' @param padding Cells to add on both sides: one number, or two, `c(left, right)`; or `"same"`, for
#'   a result of the input's length (only with `stride = 1`), or `"valid"`, for no padding.
#' @param dilation Distance, in cells of the input, between neighbouring taps of the kernel.
#' @param groups Number of groups into which the channels are split; it must divide both channel
#'   counts.
#' @param bias `TRUE` to add a learned number to each channel of the result.
#' @param padding_mode Contents of the added cells: `"zeros"`, `"reflect"`, `"replicate"` or
#'   `"circular"`.
#' @param dtype Type of the arithmetic, `"float64"` or `"float32"`.
#'
#' @section Formula:
#' Cells are counted from 0. If \eqn{x} is the padded input, each sequence gives
#' \deqn{y_{o,i} = b_o + \sum_{c,u} w_{o,c,u} \; x_{c,\; i s + u d}}{
#'   y[o, i] = b[o] + sum over c, u of w[o, c, u] * x[c, i*s + u*d]}
#' The result's length is \eqn{\lfloor (L + 2 p - d (k - 1) - 1) / s \rfloor + 1}{
#' floor((L + 2*p - d*(k - 1) - 1) / s) + 1}.
#'
#' @section Shapes:
#' | array | shape |
#' | --- | --- |
#' | input | `(N, C_in, L)`, or `(C_in, L)` without a batch |
#' | result | `(N, C_out, L_out)`, or `(C_out, L_out)` |
#' | weight | `(C_out, C_in / groups, k)` |
#' | bias | `C_out` |
#'
#' Initial values are drawn as in [nn_conv2d()], with \eqn{k_H = 1}{kH = 1}.
#'
#' @return A function of class `nnconv_conv1d`; call it as `layer(input)` with a numeric or logical
#'   array. It returns a double array.
#'
#' @section Errors:
#' All errors are classed, as those of [nn_conv2d()]; see [nnconv_error]. Messages on sizes tell
#' them as height, which is 1, and width.
#'
#' @references Dumoulin and Visin (2016), *A guide to convolution arithmetic for deep learning*,
#'   <https://arxiv.org/abs/1603.07285>. Arguments and initial values: PyTorch's `Conv1d` (Paszke et
#'   al., 2019, <https://arxiv.org/abs/1912.01703>).
#'
#' @seealso [nn_conv_transpose1d()], its adjoint, and [nn_sequential()] for chains.
#'
#' @examples
#' # The moving average of three months
#' m <- nn_conv1d(1, 1, 3, padding = 1, padding_mode = "replicate", bias = FALSE)
#' m$weight <- array(1 / 3, c(1, 1, 3))
#' m(matrix(c(3, 6, 0, 9), 1))
#' #>      [,1] [,2] [,3] [,4]
#' #> [1,]    4    3    5    6
#'
#' # A chain for batches of sequences
#' up <- nn_conv_transpose1d(8, 2, 5, stride = 2)
#' net <- nn_sequential(nn_conv1d(2, 8, 5, stride = 2), nn_relu(), up)
#' net$output_shape(c(10, 2, 101))
#' #> [1]  10   2 101
#' @export
nn_conv1d <- function(in_channels, out_channels, kernel_size, stride = 1, padding = 0,
                      dilation = 1, groups = 1, bias = TRUE, padding_mode = "zeros",
                      dtype = "float64") {
  own <- list(
    kernel_size = check_cells_1d(kernel_size, "kernel_size", 1),
    stride = check_cells_1d(stride, "stride", 1), padding = check_padding_1d(padding),
    dilation = check_cells_1d(dilation, "dilation", 1)
  )
  image <- conv2d_config(
    in_channels, out_channels, c(1, own$kernel_size), c(1, own$stride), own$padding$image,
    c(1, own$dilation), groups, padding_mode, dtype
  )
  own$padding <- own$padding$own
  new_layer1d(config_1d("conv1d", image, own), check_flag(bias, "bias"))
}

define_kind("conv1d", like = layer1d_kind)
