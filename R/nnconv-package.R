#' nnconv: transposed and ordinary convolution on plain arrays
#'
#' The package provides two-dimensional transposed and ordinary convolution layers for
#' neural networks. [nn_conv_transpose2d()] and [nn_conv2d()] make layers, and
#' [nnconv_module] describes their members. [nnf_conv_transpose2d()], [nnf_conv2d()] and
#' [nnf_pad()] are the same operations as functions. [nn_init_bilinear()] makes weights
#' that interpolate. [nnconv_error] describes the errors.
#'
#' [nn_sequential()] combines layers and activations ([nn_relu()]) into chains, which
#' [nn_fit()] trains with a loss ([nn_mse_loss()]) and an optimizer ([nn_optim_adam()]).
#' Layers and chains compute the gradients of their inputs and parameters;
#' [nn_parameters_vector()] turns these into vectors for [stats::optim()].
#'
#' Layers, activations and chains have the names, arguments and defaults of the package
#' torch, so code that makes and calls them also runs with arrays in place of tensors. The
#' package has no tensors and no automatic differentiation;
#' `vignette("coming-from-torch")` shows the replacements. Arrays are R arrays
#' `(N, C, H, W)`: images, channels, height, width. [as_nchw()] makes them from other
#' packages' pictures.
#'
#' Start with `vignette("nnconv")`. The other vignettes:
#'
#' * `vignette("seeing")` shows in pictures how a transposed convolution works.
#' * `vignette("shapes-and-padding")` explains sizes and borders.
#' * `vignette("training")` trains layers and networks, `vignette("unet")` a U-Net, and
#'   `vignette("gan")` two networks against each other.
#' * `vignette("weights")` and `vignette("coming-from-torch")` move parameters and code to
#'   this package.
#' * `vignette("many-machines")` runs large jobs on threads or processes.
#' * `vignette("speed")` tells how long a call takes.
#'
#' [nn_enlarge()] enlarges pictures with a trained network that comes with the package.
#' [nn_arithmetic()], `as.matrix()` and [conv_explorer()] show a layer at work, and
#' [`plot()`][plot.nnconv_module] draws a network as a diagram.
#'
#' @section Formula:
#' Let \eqn{A} be the convolution with given weights. Then [nn_conv2d()] computes
#' \eqn{A x} and [nn_conv_transpose2d()] computes \eqn{A^T y}{A' y}, so that
#' \eqn{\langle A x, y \rangle = \langle x, A^T y \rangle}{<A x, y> = <x, A' y>}.
#'
#' @section Shapes and errors:
#' Each function's page describes its shapes and errors. Every error has the class
#' [nnconv_error].
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
  r_set_thread_count(default_threads())
  register_with_safetensors()
}

# The library stays, for layers that outlive the package.
.onUnload <- function(libpath) { # nolint: object_name_linter.
  r_end_threads()
  r_forget_weights()
}
