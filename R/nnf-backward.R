# Gradients: the partial derivatives of <grad_output, result>, for both layers.
#
# By the trilinear form of src/convolution/convolution.h, the input's gradient is the other layer
# without its bias. src/convolution/weight_gradient.h computes the weights' gradient. The bias's
# gradient is a sum per channel.

#' Gradients of convolution and transposed convolution
#'
#' Compute the gradients of `sum(result * grad_output)` with respect to the input, the
#' weights and the bias, as gradient-based training needs them. `result` is the value of
#' [nnf_conv_transpose2d()] or [nnf_conv2d()] with the same arguments. Layers and chains
#' have a member `backward()` for the same purpose; see [nnconv_module].
#'
#' @param grad_output Gradient with respect to the result, an array of the result's shape.
#'   For the transposed convolution, its height and width can be any that `output_size`
#'   and `extend` allow in [nnf_conv_transpose2d()].
#' @param input Input of the forward pass, `(N, C_in, H, W)` or `(C_in, H, W)`.
#' @param weight Weights, an array of the shape that the forward function takes.
#' @param bias Bias of the forward pass, or `NULL`. Its gradient is computed unless `bias`
#'   is `NULL`; its values do not matter.
#' @param stride,padding,output_padding,groups,dilation,padding_mode,dtype,extend The
#'   arguments of the forward pass; see [nnf_conv_transpose2d()] and [nnf_conv2d()].
#' @param wanted Gradients to compute, some of `"input"`, `"weight"` and `"bias"`. Others
#'   take no time.
#'
#' @section Formula:
#' Both layers derive from one trilinear form,
#' \deqn{B(x, w, y) = \sum y_{o,i,j} \; w_{o,c,u,v} \;
#'   x_{c,\; i s_H + u d_H - p_H,\; j s_W + v d_W - p_W}}{
#'   B(x, w, y) = sum of y[o, i, j] * w[o, c, u, v] * x[c, i*sH + u*dH - pH, j*sW + v*dW - pW]}
#' over all images, channels \eqn{o, c} of a group, taps \eqn{u, v} and cells \eqn{i, j},
#' where the `padding_mode` extends \eqn{x}. The convolution is
#' \eqn{\partial B / \partial y}{dB/dy} and the transposed convolution is
#' \eqn{\partial B / \partial x}{dB/dx}. So the input gradient of either is the other one,
#' with the same weights and no bias. The weight gradient of both is
#' \eqn{\partial B / \partial w}{dB/dw}. For the convolution, \eqn{x} is the input and
#' \eqn{y} is `grad_output`; for the transposed convolution, \eqn{x} is `grad_output` and
#' \eqn{y} is the input. The bias gradient is the sum of `grad_output` over images and cells
#' for each channel, in double precision with either `dtype`.
#'
#' `NaN` and infinite values spread to exactly those gradients whose formula contains them.
#'
#' @section Shapes:
#' Each gradient has the shape of the array that it belongs to. Its unit is the unit of
#' `sum(result * grad_output)` divided by the unit of that array.
#'
#' @return A list with those of the entries `input`, `weight` and `bias` that are wanted.
#'   Without a bias, there is no entry `bias`.
#'
#' @section Errors:
#' Signals a classed [nnconv_error] that names the argument: for a `grad_output` that does
#' not have the result's shape (the message gives it), for unknown names in `wanted`, and
#' for everything that the forward functions refuse.
#'
#' @references Dumoulin and Visin (2016), *A guide to convolution arithmetic for
#'   deep learning*, section 4, <https://arxiv.org/abs/1603.07285>.
#'
#' @seealso [nn_sequential()] for chains of layers, [nn_optim_adam()] and
#'   [nn_parameters_vector()] for training.
#'
#' @examples
#' x <- array(c(1, 10), c(1, 1, 2))
#' w <- array(1:4, c(1, 1, 2, 2))
#' y <- nnf_conv_transpose2d(x, w, stride = 2)
#' y[1, , ]
#' #>      [,1] [,2] [,3] [,4]
#' #> [1,]    1    3   10   30
#' #> [2,]    2    4   20   40
#'
#' # The gradients of sum(y) with respect to input, weights and bias
#' g <- nnf_conv_transpose2d_backward(array(1, dim(y)), x, w, bias = 0, stride = 2)
#' g$input[1, , ]
#' #> [1] 10 10
#' g$weight[1, 1, , ]
#' #>      [,1] [,2]
#' #> [1,]   11   11
#' #> [2,]   11   11
#' g$bias
#' #> [1] 8
#'
#' # The input gradient of a convolution is the transposed convolution
#' set.seed(1)
#' x <- array(rnorm(3 * 9 * 9), c(3, 9, 9))
#' w <- array(rnorm(4 * 3 * 9), c(4, 3, 3, 3))
#' y <- nnf_conv2d(x, w, stride = 2, padding = 1)
#' g <- nnf_conv2d_backward(y, x, w, stride = 2, padding = 1, wanted = "input")
#' all.equal(g$input, nnf_conv_transpose2d(y, w, stride = 2, padding = 1))
#' #> [1] TRUE
#' @export
nnf_conv_transpose2d_backward <- function(grad_output, input, weight, bias = NULL, stride = 1,
                                          padding = 0, output_padding = 0, groups = 1,
                                          dilation = 1, padding_mode = "zeros",
                                          dtype = "float64",
                                          wanted = c("input", "weight", "bias"),
                                          extend = FALSE) {
  layer <- conv_transpose2d_form(
    weight, bias, stride, padding, output_padding, groups, dilation, padding_mode, dtype, extend
  )
  run_backward(grad_output, input, layer, wanted)
}

#' @rdname nnf_conv_transpose2d_backward
#' @export
nnf_conv2d_backward <- function(grad_output, input, weight, bias = NULL, stride = 1, padding = 0,
                                dilation = 1, groups = 1, padding_mode = "zeros",
                                dtype = "float64", wanted = c("input", "weight", "bias")) {
  layer <- conv2d_form(weight, bias, stride, padding, dilation, groups, padding_mode, dtype)
  run_backward(grad_output, input, layer, wanted)
}
