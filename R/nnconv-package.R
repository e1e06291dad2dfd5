#' nnconv: transposed and ordinary convolution on plain arrays
#'
#' Layers are made by [nn_conv_transpose2d()] and [nn_conv2d()]; [nnconv_module]
#' says what they can do. [nnf_conv_transpose2d()], [nnf_conv2d()] and [nnf_pad()]
#' are the same as functions, [nn_init_bilinear()] makes weights that
#' interpolate, and [nnconv_error] describes the errors.
#'
#' Layers and activations ([nn_relu()]) make chains by [nn_sequential()]. They give
#' the gradients of their inputs and parameters, which [nn_parameters_vector()]
#' hands to [stats::optim()] or [nn_optim_adam()].
#'
#' [as_nchw()] takes pictures of other packages in, and
#' [predict()][predict.nnconv_module] takes those that are too many or too large
#' for one call in batches and tiles.
#'
#' Names, arguments and defaults are those of the package torch, so that code
#' moves over by replacing tensors by arrays. Arrays are column-major R arrays
#' `(N, C, H, W)`: images, channels, height, width.
#'
#' Start with `vignette("nnconv")`; `vignette("shapes-and-padding")` explains
#' sizes and borders, `vignette("training")` how layers learn,
#' `vignette("many-machines")` how large jobs are cut and shared out.
#'
#' @section Formula:
#' With \eqn{A} the convolution by given weights, \eqn{A x} is [nn_conv2d()] and
#' \eqn{A^T y}{A' y} is [nn_conv_transpose2d()], so that
#' \eqn{\langle A x, y \rangle = \langle x, A^T y \rangle}{<A x, y> = <x, A' y>}.
#'
#' @section Shapes and errors:
#' See the functions; every error has the class [nnconv_error].
#'
#' @references Dumoulin and Visin (2016), *A guide to convolution arithmetic for
#'   deep learning*, <https://arxiv.org/abs/1603.07285>.
#'
#' @examples
#' up <- nn_conv_transpose2d(1, 1, kernel_size = 4, stride = 2, padding = 1)
#' terrain <- array(volcano, c(1, dim(volcano)))
#' dim(terrain)
#' #> [1]  1 87 61
#' dim(up(terrain))
#' #> [1]   1 174 122
#' @keywords internal
#' @useDynLib nnconv, .registration = TRUE
#' @importFrom Rcpp evalCpp
"_PACKAGE"
