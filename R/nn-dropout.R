# Dropout: sets numbers to 0 at random in training, as modules.

#' Dropout
#'
#' Make modules that, in training, set some of their input to 0 at random, so that the modules that
#' follow do not come to rely on single numbers: single elements, or with `nn_dropout2d()` whole
#' channels of an image. After training, `m$eval()`, they return the input as it is.
#'
#' @param p Probability of each element or channel to become 0, one number from 0 to 1.
#'
#' @section Formula:
#' In training, \eqn{y = 0}{y = 0} with probability \eqn{p}{p}, else
#' \eqn{y = x / (1 - p)}{y = x / (1 - p)}, so that the expected value stays. The input's gradient is
#' `grad_output` treated alike, by the draw of the same call of `m$backward()`.
#'
#' Numbers come from R's generator, [stats::runif()]; [set.seed()] repeats them. Each call draws
#' anew, a call of `m$backward()` too.
#'
#' @section Shapes:
#' The input is a numeric array of any shape; of `nn_dropout2d()`, `(N, C, H, W)` or `(C, H, W)`.
#' The result is a double array of the same shape and unit.
#'
#' @return A function of class `nnconv_dropout` or `nnconv_dropout2d`; call it with an array. It has
#'   the members of [nnconv_module] that make sense without parameters.
#'
#' @section Errors:
#' Signals a classed [nnconv_error] if `p` is not one number from 0 to 1, or if the input is not
#' numeric or, for `nn_dropout2d()`, no image. [predict()][predict.nnconv_module] refuses `tile` in
#' training.
#'
#' @references Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov (2014), *Dropout: a
#'   simple way to prevent neural networks from overfitting*,
#'   <https://jmlr.org/papers/v15/srivastava14a.html>; for channels: Tompson et al. (2015),
#'   *Efficient object localization using convolutional networks*,
#'   <https://arxiv.org/abs/1411.4280>.
#'
#' @seealso [nn_sequential()] for chains.
#'
#' @examples
#' set.seed(1)
#' m <- nn_dropout(0.5)
#' m(1:6)
#' #> [1]  0  0  6  8  0 12
#' m$eval()
#' m(1:6)
#' #> [1] 1 2 3 4 5 6
#'
#' # Four channels of three cells each
#' nn_dropout2d(0.5)(array(1, c(4, 1, 3)))[, 1, ]
#' #>      [,1] [,2] [,3]
#' #> [1,]    2    2    2
#' #> [2,]    2    2    2
#' #> [3,]    2    2    2
#' #> [4,]    0    0    0
#' @export
nn_dropout <- function(p = 0.5) new_module(list(p = check_share(p, "p"), layer = "dropout"))

#' @rdname nn_dropout
#' @export
nn_dropout2d <- function(p = 0.5) new_module(list(p = check_share(p, "p"), layer = "dropout2d"))

# Sets the dropped numbers to 0; `dropped` is as long as x, or is repeated for each cell.
without_dropped <- function(x, dropped, p) {
  check_memory(24 * length(x), "input", sprintf("%.0f elements of the result", length(x)))
  y <- x / (1 - p)
  y[dropped] <- 0
  y
}

# `read` checks the input; `units` counts what is dropped or kept as one.
dropout_kind <- function(read, units, ...) {
  like_kind(
    forward = function(input, state, size) {
      x <- read(input)
      if (!state$training) {
        return(x)
      }
      p <- state$config$p
      dropped <- stats::runif(units(x)) < p
      list(output = without_dropped(x, dropped, p), saved = dropped)
    },
    backward = function(grad_output, input, state, wanted, output, saved) {
      x <- read(input)
      numbers <- check_result_gradient(grad_output, extents_of(x))
      list(input = if (state$training) without_dropped(numbers, saved, state$config$p) else numbers)
    },
    not_tiled = function(state) {
      if (state$training) {
        list(allowed = "NULL for dropout in training",
             because = "`eval()` ends training, after which nothing is dropped.")
      }
    },
    ...
  )
}

define_kind("dropout", like = dropout_kind(
  read = function(input) check_numeric(input, "input"), units = function(x) length(x)
))

define_kind("dropout2d", like = dropout_kind(
  read = function(input) check_image(input, NULL),
  units = function(x) prod(image_shape(dim(x))[1:2]),
  output_shape = function(dim, state, size, argument) check_image_dim(dim, argument)
))
