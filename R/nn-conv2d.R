# Defines the convolution as a layer.

#' Convolution layer
#'
#' Makes a layer: a function that applies a two-dimensional convolution (a
#' cross-correlation, as everywhere in the field) to an array, and holds the
#' weights that it uses. [nn_conv_transpose2d()] is its adjoint.
#'
#' Names, order and defaults of the arguments are those of `torch::nn_conv2d()`;
#' `dtype` and `padding` by sides are additions. Note that `dilation` stands before
#' `groups` here, and after `groups` and `bias` in [nn_conv_transpose2d()].
#'
#' @inheritParams nn_conv_transpose2d
#' @param stride Distance, in cells of the input, between neighbouring places of
#'   the kernel. At least 1.
#' @param padding Cells by which the input is extended on each side: one number,
#'   two, `c(height, width)`, or four, **`c(top, bottom, left, right)`** (which is
#'   not the order of [nnf_pad()]). Or `"same"`, for a result of the input's size
#'   (with `stride = 1`; where the number of cells is odd, one more goes to the
#'   bottom and to the right), or `"valid"`, for none.
#' @param dilation Distance, in cells of the input, between taps of the kernel.
#'   At least 1.
#' @param padding_mode What the new cells show: `"zeros"`, or the cells of the
#'   input by `"reflect"`, `"replicate"` or `"circular"`; see [nnf_pad()].
#'
#' @section Formula:
#' With cells counted from 0 and \eqn{x} the padded input, each image gives
#' \deqn{y_{o,i,j} = b_o + \sum_{c,u,v} w_{o,c,u,v} \; x_{c,\; i s_H + u d_H,\; j s_W + v d_W}}{
#'   y[o, i, j] = b[o] + sum over c, u, v of w[o, c, u, v] * x[c, i*sH + u*dH, j*sW + v*dW]}
#' for all channels \eqn{o} and cells \eqn{i, j} of the result, with \eqn{c} over
#' the channels of the group and \eqn{u, v} over the taps. Its size is
#' \deqn{H_{out} = \lfloor (H + 2 p_H - d_H (k_H - 1) - 1) / s_H \rfloor + 1}{
#'   H_out = floor((H + 2*pH - dH*(kH - 1) - 1) / sH) + 1}
#' and the same for the width; with `padding` on four sides, \eqn{2 p_H}{2*pH} is
#' top plus bottom.
#'
#' `"same"` is refused with a stride, as in PyTorch: the padding would depend on the
#' size of each input, and one layer would be several. TensorFlow's `"SAME"`, for
#' inputs of one size \eqn{H}, is the padding of
#' \eqn{\max((\lceil H / s \rceil - 1) s + d (k - 1) + 1 - H,\; 0)}{
#' max((ceiling(H / s) - 1)*s + d*(k - 1) + 1 - H, 0)} cells on each axis, of which
#' the smaller half comes first; four sides can say so.
#'
#' `NaN` and infinite values spread over the cells that the formula takes them
#' to and no further, also where a weight is 0.
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
#' Weight and bias are drawn uniformly from \eqn{(-b, b)} with
#' \eqn{b = \sqrt{groups / (C_{in} k_H k_W)}}{b = sqrt(groups / (C_in kH kW))},
#' by R's generator, so that [set.seed()] reproduces them.
#'
#' @return A function of class `nnconv_conv2d`, to be called as `layer(input)`
#'   with a numeric or logical array. The call returns a double array.
#'   [nnconv_module] says what else a layer can do.
#'
#' @section Errors:
#' All are classed; see [nnconv_error]. When the layer is made: numbers that are
#' not whole, are `NA`, or are out of range; channels that `groups` does not
#' divide; an unknown `padding`, `padding_mode` or `dtype`; `"same"` with a
#' stride. When it is called: an input of another type, rank or channel count, or
#' without cells; one that is smaller, with its padding, than the dilated kernel;
#' more padding than the `padding_mode` allows (reflect: less than the size of
#' the input, circular: at most the size). A batch of no images is fine.
#'
#' @references
#' Dumoulin and Visin (2016), *A guide to convolution arithmetic for deep
#' learning*, <https://arxiv.org/abs/1603.07285>.
#'
#' Arguments and initial values: PyTorch's `Conv2d` (Paszke et al., 2019,
#' <https://arxiv.org/abs/1912.01703>).
#'
#' @seealso [nnf_conv2d()] for the same as a function of its weights,
#'   [nnconv_module] for saving, copying and changing layers, [nn_arithmetic()] for
#'   pictures of what it does.
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
#' # An edge detector on a real terrain
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
