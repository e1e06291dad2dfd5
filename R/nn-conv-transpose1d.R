# Defines the transposed convolution of one axis as a layer.

#' Transposed convolution layer of one axis
#'
#' Makes a transposed convolution layer for sequences, which decoders and generators of sound use to
#' lengthen them. It is [nn_conv_transpose2d()] on images of height 1, with the same algorithms, and
#' has its members and gradients. It is the adjoint of [nn_conv1d()].
#'
#' The arguments up to `padding_mode` have the names, order and defaults of
#' `torch::nn_conv_transpose1d()`; the further ones are those of [nn_conv_transpose2d()].
#'
#' @inheritParams nn_conv1d
#' @param stride Distance, in cells of the result, between the copies of the kernel that
#'   neighbouring input cells write. At least 1.
#' @param padding Cells to crop from both sides of the result: one number, or two,
#'   `c(left, right)`; or `"same"`, for a result `stride` times as long as the input, or `"valid"`.
#' @param output_padding Cells by which the result grows on the right.
#' @param dilation Distance, in cells of the result, between neighbouring taps of the kernel.
#' @param padding_mode Treatment of the cells that `padding` crops, as in [nn_conv_transpose2d()].
#' @param output_size Length of the result for calls that give none; `NULL` for the length that
#'   follows from `output_padding`.
#' @param extend `TRUE` to let `output_padding` and `output_size` exceed torch's limits.
#'
#' @section Formula:
#' Cells are counted from 0. For each sequence, the layer starts from the bias and adds
#' \deqn{y_{o,\; i s + u d - p} \mathrel{+}= x_{c,i} \; w_{c,o,u}}{
#'   y[o, i*s + u*d - p] += x[c, i] * w[c, o, u]}
#' The result's length is \eqn{(L - 1) s - 2 p + d (k - 1) + op + 1}{(L - 1)*s - 2*p + d*(k - 1) +
#' op + 1}.
#'
#' @section Shapes:
#' | array | shape |
#' | --- | --- |
#' | input | `(N, C_in, L)`, or `(C_in, L)` without a batch |
#' | result | `(N, C_out, L_out)`, or `(C_out, L_out)` |
#' | weight | `(C_in, C_out / groups, k)` |
#' | bias | `C_out` |
#'
#' @return A function of class `nnconv_conv_transpose1d`; call it as
#'   `layer(input, output_size = NULL)`. `output_size` is the length of the result, or its whole
#'   shape. It returns a double array.
#'
#' @section Errors:
#' All errors are classed, as those of [nn_conv_transpose2d()]; see [nnconv_error]. Messages on
#' sizes tell them as height, which is 1, and width.
#'
#' @references Dumoulin and Visin (2016), *A guide to convolution arithmetic for deep learning*,
#'   <https://arxiv.org/abs/1603.07285>. Arguments and initial values: PyTorch's `ConvTranspose1d`
#'   (Paszke et al., 2019, <https://arxiv.org/abs/1912.01703>).
#'
#' @seealso [nn_conv1d()], its adjoint, and [nn_sequential()] for chains.
#'
#' @examples
#' m <- nn_conv_transpose1d(1, 1, 3, stride = 2, bias = FALSE)
#' m$weight <- array(c(1, 2, 3), c(1, 1, 3))
#' m(matrix(c(1, 10), 1))
#' #>      [,1] [,2] [,3] [,4] [,5]
#' #> [1,]    1    2   13   20   30
#' dim(m(matrix(c(1, 10), 1), output_size = 6))
#' #> [1] 1 6
#' @export
nn_conv_transpose1d <- function(in_channels, out_channels, kernel_size, stride = 1, padding = 0,
                                output_padding = 0, groups = 1, bias = TRUE, dilation = 1,
                                padding_mode = "zeros", dtype = "float64", output_size = NULL,
                                extend = FALSE) {
  own <- list(
    kernel_size = check_cells_1d(kernel_size, "kernel_size", 1),
    stride = check_cells_1d(stride, "stride", 1), padding = check_padding_1d(padding),
    output_padding = check_cells_1d(output_padding, "output_padding", 0),
    dilation = check_cells_1d(dilation, "dilation", 1)
  )
  if (!is.null(output_size)) output_size <- check_cells_1d(output_size, "output_size", 1)
  image <- conv_transpose2d_config(
    in_channels, out_channels, c(1, own$kernel_size), c(1, own$stride), own$padding$image,
    c(0, own$output_padding), groups, c(1, own$dilation), padding_mode, dtype,
    if (!is.null(output_size)) c(1, output_size), extend
  )
  own$padding <- own$padding$own
  own["output_size"] <- list(output_size)
  new_layer1d(config_1d("conv_transpose1d", image, own), check_flag(bias, "bias"))
}

define_kind("conv_transpose1d", closure = function() sized_closure(), takes_size = TRUE,
            like = layer1d_kind)
