# Defines the transposed convolution as a layer.

#' Transposed convolution layer
#'
#' Makes a layer: a function that applies a two-dimensional transposed
#' convolution (also called fractionally strided convolution or, wrongly,
#' deconvolution) to an array, and holds the weights that it uses. It is the
#' adjoint, or gradient, of [nn_conv2d()] with the same weights, and is what
#' decoders, U-Nets and generators enlarge images with.
#'
#' Names, order and defaults of the arguments up to `padding_mode` are those of
#' `torch::nn_conv_transpose2d()`; `dtype` and those after it are additions, and
#' so are `padding` by sides and by name. The adjoint of
#' `nn_conv2d(a, b, ...)` is `nn_conv_transpose2d(b, a, ...)`. Note that `groups`
#' stands before `bias` and `dilation` here, and after `dilation` in [nn_conv2d()].
#'
#' `padding` crops the result; it does not extend the input. `output_padding`
#' crops less at the bottom and on the right; it does not append zeros.
#'
#' @param in_channels,out_channels Number of channels of the input and of the
#'   result.
#' @param kernel_size Height and width of the kernel, in cells. Like the other
#'   arguments "in cells", one whole number for both axes or two,
#'   `c(height, width)`.
#' @param stride Distance, in cells of the result, between the places where
#'   neighbouring cells of the input put the kernel. At least 1.
#' @param padding Cells that are cropped from each side of the result: one number,
#'   two, `c(height, width)`, or four, **`c(top, bottom, left, right)`** (which is
#'   not the order of [nnf_pad()]). Or `"same"`, for a result of the input's size
#'   times `stride`, or `"valid"`, for no cropping; see below.
#' @param output_padding Cells by which the result is larger at the bottom and on
#'   the right. Smaller than `stride` or smaller than `dilation`, but see `extend`.
#' @param groups Number of groups that channels are split into; it divides both
#'   channel counts. A group of the result sees only its own group of the input.
#' @param bias Whether a number is added to every channel of the result.
#' @param dilation Distance, in cells of the result, between taps of the kernel.
#'   At least 1.
#' @param padding_mode What becomes of the cells that `padding` crops: `"zeros"`
#'   drops them, `"reflect"`, `"replicate"` and `"circular"` add them to the
#'   cells that [nn_conv2d()] would have taken them from. Like every word that is an
#'   argument, in lower case.
#' @param dtype Type of the arithmetic, `"float64"` or `"float32"`. Arrays are R
#'   doubles in both.
#' @param output_size Height and width of the result, where the call gives none;
#'   `NULL` for the size that follows from `output_padding`. Whether the layer can
#'   return that size depends on the input and is checked at the call.
#' @param extend Whether `output_padding` and `output_size` may exceed the limits
#'   that torch sets. The cells at the bottom and on the right that no copy of the
#'   kernel reaches hold the bias.
#'
#' @section Formula:
#' With cells counted from 0, for each image, starting from the bias, the layer
#' adds
#' \deqn{y_{o,\; i s_H + u d_H - p_H,\; j s_W + v d_W - p_W} \mathrel{+}=
#'   x_{c,i,j} \; w_{c,o,u,v}}{
#'   y[o, i*sH + u*dH - pH, j*sW + v*dW - pW] += x[c, i, j] * w[c, o, u, v]}
#' over all cells \eqn{i, j} and channels \eqn{c} of the input and all taps
#' \eqn{u, v}, wherever the cell of the result exists. Its size is
#' \deqn{H_{out} = (H - 1) s_H - 2 p_H + d_H (k_H - 1) + op_H + 1}{
#'   H_out = (H - 1)*sH - 2*pH + dH*(kH - 1) + opH + 1}
#' and the same for the width. With \eqn{P} the padding operator of the mode and
#' \eqn{A} the convolution without padding, [nn_conv2d()] is \eqn{A P} and this
#' layer \eqn{P^T A^T}{P' A'}; the bias is added last. With `padding` on four
#' sides, \eqn{p_H}{pH} in the first formula is that of the top, \eqn{p_W}{pW} that
#' of the left, and \eqn{2 p_H}{2*pH} in the second is top plus bottom.
#'
#' `NaN` and infinite values spread over the cells that the formula writes them
#' to and no further, also where a weight is 0.
#'
#' @section Padding by name:
#' `padding = "same"` makes the result `stride` times as high and wide as the
#' input. On each axis, \eqn{d (k - 1) + 1 - s}{d*(k - 1) + 1 - s} cells are cropped,
#' the smaller half of them at the top or left; where that is negative, so many
#' cells that hold the bias are added at the bottom or right. This is what
#' TensorFlow's `conv2d_transpose` does with `"SAME"`, the gradient of its
#' convolution of that name, and ONNX's `ConvTranspose` with `auto_pad` of
#' `"SAME_UPPER"` as it is described now (earlier descriptions, and ONNX Runtime
#' for some time, had the larger half first). As the size is fixed,
#' `output_padding` has to be 0, `extend` `FALSE`, and an `output_size` at the call
#' just that size. PyTorch has no `"same"` for this layer.
#'
#' @section Beyond torch's limits:
#' torch wants `output_padding` to be smaller than `stride` or `dilation`, and
#' `output_size` to be less than `stride` larger than the smallest result, so that
#' the layer leads back from what a convolution with the same arguments returns:
#' sizes that differ by a whole stride come from inputs that differ in size. With
#' `extend = TRUE` both may be as large as they like. The formulas are the same;
#' what they write nothing to holds the bias.
#'
#' @section Shapes:
#' | array | shape |
#' | --- | --- |
#' | input | `(N, C_in, H, W)`, or `(C_in, H, W)` without a batch |
#' | result | `(N, C_out, H_out, W_out)`, or `(C_out, H_out, W_out)` |
#' | weight | `(C_in, C_out / groups, kH, kW)` |
#' | bias | `C_out` |
#'
#' @section Initial values:
#' Weight and bias are drawn uniformly from \eqn{(-b, b)} with
#' \eqn{b = \sqrt{groups / (C_{out} k_H k_W)}}{b = sqrt(groups / (C_out kH kW))},
#' by R's generator, so that [set.seed()] reproduces them.
#'
#' @return A function of class `nnconv_conv_transpose2d`, to be called as
#'   `layer(input, output_size = NULL)`. `input` is a numeric or logical array;
#'   `output_size` is the height and width of the result, or its whole shape, of
#'   which the last two count. It overrides `output_padding` and the layer's own
#'   `output_size`, may be up to `stride - 1` larger than the smallest possible
#'   result (with `extend`, as large as you like), and makes the layer invert the
#'   size of a convolution: `up(down(x), output_size = dim(x))`. The call returns a
#'   double array. [nnconv_module] says what else a layer can do.
#'
#' @section Errors:
#' All are classed; see [nnconv_error]. When the layer is made: numbers that are
#' not whole, are `NA`, or are out of range; channels that `groups` does not
#' divide; an `output_padding` that is smaller than neither `stride` nor
#' `dilation`, without `extend`; an `output_padding` where `padding = "same"` or
#' `output_size` determine the size; an unknown `padding`, `padding_mode` or
#' `dtype`. When it is called: an input
#' of another type, rank or channel count, or without cells; a result without
#' cells; an `output_size` that the layer cannot return (the message gives the
#' range); more cropping than the `padding_mode` allows (reflect: less than the
#' size of the result, circular: at most the size). A batch of no images is fine.
#'
#' @references
#' Dumoulin and Visin (2016), *A guide to convolution arithmetic for deep
#' learning*, <https://arxiv.org/abs/1603.07285>.
#'
#' Zeiler, Krishnan, Taylor and Fergus (2010), *Deconvolutional networks*,
#' \doi{10.1109/CVPR.2010.5539957}.
#'
#' Arguments and initial values: PyTorch's `ConvTranspose2d` (Paszke et al.,
#' 2019, <https://arxiv.org/abs/1912.01703>). Padding by name: TensorFlow's
#' `tf.nn.conv2d_transpose`, and `ConvTranspose` of the ONNX operators.
#'
#' @seealso [nnf_conv_transpose2d()] for the same as a function of its weights,
#'   [nn_init_bilinear()] for weights that interpolate, [nnconv_module] for
#'   saving, copying and changing layers, [nn_arithmetic()] for pictures of what it
#'   does, `vignette("nnconv")`, `vignette("seeing")`, `vignette("coming-from-torch")`.
#'
#' @examples
#' # With square kernels and equal stride
#' m <- nn_conv_transpose2d(16, 33, 3, stride = 2)
#' # With other kernels, unequal stride, and padding
#' m2 <- nn_conv_transpose2d(16, 33, c(3, 5), stride = c(2, 1), padding = c(4, 2))
#' input <- array(rnorm(20 * 16 * 50 * 100), c(20, 16, 50, 100))
#' dim(m(input))
#' #> [1]  20  33 101 201
#' dim(m2(input))
#' #> [1]  20  33  93 100
#'
#' # The exact size can also be given at the call
#' input <- array(rnorm(16 * 12 * 12), c(1, 16, 12, 12))
#' downsample <- nn_conv2d(16, 16, 3, stride = 2, padding = 1)
#' upsample <- nn_conv_transpose2d(16, 16, 3, stride = 2, padding = 1)
#' h <- downsample(input)
#' dim(h)
#' #> [1]  1 16  6  6
#' dim(upsample(h, output_size = dim(input)))
#' #> [1]  1 16 12 12
#'
#' # Sizes by name and by sides
#' x <- array(1, c(1, 5, 6))
#' nn_conv_transpose2d(1, 1, 5, stride = 3, padding = "same")$output_shape(dim(x))
#' #> [1]  1 15 18
#' nnf_conv_transpose2d(x, array(1, c(1, 1, 2, 2)), padding = c(0, 3, 0, 0))[1, , ]
#' #>      [,1] [,2] [,3] [,4] [,5] [,6] [,7]
#' #> [1,]    1    2    2    2    2    2    1
#' #> [2,]    2    4    4    4    4    4    2
#' #> [3,]    2    4    4    4    4    4    2
#' # A size for every input that allows it, also in a chain
#' twelve <- nn_conv_transpose2d(1, 1, 3, stride = 2, output_size = 12)
#' twelve$output_shape(c(1, 5, 5))
#' #> [1]  1 12 12
#'
#' # What it does: one cell of the input puts one kernel on the result
#' m <- nn_conv_transpose2d(1, 1, 3, stride = 2, bias = FALSE)
#' m$weight <- array(1:9, c(1, 1, 3, 3))
#' m(array(c(1, 0, 0, 10), c(1, 2, 2)))[1, , ]
#' #>      [,1] [,2] [,3] [,4] [,5]
#' #> [1,]    1    4    7    0    0
#' #> [2,]    2    5    8    0    0
#' #> [3,]    3    6   19   40   70
#' #> [4,]    0    0   20   50   80
#' #> [5,]    0    0   30   60   90
#' @export
nn_conv_transpose2d <- function(in_channels, out_channels, kernel_size, stride = 1, padding = 0,
                                output_padding = 0, groups = 1, bias = TRUE, dilation = 1,
                                padding_mode = "zeros", dtype = "float64", output_size = NULL,
                                extend = FALSE) {
  config <- conv_transpose2d_config(
    in_channels, out_channels, kernel_size, stride, padding, output_padding, groups, dilation,
    padding_mode, dtype, output_size, extend
  )
  new_layer(config, check_flag(bias, "bias"))
}
