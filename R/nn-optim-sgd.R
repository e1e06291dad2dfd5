# Stochastic gradient descent, with momentum.

#' Stochastic gradient descent
#'
#' Makes an optimizer that moves parameters against their gradient, optionally with
#' momentum. It is used as [nn_optim_adam()]: `optimizer$step(gradients)` changes a module in
#' place; without a module, the optimizer is a function of vectors.
#'
#' @inheritParams nn_optim_adam
#' @param lr Learning rate: the factor of the gradient in a step. At least 0, in the unit of
#'   the parameters divided by that of their gradient.
#' @param momentum The share of the velocity that is kept from step to step, a number of at
#'   least 0; usually 0.9.
#' @param dampening The share of the gradient that does not enter the velocity, at most 1.
#' @param weight_decay Factor of the parameters that is added to the gradient. At least 0.
#' @param nesterov `TRUE` for Nesterov's form of momentum, which needs a `momentum` above 0
#'   and no `dampening`.
#'
#' @section Formula:
#' Let \eqn{g} be the gradient of the parameters \eqn{p}, plus \eqn{\lambda p}{w * p} with weight
#' decay \eqn{\lambda}{w}. Without momentum, \eqn{p \leftarrow p - lr \, g}{p = p - lr * g}. With
#' momentum \eqn{\mu}{mu} and dampening \eqn{\tau}{tau}, the velocity is \eqn{v = g} in the first
#' step and
#' \deqn{v \leftarrow \mu v + (1 - \tau) g, \quad p \leftarrow p - lr \, v}{
#'   v = mu * v + (1 - tau) * g,  p = p - lr * v}
#' in later ones; Nesterov's form subtracts \eqn{lr \, (g + \mu v)}{lr * (g + mu * v)} instead.
#'
#' @inheritSection nn_optim_adam Members
#'
#' @return A function of class `nnconv_optimizer`, as of [nn_optim_adam()]. It stores the
#'   velocity.
#'
#' @section Errors:
#' Those of [nn_optim_adam()], and one if `nesterov` is `TRUE` without momentum or with
#' dampening.
#'
#' @references Sutskever, Martens, Dahl and Hinton (2013), *On the importance of
#'   initialization and momentum in deep learning*,
#'   <https://proceedings.mlr.press/v28/sutskever13.html>; Robbins and Monro (1951), *A
#'   stochastic approximation method*, \doi{10.1214/aoms/1177729586}. Arguments and the form of
#'   momentum: PyTorch's `SGD`.
#'
#' @seealso [nn_fit()], [nn_optim_adam()].
#'
#' @examples
#' m <- nn_conv2d(1, 1, 1, bias = FALSE)
#' m$weight <- array(1, c(1, 1, 1, 1))
#' sgd <- nn_optim_sgd(m, lr = 0.1, momentum = 0.9)
#' gradient <- list(weight = array(2, c(1, 1, 1, 1)))
#' sgd$step(gradient)
#' c(m$weight)
#' #> [1] 0.8
#' sgd$step(gradient)
#' c(m$weight)
#' #> [1] 0.42
#' @export
nn_optim_sgd <- function(parameters = NULL, lr = 0.001, momentum = 0, dampening = 0,
                         weight_decay = 0, nesterov = FALSE) {
  momentum <- check_real(momentum, "momentum", min = 0)
  dampening <- check_real(dampening, "dampening")
  if (dampening > 1) refuse("dampening", "at most 1", describe(dampening))
  nesterov <- check_flag(nesterov, "nesterov")
  if (nesterov && (momentum == 0 || dampening != 0)) {
    refuse("nesterov", "FALSE without momentum or with dampening", "TRUE")
  }
  new_optimizer(sgd_closure(), parameters, list(
    rate = check_real(lr, "lr", min = 0), momentum = momentum, dampening = dampening,
    weight_decay = check_real(weight_decay, "weight_decay", min = 0),
    nesterov = as.double(nesterov), velocity = NULL
  ))
}

sgd_closure <- function() {
  rate <- momentum <- dampening <- weight_decay <- nesterov <- velocity <- NULL
  steps <- modules <- NULL
  function(parameters, gradient, lr = rate) {
    getNamespace("nnconv")$optimizer_call(parent.env(environment()), parameters, gradient, lr)
  }
}
