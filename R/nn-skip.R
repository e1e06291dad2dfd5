# Skip: a chain of modules whose result is joined with its own input.

#' Skip connection
#'
#' Makes a module that applies a chain of modules, its branch, and joins the result with its own
#' input: by concatenation of the channels, as in U-Nets, or by a sum, as in residual blocks. Skips
#' and chains nest, so that whole networks of this kind are one module.
#'
#' @param x A skip.
#' @param ... Layers, activations, chains and skips, in the order of application, named as in
#'   [nn_sequential()]. No layer may occur twice.
#' @param join `"concat"` for the channels of the input followed by those of the branch's result,
#'   or `"add"` for their sum.
#'
#' @section Formula:
#' If \eqn{f}{f} is the branch, the result is the array \eqn{(x, f(x))}{(x, f(x))} along the
#' channels, or \eqn{x + f(x)}{x + f(x)}. The input's gradient is the sum of the gradients along
#' both ways.
#'
#' @section Sizes:
#' The input and the branch's result must have the same height and width and, for `"add"`, the same
#' channels. If the last module of the branch that can change the size is a transposed layer, it is
#' asked for the size of the input, by its `output_size`. A U-Net can thus take images of any size:
#' where a convolution with stride 2 halves 25 cells to 13, the transposed layer returns 25, not 26.
#' A layer's own `output_size` is then not used. Modules that are themselves skips, activations and
#' convolutions that keep the size may follow the transposed layer. [nn_upsample()] returns whole
#' multiples of its input, so that a skip around it needs sizes that the branch divides evenly.
#'
#' @section Shapes:
#' The input is an array `(N, C, H, W)` or `(C, H, W)`, the result has the shape `(N, C + C_f, H,
#' W)` or `(N, C, H, W)`, where `C_f` are the branch's channels. `"add"` also takes arrays of other
#' ranks if the branch does. The unit of the branch's result should be that of the input.
#'
#' @section Members:
#' A skip has the members of chains that [nn_sequential()] lists, with the same paths and names of
#' parameters (`"3.0.weight"`), and `join`. `print()` and `summary()` list it after its modules.
#'
#' @return A function of class `nnconv_skip`; call it as `skip(input)`. It returns a double array.
#'
#' @section Errors:
#' Signals a classed [nnconv_error] if an argument is not a module, a name is invalid, a layer
#' occurs twice, or channels do not match, also for the channels of a sum. When it runs, an input
#' whose size the branch cannot return is refused; the message begins with the name of the skip or
#' of the transposed layer and tells both shapes or sizes.
#'
#' @references Ronneberger, Fischer and Brox (2015), *U-Net: convolutional networks for biomedical
#'   image segmentation*, <https://arxiv.org/abs/1505.04597>, for the concatenation. He, Zhang, Ren
#'   and Sun (2016), *Deep residual learning for image recognition*,
#'   <https://arxiv.org/abs/1512.03385>, for the sum.
#'
#' @seealso [nn_sequential()] for chains, [nn_identity()] to keep the place of a module,
#'   [`plot()`][plot.nnconv_module] for a diagram, and `vignette("unet")` for a U-Net at work.
#'
#' @examples
#' set.seed(1)
#' # A small U-Net. The inner skip is a part of the outer one's branch.
#' unet <- nn_sequential(
#'   nn_conv2d(1, 4, 3, padding = 1), nn_relu(),
#'   nn_skip(
#'     nn_conv2d(4, 8, 4, stride = 2, padding = 1), nn_relu(),
#'     nn_skip(
#'       nn_conv2d(8, 8, 4, stride = 2, padding = 1), nn_relu(),
#'       nn_conv_transpose2d(8, 8, 4, stride = 2, padding = 1), nn_relu()
#'     ),
#'     nn_conv_transpose2d(16, 4, 4, stride = 2, padding = 1), nn_relu()
#'   ),
#'   nn_conv2d(8, 1, 3, padding = 1)
#' )
#' x <- array(rnorm(25 * 19), c(1, 1, 25, 19))
#' dim(unet(x)) # of any size
#' #> [1]  1  1 25 19
#' summary(unet[[3]], c(4, 25, 19))$modules[c("module", "output_shape")]
#' #>                    module output_shape
#' #> 0             nn_conv2d()   8 x 12 x 9
#' #> 1               nn_relu()   8 x 12 x 9
#' #> 2.0           nn_conv2d()    8 x 6 x 4
#' #> 2.1             nn_relu()    8 x 6 x 4
#' #> 2.2 nn_conv_transpose2d()   8 x 12 x 9
#' #> 2.3             nn_relu()   8 x 12 x 9
#' #> 2               nn_skip()  16 x 12 x 9
#' #> 3   nn_conv_transpose2d()  4 x 25 x 19
#' #> 4               nn_relu()  4 x 25 x 19
#' #>                 nn_skip()  8 x 25 x 19
#'
#' # A residual block
#' block <- nn_skip(
#'   nn_conv2d(3, 3, 3, padding = 1), nn_relu(), nn_conv2d(3, 3, 3, padding = 1), join = "add"
#' )
#' x <- array(rnorm(3 * 8 * 8), c(3, 8, 8))
#' all.equal(block(x), x + block[[3]](block[[2]](block[[1]](x))))
#' #> [1] TRUE
#' @export
nn_skip <- function(..., join = "concat") {
  config <- list(join = check_choice(join, "join", joins), layer = "skip")
  new_chain(config, list(...))
}

define_kind("skip")

#' @rdname nn_skip
#' @export
length.nnconv_skip <- function(x) length(environment(x)$children)
