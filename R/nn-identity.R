# Identity: the module that changes nothing.

#' Identity
#'
#' Makes a module that returns its input as it is. It takes the place of a module that a network
#' can do without, such as the normalization of a first layer, so that the names of the other
#' modules stay.
#'
#' @section Formula:
#' \eqn{y = x}{y = x}. The input's gradient is `grad_output`.
#'
#' @section Shapes:
#' The input is a numeric or logical array of any shape and unit. The result is a double array of
#' the same shape and unit.
#'
#' @return A function of class `nnconv_identity`; call it with an array. It has the members of
#'   [nnconv_module] that make sense without parameters.
#'
#' @section Errors:
#' Signals a classed [nnconv_error] if the input is not numeric, and in `backward()` if
#' `grad_output` does not have its shape.
#'
#' @references PyTorch's `Identity` (Paszke et al., 2019, <https://arxiv.org/abs/1912.01703>).
#'
#' @seealso [nn_sequential()] for chains, [nn_relu()] for activations.
#'
#' @examples
#' net <- nn_sequential(conv = nn_conv2d(1, 2, 3), norm = nn_identity(), act = nn_relu())
#' x <- array(1:16, c(1, 4, 4))
#' identical(net(x), pmax(net$conv(x), 0))
#' #> [1] TRUE
#' nn_identity()(1:3)
#' #> [1] 1 2 3
#' @export
nn_identity <- function() new_module(list(layer = "identity"))

define_kind(
  "identity",
  forward = function(input, state, size) {
    x <- check_numeric(input, "input")
    check_elementwise_memory(x)
    x
  },
  backward = function(grad_output, input, state, wanted, output, saved) {
    list(input = check_result_gradient(grad_output, extents_of(input)))
  },
  matrix = function(state, shape, result, sparse) identity_matrix(prod(shape), sparse)
)
