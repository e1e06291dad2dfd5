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
#' Layers, activations and chains have the names, arguments and defaults of the
#' package torch: code that makes and calls them runs with arrays in the place of
#' tensors. Tensors, automatic differentiation and torch's optimizers are not there;
#' `vignette("coming-from-torch")` says what takes their place. Arrays are R arrays
#' `(N, C, H, W)`: images, channels, height, width. [as_nchw()] makes them of the
#' pictures of other packages.
#'
#' Start with `vignette("nnconv")`; `vignette("seeing")` shows in pictures what a
#' transposed convolution does, `vignette("shapes-and-padding")` explains sizes and
#' borders, `vignette("training")` how layers learn, `vignette("weights")` and
#' `vignette("coming-from-torch")` how parameters and code move over,
#' `vignette("many-machines")` large jobs, on threads or processes, and
#' `vignette("speed")` what a call costs. [nn_arithmetic()], `as.matrix()` and
#' [conv_explorer()] show a layer at work.
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

.onLoad <- function(libname, pkgname) { # nolint: object_name_linter.
  choose_simd_at_load()
  register_with_safetensors()
}
