# PReLU: a rectifier with a learned slope, as a module.

#' Parametric rectifier
#'
#' Makes the activation that passes positive numbers on and multiplies all others by a weight, which
#' is learned: one weight for all, or one for each channel.
#'
#' @param num_parameters 1, or the number of channels.
#' @param init Initial value of the weights, one number without unit.
#'
#' @section Formula:
#' \eqn{y = x}{y = x} for \eqn{x > 0}{x > 0}, else \eqn{y = weight_c \, x}{y = weight * x}. The
#' input's gradient is `grad_output` or, where `x` is not above 0, `weight * grad_output`. The
#' gradient of a weight is the sum of `grad_output * x` over the numbers that it multiplies.
#'
#' @section Shapes:
#' The input is a numeric array of any shape or, with several weights, `(N, C, H, W)` or
#' `(C, H, W)`. The result is a double array of the same shape and unit. `m$weight` is a vector of
#' `num_parameters` numbers.
#'
#' @return A function of class `nnconv_prelu`; call it with an array. It has the members of
#'   [nnconv_module].
#'
#' @section Errors:
#' Signals a classed [nnconv_error] if an argument is out of range, or if the input does not have
#' `num_parameters` channels.
#'
#' @references He, Zhang, Ren and Sun (2015), *Delving deep into rectifiers*,
#'   <https://arxiv.org/abs/1502.01852>; names and defaults: PyTorch (Paszke et al., 2019,
#'   <https://arxiv.org/abs/1912.01703>).
#'
#' @seealso [nn_relu()] for activations without parameters.
#'
#' @examples
#' m <- nn_prelu()
#' m(c(-4, 0, 2))
#' #> [1] -1  0  2
#' m$backward(c(-4, 0, 2), c(1, 1, 1), "weight")$weight
#' #> [1] -4
#' @export
nn_prelu <- function(num_parameters = 1, init = 0.25) {
  config <- list(
    num_parameters = check_count(num_parameters, "num_parameters"),
    init = check_real(init, "init"),
    layer = "prelu"
  )
  check_memory(16 * config$num_parameters, "num_parameters", "parameters")
  new_drawn_module(config)
}

# The channels that have weights of their own, or NULL.
prelu_channels <- function(config) if (config$num_parameters > 1) config$num_parameters

prelu_input <- function(input, config) {
  channels <- prelu_channels(config)
  x <- if (is.null(channels)) check_numeric(input, "input") else check_image(input, channels)
  check_elementwise_memory(x)
  x
}

# One weight makes one channel of everything.
prelu_shape <- function(x, config) {
  if (config$num_parameters > 1) image_shape(dim(x)) else c(1, 1, length(x), 1)
}

define_kind(
  "prelu",
  forward = function(input, state, size) {
    x <- prelu_input(input, state$config)
    r_prelu(x, x, prelu_shape(x, state$config), state$weight)
  },
  backward = function(grad_output, input, state, wanted, output, saved) {
    x <- prelu_input(input, state$config)
    numbers <- check_result_gradient(grad_output, extents_of(x))
    shape <- prelu_shape(x, state$config)
    c(
      if ("input" %in% wanted) list(input = r_prelu(x, numbers, shape, state$weight)),
      if ("weight" %in% wanted) list(weight = r_prelu_weight_gradient(x, numbers, shape))
    )
  },
  parameters = "weight",
  reset = function(state) {
    assign("weight", rep(state$config$init, state$config$num_parameters), envir = state)
  },
  check = function(state) check_vectors(own_parameters(state), state$config$num_parameters),
  in_channels = function(config) prelu_channels(config),
  fits = function(config, channels) config$num_parameters %in% c(1, channels),
  output_shape = function(dim, state, size, argument) {
    channels <- prelu_channels(state$config)
    if (is.null(channels)) {
      check_dim(dim, argument, "the dimensions of an array")
    } else {
      check_image_dim(dim, argument, channels)
    }
  },
  label = function(config) sprintf(" [%s]", in_full(config$num_parameters))
)
