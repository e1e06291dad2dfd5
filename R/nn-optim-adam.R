# Adam: an optimizer that takes one step at a time on plain vectors.

#' The optimizer Adam
#'
#' Makes an optimizer for training with batches: a function that takes parameters
#' and a gradient and returns the parameters after one step. It works on plain
#' vectors of numbers and knows nothing of layers; [nn_parameters_vector()] leads
#' from one to the other.
#'
#' R's optimizers for smooth functions ([stats::optim()] and those of the
#' packages nloptr, lbfgs, ucminf and mize) serve whenever the loss is computed on
#' the same images every time. The packages for stochastic gradients that were
#' found on CRAN do not take single steps of Adam on a vector: optimg searches along
#' lines of one fixed function, gradDescent and sgd fit linear models, qrnn its own
#' networks.
#'
#' @param lr Learning rate: about how far a parameter moves in a step. At least 0.
#' @param betas Two numbers of at least 0 and below 1: how much of the running
#'   means of the gradient and of its square is kept from step to step.
#' @param eps A number of at least 0, which keeps the quotient finite.
#' @param weight_decay This times the parameters is added to the gradient. At least
#'   0.
#'
#' @section Formula:
#' With gradient \eqn{g} (weight decay included) and \eqn{m = v = 0} at the start,
#' step \eqn{t = 1, 2, \ldots} computes
#' \deqn{m \leftarrow \beta_1 m + (1 - \beta_1) g, \quad
#'   v \leftarrow \beta_2 v + (1 - \beta_2) g^2}{
#'   m = beta1 * m + (1 - beta1) * g,  v = beta2 * v + (1 - beta2) * g^2}
#' \deqn{p \leftarrow p - lr \; \frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}}{
#'   p = p - lr * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)}
#' element by element. Parameters, steps and `lr` have the same unit.
#'
#' @return A function of class `nnconv_optimizer`, to be called as
#'   `adam(parameters, gradient, lr = )` with two vectors of one length; `lr` is
#'   for this step and by default the one above. It returns the new parameters,
#'   with the dimensions of the old ones, and keeps \eqn{m}, \eqn{v} and \eqn{t}:
#'   use one optimizer for one vector. [saveRDS()] saves them with it.
#'
#' @section Errors:
#' A classed [nnconv_error] when an argument is not a number or out of range, and
#' when parameters and gradient differ in length or have not the length of the
#' steps before; for a step beyond the memory, see [nnconv_memory].
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
#' # A layer learns from random batches what another one does
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
