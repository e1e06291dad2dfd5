# Pretrained: networks whose parameters come with the package.

#' Networks that come with the package
#'
#' Returns a trained network that is ready to use. [nn_enlarge()] applies it to pictures.
#'
#' @param name Name of the network, `"upscale2x"`.
#'
#' @section Formula and units:
#' `"upscale2x"` enlarges the luminance of photographs, from 0 for black to 1 for white, by a
#' factor of two. `getCall()` of the network writes it out. It has 19,341 parameters: seven layers
#' of up to 20 channels that work on the small grid, of which the last, a transposed convolution,
#' enlarges. On photographs that were not used for training, its results are on average 2.2
#' decibels closer to the original than those of bicubic interpolation. Its input should be free of
#' noise and of the traces of strong compression. `vignette("training")` describes its training.
#'
#' The file `system.file("extdata", "upscale2x.rds", package = "nnconv")` contains, as a list, the
#' network and its parameters, the curve of the training, the photographs with their authors and
#' licences, and the results for each photograph.
#'
#' @section Shapes:
#' `"upscale2x"` takes `(N, 1, H, W)` or `(1, H, W)` and returns `(N, 1, 2 * H, 2 * W)` or
#' `(1, 2 * H, 2 * W)`.
#'
#' @return A chain, made by [nn_sequential()], in float64. Each call makes a new one, whose
#'   parameters may be changed, for example as the start of a training.
#'
#' @section Errors:
#' Signals a classed [nnconv_error] if `name` is not the name of such a network.
#'
#' @references Dong, Loy and Tang (2016), *Accelerating the super-resolution convolutional neural
#'   network*, <https://arxiv.org/abs/1608.00367>, whose idea of working on the small grid the
#'   network follows.
#'
#' @seealso [nn_load_torch()] and [nn_load_safetensors()] for networks of other software.
#'
#' @examples
#' net <- nn_pretrained("upscale2x")
#' length(nn_parameters_vector(net))
#' #> [1] 19341
#' grey <- array(volcano / 200, c(1, dim(volcano)))
#' dim(net(grey))
#' #> [1]   1 174 122
#' @export
nn_pretrained <- function(name) {
  name <- check_choice(name, "name", "upscale2x")
  readRDS(system.file("extdata", paste0(name, ".rds"), package = "nnconv"))$network
}
