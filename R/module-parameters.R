# Parameters: a module's parameters, as a named list and as one vector.
#
# Invariants: parameters come in the order of the leaves (R/module.R), the weight before the bias,
# as in torch; and a parameter keeps the shape that it was made with.

# Named by the paths of the leaves: "weight" in a layer, "0.weight" in a chain.
parameters_of <- function(module) values_in(module, own_parameters)
buffers_of <- function(module) values_in(module, own_buffers)

# Parameters and buffers, those of each leaf together, as in torch's state_dict().
state_of <- function(module) values_in(module, own_state)

values_in <- function(module, own) flatten_lists(lapply(states_of(module), own))

# Sets all `values`, or none: those that `own` lists of each state, in this order.
set_values <- function(states, values, own) {
  suspendInterrupts({
    place <- 0L
    for (state in states) {
      for (name in names(own(state))) {
        place <- place + 1L
        assign(name, values[[place]], envir = state)
      }
    }
  })
}

#' Parameters or gradients as one vector
#'
#' `nn_parameters_vector()` returns all parameters of a layer, a chain or a list of them as
#' one vector, the form that [stats::optim()] and other optimizers use.
#' `nn_set_parameters_vector()`, or an assignment, puts such a vector back.
#' `nn_parameters_vector()` also turns the result of `backward()` into the vector of the
#' gradient.
#'
#' @param x A layer, a chain made by [nn_sequential()], or a list of them.
#'   `nn_parameters_vector(x)` also accepts results of `m$backward()` or `m$state_dict()`,
#'   or a list of these; it ignores their entries `input` and `output`.
#' @param value Numeric vector with one number for each parameter of `x`.
#'
#' @details
#' Layers have reference semantics: setting changes the layers themselves, under all of
#' their names, even from inside a function.
#'
#' R can assign only to names. `nn_parameters_vector(list(a, b)) <- p` therefore sets the
#' layers and then ends with R's own error, "could not find function "list<-"". Use
#' `nn_set_parameters_vector(list(a, b), p)` instead.
#'
#' @section Formula:
#' The parameters come in the order of the list or chain. Each layer's weight precedes its
#' bias. Each array is in R's order: the first index varies fastest.
#'
#' @return `nn_parameters_vector()` returns a double vector. `nn_set_parameters_vector()`
#'   and the assignment return `x`, whose layers they have changed; the former invisibly.
#'
#' @section Errors:
#' Signals a classed [nnconv_error] if `x` is none of these or contains a layer twice, and
#' if `value` is not numeric or has the wrong length. Nothing is changed then.
#'
#' @references PyTorch's `parameters_to_vector` and `vector_to_parameters` (Paszke et
#'   al., 2019, <https://arxiv.org/abs/1912.01703>).
#'
#' @seealso [nn_optim_adam()] for training step by step.
#'
#' @examples
#' # Train a layer to undo a blur, with R's own optimizer
#' set.seed(1)
#' sharp <- array(volcano[seq(1, 87, 4), seq(1, 61, 4)] / 100, c(1, 22, 16))
#' blur <- array(c(1, 2, 1, 2, 4, 2, 1, 2, 1) / 16, c(1, 1, 3, 3))
#' blurred <- nnf_conv2d(sharp, blur, padding = 1, padding_mode = "replicate")
#'
#' m <- nn_conv2d(1, 1, 5, padding = 2, padding_mode = "replicate")
#' loss <- function(p) {
#'   nn_parameters_vector(m) <- p
#'   sum((m(blurred) - sharp)^2)
#' }
#' gradient <- function(p) {
#'   nn_parameters_vector(m) <- p
#'   nn_parameters_vector(m$backward(blurred, function(y) 2 * (y - sharp)))
#' }
#' start <- nn_parameters_vector(m)
#' fit <- optim(start, loss, gradient, method = "BFGS", control = list(maxit = 300))
#' length(fit$par)
#' #> [1] 26
#' fit$value < sum((blurred - sharp)^2) / 5
#' #> [1] TRUE
#'
#' # Two layers at once
#' n <- nn_conv2d(1, 1, 1)
#' nn_set_parameters_vector(list(m, n), c(fit$par, 2, 0.5))
#' n$weight[1]
#' #> [1] 2
#' @export
nn_parameters_vector <- function(x) {
  parts <- if (is_module(x) || holds_modules(x)) {
    lapply(states_in(x), own_parameters)
  } else {
    gradients_in(x)
  }
  as.double(unlist(parts, use.names = FALSE))
}

#' @rdname nn_parameters_vector
#' @export
nn_set_parameters_vector <- function(x, value) {
  states <- states_in(x)
  parameters <- flatten_lists(lapply(states, own_parameters))
  ends <- cumsum(lengths(parameters))
  values <- check_parameter(value, "value", sum(lengths(parameters)))
  set_values(states, Map(function(parameter, end) {
    parameter[] <- values[end - length(parameter) + seq_along(parameter)]
    parameter
  }, parameters, ends), own_parameters)
  invisible(x)
}

#' @rdname nn_parameters_vector
#' @export
`nn_parameters_vector<-` <- function(x, value) nn_set_parameters_vector(x, value)

holds_modules <- function(x) {
  is.list(x) && !is.object(x) && length(x) > 0L && all(vapply(x, is_module, logical(1)))
}

states_in <- function(x, argument = "x") {
  modules <- if (is_module(x)) list(x) else x
  if (!holds_modules(modules)) {
    refuse(argument, "a layer, a chain or a list of them", describe(x), kind = "type")
  }
  states <- flatten_lists(lapply(modules, function(module) states_of(module)))
  check_once(states, argument)
  states
}

# Collects the arrays in a list of gradients or in a list of such lists.
gradients_in <- function(x) {
  if (!is.list(x) || is.object(x)) {
    refuse("x", "a layer, a chain, what backward() returns, or a list of them", describe(x),
           kind = "type")
  }
  is_array <- vapply(x, is_number, logical(1))
  x <- x[!(is_array & names_of(x) %in% c("input", "output"))]
  lapply(x, function(part) if (is_number(part)) without_class(part) else gradients_in(part))
}
