# Adam: an optimizer that takes one step at a time on plain vectors.

#' Adam optimizer
#'
#' Makes an optimizer for training with batches: a function that takes the parameters and
#' a gradient and returns the parameters after one step. It works on plain vectors and does
#' not know about layers; [nn_parameters_vector()] converts between the two.
#'
#' If the loss is computed on the same images every time, R's optimizers for smooth
#' functions also work ([stats::optim()] and the packages nloptr, lbfgs, ucminf and mize).
#' The packages for stochastic gradients that we found on CRAN do not offer single Adam
#' steps on a vector: optimg runs line searches on one fixed function, gradDescent and sgd
#' fit linear models, and qrnn fits its own networks.
#'
#' @param lr Learning rate: roughly the distance that a parameter moves per step. At least
#'   0, in the unit of the parameters.
#' @param betas Two numbers of at least 0 and below 1: the fractions of the running means
#'   of the gradient and of its square that are kept from step to step.
#' @param eps A number of at least 0 that keeps the quotient finite.
#' @param weight_decay Factor of the parameters that is added to the gradient. At least 0.
#'
#' @section Formula:
#' Let \eqn{g} be the gradient, weight decay included, and let \eqn{m = v = 0} at the
#' start. Step \eqn{t = 1, 2, \ldots} computes
#' \deqn{m \leftarrow \beta_1 m + (1 - \beta_1) g, \quad
#'   v \leftarrow \beta_2 v + (1 - \beta_2) g^2}{
#'   m = beta1 * m + (1 - beta1) * g,  v = beta2 * v + (1 - beta2) * g^2}
#' \deqn{p \leftarrow p - lr \; \frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}}{
#'   p = p - lr * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)}
#' element by element. Parameters, steps and `lr` have the same unit.
#'
#' @return A function of class `nnconv_optimizer`; call it as
#'   `adam(parameters, gradient, lr = )` with two vectors of equal length. `lr` applies to
#'   this step only and defaults to the value above. The function returns the new
#'   parameters, with the dimensions of the old ones. It stores \eqn{m}, \eqn{v} and
#'   \eqn{t}, so use one optimizer per vector. [saveRDS()] saves them with it.
#'
#' @section Errors:
#' Signals a classed [nnconv_error] if an argument is not a number or out of range, if
#' parameters and gradient differ in length, or if their length changes between steps. If
#' memory is short, see [nnconv_memory].
#'
#' @references Kingma and Ba (2015), *Adam: a method for stochastic optimization*,
#'   <https://arxiv.org/abs/1412.6980>, algorithm 1. Arguments: PyTorch's `Adam`.
#'
#' @seealso [nn_parameters_vector()], also for an example with [stats::optim()];
#'   `vignette("training")`.
#'
#' @examples
#' adam <- nn_optim_adam(lr = 0.1)
#' p <- c(5, -3)
#' for (i in 1:300) p <- adam(p, 2 * (p - c(1, 2)))
#' round(p, 3)
#' #> [1] 1 2
#'
#' # Train a layer on random batches to do the same as another layer
#' set.seed(1)
#' teacher <- nn_conv_transpose2d(2, 1, 3, stride = 2)
#' m <- nn_conv_transpose2d(2, 1, 3, stride = 2)
#' adam <- nn_optim_adam(lr = 0.05)
#' for (i in 1:200) {
#'   x <- array(rnorm(4 * 2 * 5 * 5), c(4, 2, 5, 5))
#'   step <- m$backward(x, function(y) (y - teacher(x)) / length(y), c("weight", "bias"))
#'   nn_parameters_vector(m) <- adam(nn_parameters_vector(m), nn_parameters_vector(step))
#' }
#' all.equal(m, teacher, tolerance = 0.01)
#' #> [1] TRUE
#' @export
nn_optim_adam <- function(lr = 0.001, betas = c(0.9, 0.999), eps = 1e-8, weight_decay = 0) {
  optimizer <- adam_closure()
  attr(optimizer, "srcref") <- NULL
  list2env(list(
    rate = check_real(lr, "lr", min = 0),
    betas = check_real(betas, "betas", min = 0, below = 1, count = 2L),
    eps = check_real(eps, "eps", min = 0),
    weight_decay = check_real(weight_decay, "weight_decay", min = 0),
    mean = NULL, square = NULL, steps = 0
  ), environment(optimizer))
  structure(optimizer, class = "nnconv_optimizer")
}

adam_closure <- function() {
  rate <- betas <- eps <- weight_decay <- mean <- square <- steps <- NULL
  function(parameters, gradient, lr = rate) {
    getNamespace("nnconv")$adam_step(parent.env(environment()), parameters, gradient, lr)
  }
}

adam_step <- function(state, parameters, gradient, lr) {
  lr <- check_real(lr, "lr", min = 0)
  parameters <- check_numeric(parameters, "parameters")
  gradient <- as.vector(check_numeric(gradient, "gradient"))
  if (!is.null(state$mean)) {
    check_length(parameters, "parameters", length(state$mean), "as in the steps before")
  }
  check_length(gradient, "gradient", length(parameters), "as `parameters`")
  check_memory(24 * length(parameters), "parameters", "the next ones and their two averages")
  after <- r_adam_step(parameters, gradient, as.list(state), lr)
  # One assignment for all: an interrupt leaves the step undone rather than half done.
  list2env(after[c("mean", "square", "steps")], state)
  after$parameters
}

check_length <- function(x, argument, length, why) {
  if (length(x) != length) {
    refuse(argument, sprintf("of length %.0f, %s", length, why), describe(x), kind = "shape")
  }
}

#' @export
print.nnconv_optimizer <- function(x, ...) {
  state <- environment(x)
  cat(sprintf(
    "nn_optim_adam(lr = %s, betas = %s, eps = %s, weight_decay = %s) after %s %s\n",
    deparse(state$rate), deparse(state$betas), deparse(state$eps), deparse(state$weight_decay),
    in_full(state$steps),
    if (state$steps == 1) "step" else "steps"
  ))
  invisible(x)
}
