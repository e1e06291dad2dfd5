# Defines the convolution as a layer.

#' Convolution layer
#'
#' Makes a convolution layer: a function that applies a two-dimensional convolution to an
#' array and holds its weights. As usual in deep learning, the operation is a
#' cross-correlation. Its adjoint is [nn_conv_transpose2d()].
#'
#' The arguments have the names, order and defaults of `torch::nn_conv2d()`; `dtype` and
#' `padding` by sides are additions. As in torch, the order of arguments differs between
#' the layers: here `dilation` precedes `groups`; in [nn_conv_transpose2d()] it follows
#' `groups` and `bias`.
#'
#' @inheritParams nn_conv_transpose2d
#' @param stride Distance, in cells of the input, between neighbouring positions of the
#'   kernel. At least 1.
#' @param padding Cells to add on each side of the input: one number, two,
#'   `c(height, width)`, or four, **`c(top, bottom, left, right)`** (a different order from
#'   [nnf_pad()]'s). Alternatively `"same"`, for a result of the input's size (only with
#'   `stride = 1`; an odd cell goes to the bottom and to the right), or `"valid"`, for no
#'   padding.
#' @param dilation Distance, in cells of the input, between neighbouring taps of the
#'   kernel. At least 1.
#' @param padding_mode Contents of the added cells: `"zeros"`, or copies of input cells by
#'   `"reflect"`, `"replicate"` or `"circular"`; see [nnf_pad()]. Lower case only.
#'
#' @section Formula:
#' Cells are counted from 0. If \eqn{x} is the padded input, each image gives
#' \deqn{y_{o,i,j} = b_o + \sum_{c,u,v} w_{o,c,u,v} \; x_{c,\; i s_H + u d_H,\; j s_W + v d_W}}{
#'   y[o, i, j] = b[o] + sum over c, u, v of w[o, c, u, v] * x[c, i*sH + u*dH, j*sW + v*dW]}
#' for all channels \eqn{o} and cells \eqn{i, j} of the result, where \eqn{c} runs over the
#' channels of the group and \eqn{u, v} over the taps. The result's height is
#' \deqn{H_{out} = \lfloor (H + 2 p_H - d_H (k_H - 1) - 1) / s_H \rfloor + 1}{
#'   H_out = floor((H + 2*pH - dH*(kH - 1) - 1) / sH) + 1}
#' and the width follows likewise. If `padding` has four sides, \eqn{2 p_H}{2*pH} is top
#' plus bottom.
#'
#' `"same"` with a stride is refused, as in PyTorch, because the padding would depend on
#' each input's size, so one layer would act as several. TensorFlow's `"SAME"`, for inputs
#' of height \eqn{H}, means padding by
#' \eqn{\max((\lceil H / s \rceil - 1) s + d (k - 1) + 1 - H,\; 0)}{max((ceiling(H / s) -
#' 1)*s + d*(k - 1) + 1 - H, 0)} cells on each axis, with the smaller half first. Express it
#' with `padding` on four sides.
#'
#' `NaN` and infinite values spread to exactly the cells that the formula takes them to,
#' even through weights of 0.
#'
#' @section Shapes:
#' | array | shape |
#' | --- | --- |
#' | input | `(N, C_in, H, W)`, or `(C_in, H, W)` without a batch |
#' | result | `(N, C_out, H_out, W_out)`, or `(C_out, H_out, W_out)` |
#' | weight | `(C_out, C_in / groups, kH, kW)` |
#' | bias | `C_out` |
#'
#' @section Initial values:
#' The weight and the bias are drawn uniformly from \eqn{(-b, b)} with
#' \eqn{b = \sqrt{groups / (C_{in} k_H k_W)}}{b = sqrt(groups / (C_in kH kW))}, by R's
#' generator, so [set.seed()] makes them reproducible.
#'
#' @return A function of class `nnconv_conv2d`; call it as `layer(input)` with a numeric or
#'   logical array. It returns a double array. [nnconv_module] describes the layer's
#'   members.
#'
#' @section Errors:
#' All errors are classed; see [nnconv_error]. Making a layer fails for numbers that are
#' fractional, `NA` or out of range; for channels that `groups` does not divide; for an
#' unknown `padding`, `padding_mode` or `dtype`; and for `"same"` with a stride.
#'
#' Calling a layer fails for an input of the wrong type, rank or number of channels, or
#' without cells; for an input that, with its padding, is smaller than the dilated kernel;
#' and for more padding than the `padding_mode` allows (reflect: less than the input's
#' size; circular: at most the input's size). A batch of no images is valid.
#'
#' @references
#' Dumoulin and Visin (2016), *A guide to convolution arithmetic for deep
#' learning*, <https://arxiv.org/abs/1603.07285>.
#'
#' Arguments and initial values: PyTorch's `Conv2d` (Paszke et al., 2019,
#' <https://arxiv.org/abs/1912.01703>).
#'
#' @seealso [nnf_conv2d()] for the same operation with weights as an argument,
#'   [nnconv_module] for saving, copying and changing layers, [nn_arithmetic()] for
#'   pictures of the operation.
#'
#' @examples
#' m <- nn_conv2d(16, 33, 3, stride = 2)
#' m2 <- nn_conv2d(16, 33, c(3, 5), stride = c(2, 1), padding = c(4, 2), dilation = c(3, 1))
#' input <- array(rnorm(20 * 16 * 50 * 100), c(20, 16, 50, 100))
#' dim(m(input))
#' #> [1] 20 33 24 49
#' dim(m2(input))
#' #> [1]  20  33  26 100
#'
#' # TensorFlow's "SAME" for a stride of 2 and images of 224 x 224
#' same <- nn_conv2d(3, 64, 7, stride = 2, padding = c(2, 3, 2, 3))
#' same$output_shape(c(1, 3, 224, 224))
#' #> [1]   1  64 112 112
#'
#' # An edge detector, applied to a terrain
#' edges <- nn_conv2d(1, 1, 3, padding = "same", padding_mode = "replicate", bias = FALSE)
#' edges$weight <- array(c(0, 1, 0, 1, -4, 1, 0, 1, 0), c(1, 1, 3, 3))
#' terrain <- array(volcano, c(1, dim(volcano)))
#' range(edges(terrain))
#' #> [1] -11  14
#' @export
nn_conv2d <- function(in_channels, out_channels, kernel_size, stride = 1, padding = 0,
                      dilation = 1, groups = 1, bias = TRUE, padding_mode = "zeros",
                      dtype = "float64") {
  config <- conv2d_config(
    in_channels, out_channels, kernel_size, stride, padding, dilation, groups, padding_mode,
    dtype
  )
  new_layer(config, check_flag(bias, "bias"))
}

define_kind(
  "conv2d", closure = function() conv2d_closure(), scale = function(config) 1 / config$stride,
  like = layer_kind
)
