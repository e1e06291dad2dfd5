# Adam, and its variant with decoupled weight decay.

#' Adam optimizer
#'
#' Makes an optimizer for training with batches. Given a module, `optimizer$step(gradients)`
#' moves the module's parameters by one step against their gradients. Without a module, the
#' optimizer is a function that takes a vector of parameters and its gradient and returns the
#' parameters after one step. [nn_fit()] writes the loop.
#'
#' @param parameters A layer, a chain or another module, or a list of modules, whose
#'   parameters the steps change in place; or `NULL` for an optimizer of vectors. Give
#'   the module itself where torch takes `net$parameters`.
#' @param lr Learning rate: roughly the distance that a parameter moves per step. At least
#'   0, in the unit of the parameters.
#' @param betas Two numbers of at least 0 and below 1: the fractions of the running means
#'   of the gradient and of its square that are kept from step to step.
#' @param eps A number of at least 0 that keeps the quotient finite.
#' @param weight_decay At least 0. Coupled, the factor of the parameters that is added to
#'   the gradient; decoupled, the share by which a step of `lr` 1 shrinks the parameters.
#' @param decoupled `TRUE` for decoupled weight decay. `nn_optim_adamw()` is the same with
#'   `decoupled = TRUE`.
#'
#' @section Formula:
#' Let \eqn{g} be the gradient; with coupled weight decay \eqn{\lambda}{w}, it includes
#' \eqn{\lambda p}{w * p}. Let \eqn{m = v = 0} at the start. Step \eqn{t = 1, 2, \ldots}
#' computes
#' \deqn{m \leftarrow \beta_1 m + (1 - \beta_1) g, \quad
#'   v \leftarrow \beta_2 v + (1 - \beta_2) g^2}{
#'   m = beta1 * m + (1 - beta1) * g,  v = beta2 * v + (1 - beta2) * g^2}
#' \deqn{p \leftarrow p - lr \; \frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}}{
#'   p = p - lr * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)}
#' element by element. With decoupled weight decay, the last line starts from
#' \eqn{(1 - lr \lambda) p}{(1 - lr * w) * p} in place of \eqn{p}. Parameters, steps and `lr`
#' have the same unit.
#'
#' @section Members:
#' | member | meaning |
#' | --- | --- |
#' | `optimizer$step(gradients)` | changes the modules; `gradients` is what `m$backward()` returns with all of the module's parameters in `wanted` or, for a list of modules, a list of one such list for each |
#' | `optimizer$lr`, `optimizer$lr <- value` | reads or sets the learning rate of the next steps |
#' | `optimizer$steps` | the number of steps so far |
#'
#' A step replaces the arrays of the module, one at a time: an array that you have taken
#' from it before, such as `w <- m$weight`, stays as it was. If a step fails or is
#' interrupted, the module and the optimizer stay as they were. Training only a part of a network
#' needs an optimizer of that part: `nn_optim_adam(net[[5]])`.
#'
#' @return A function of class `nnconv_optimizer`. It stores \eqn{m}, \eqn{v} and \eqn{t} and,
#'   if given, the modules. [saveRDS()] saves all of this; to go on after a restart, save the
#'   network and its optimizer in one list, so that the optimizer still changes that network.
#'
#'   An optimizer of vectors is called as `adam(parameters, gradient, lr = )` with two
#'   vectors of equal length; `lr` applies to this step only and defaults to `adam$lr`. It
#'   returns the new parameters, with the dimensions of the old ones. Use one optimizer for
#'   each vector.
#'
#' @section Errors:
#' Signals a classed [nnconv_error] if `parameters` is no module, has no parameters or
#' contains a layer twice, if another argument is not a number or out of range, and if
#' `gradients` lacks an entry, has one that the module does not have, or one of another
#' shape than the parameter. Vectors must be numeric, of equal length, and of the same
#' length in all steps. If memory is short, see [nnconv_memory].
#'
#' @references Kingma and Ba (2015), *Adam: a method for stochastic optimization*,
#'   <https://arxiv.org/abs/1412.6980>, algorithm 1; Loshchilov and Hutter (2019),
#'   *Decoupled weight decay regularization*, <https://arxiv.org/abs/1711.05101>, algorithm
#'   2. Arguments: PyTorch's `Adam` and `AdamW`.
#'
#' @seealso [nn_fit()], [nn_optim_sgd()]; [nn_parameters_vector()] for an example with
#'   [stats::optim()]; `vignette("training")`.
#'
#' @examples
#' # Train a layer on random batches to do the same as another layer
#' set.seed(1)
#' teacher <- nn_conv_transpose2d(2, 1, 3, stride = 2)
#' m <- nn_conv_transpose2d(2, 1, 3, stride = 2)
#' loss <- nn_mse_loss()
#' adam <- nn_optim_adam(m, lr = 0.05)
#' for (i in 1:200) {
#'   if (i == 100) adam$lr <- 0.02
#'   x <- array(rnorm(4 * 2 * 5 * 5), c(4, 2, 5, 5))
#'   adam$step(m$backward(x, function(y) loss$backward(y, teacher(x)), c("weight", "bias")))
#' }
#' all.equal(m, teacher, tolerance = 0.01)
#' #> [1] TRUE
#' adam
#' #> nn_optim_adam(lr = 0.02, betas = c(0.9, 0.999), eps = 1e-08, weight_decay = 0, decoupled = FALSE)
#' #> after 200 steps of nn_conv_transpose2d [2 -> 1]
#'
#' # Any function of a vector
#' adam <- nn_optim_adam(lr = 0.1)
#' p <- c(5, -3)
#' for (i in 1:300) p <- adam(p, 2 * (p - c(1, 2)))
#' round(p, 3)
#' #> [1] 1 2
#' @export
nn_optim_adam <- function(parameters = NULL, lr = 0.001, betas = c(0.9, 0.999), eps = 1e-8,
                          weight_decay = 0, decoupled = FALSE) {
  new_optimizer(adam_closure(), parameters, list(
    rate = check_real(lr, "lr", min = 0),
    betas = check_real(betas, "betas", min = 0, below = 1, count = 2L),
    eps = check_real(eps, "eps", min = 0),
    weight_decay = check_real(weight_decay, "weight_decay", min = 0),
    decoupled = as.double(check_flag(decoupled, "decoupled")),
    mean = NULL, square = NULL
  ))
}

#' @rdname nn_optim_adam
#' @export
nn_optim_adamw <- function(parameters = NULL, lr = 0.001, betas = c(0.9, 0.999), eps = 1e-8,
                           weight_decay = 0.01) {
  nn_optim_adam(parameters, lr, betas, eps, weight_decay, decoupled = TRUE)
}

adam_closure <- function() {
  rate <- betas <- eps <- weight_decay <- decoupled <- mean <- square <- steps <- modules <- NULL
  function(parameters, gradient, lr = rate) {
    getNamespace("nnconv")$optimizer_call(parent.env(environment()), parameters, gradient, lr)
  }
}
