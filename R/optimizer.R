# Optimizer: the common form of all optimizers.
#
# An optimizer is a closure whose environment is its state: the settings by their arguments' names,
# of which `rate` is `lr` and flags are 0 or 1; `steps`, the number of steps so far; the running
# averages ("mean" and "square", or "velocity"), NULL before the first step; and `modules`, the
# modules that it changes, or NULL. For a vector, each average is a vector; for modules, a list with
# an array for each parameter.
#
# The closure finds the package by getNamespace(), as modules do (R/module.R).

# `state` starts with the settings, in the order of print().
new_optimizer <- function(closure, parameters, state) {
  attr(closure, "srcref") <- NULL
  list2env(c(state, list(steps = 0, modules = check_optimized(parameters))), environment(closure))
  structure(closure, class = "nnconv_optimizer")
}

# Accepts NULL, a module or a list of modules; returns NULL or the module or modules.
check_optimized <- function(parameters) {
  if (is.null(parameters)) {
    return(NULL)
  }
  if (!is_module(parameters) && !holds_modules(parameters)) {
    refuse(
      "parameters", "a module or a list of modules, or left out", describe(parameters),
      kind = "type", because = advice_on_parameters(parameters)
    )
  }
  if (length(flatten_lists(lapply(states_in(parameters, "parameters"), own_parameters))) == 0L) {
    refuse("parameters", "a module that has parameters", "one without")
  }
  parameters
}

advice_on_parameters <- function(x) {
  if (is_number(x) && length(x) == 1L) {
    sprintf("`lr = %s` sets the learning rate.", describe(x))
  } else if (is.list(x)) {
    "Steps cannot change arrays, only modules: give the module itself, as in nn_optim_adam(net)."
  }
}

# Called by the closures.
optimizer_call <- function(state, parameters, gradient, lr) {
  lr <- check_real(lr, "lr", min = 0)
  if (!is.null(state$modules)) {
    refuse("parameters", "left to `$step(gradients)` in an optimizer of modules",
           describe(parameters))
  }
  parameters <- check_numeric(parameters, "parameters")
  gradient <- as.vector(check_numeric(gradient, "gradient"))
  before <- averages_of(state)[[1L]]
  if (!is.null(before)) {
    check_length(parameters, "parameters", length(before), "as in the steps before")
  }
  check_length(gradient, "gradient", length(parameters), "as `parameters`")
  check_memory(24 * length(parameters), "parameters", "the next ones and their two averages")
  after <- r_optimizer_step(parameters, gradient, c(settings_of(state), averages_of(state)), lr)
  # One assignment for all: an interrupt leaves the step undone rather than half done.
  list2env(after[names(after) != "parameters"], state)
  after$parameters
}

# The name that optimizers of earlier versions call.
adam_step <- function(state, parameters, gradient, lr) {
  optimizer_call(state, parameters, gradient, lr)
}

check_length <- function(x, argument, length, why) {
  if (length(x) != length) {
    refuse(argument, sprintf("of length %.0f, %s", length, why), describe(x), kind = "shape")
  }
}

is_sgd <- function(state) exists("momentum", state, inherits = FALSE)

averages_of <- function(state) {
  mget(if (is_sgd(state)) "velocity" else c("mean", "square"), state)
}

# Returns the settings and `steps`, without `lr`. Optimizers of earlier versions lack `decoupled`.
settings_of <- function(state) {
  names <- if (is_sgd(state)) {
    c("momentum", "dampening", "weight_decay", "nesterov")
  } else {
    c("betas", "eps", "weight_decay", "decoupled")
  }
  mget(c(names, "steps"), state, ifnotfound = list(0))
}

# Changes the parameters of the modules, all or none. `gradients` is what backward() returns or, for
# a list of modules, a list of such lists.
step_modules <- function(optimizer, gradients) {
  state <- environment(optimizer)
  if (is.null(state$modules)) {
    refuse(
      "step", "called on an optimizer of modules, such as nn_optim_adam(net)", "on one of vectors",
      kind = "member", because = "That is called as `adam(parameters, gradient)`."
    )
  }
  states <- states_in(state$modules)
  if (is_module(state$modules)) {
    chosen <- check_gradients(gradients, parameters_of(state$modules), "gradients")
  } else {
    if (!is.list(gradients) || length(gradients) != length(state$modules)) {
      refuse(
        "gradients", sprintf("a list of %d lists, one for each module", length(state$modules)),
        if (is.list(gradients)) sprintf("a list of %d", length(gradients)) else describe(gradients),
        kind = "type"
      )
    }
    chosen <- unlist(Map(function(module, given, i) {
      check_gradients(given, parameters_of(module), sprintf("gradients[[%d]]", i))
    }, unname(state$modules), unname(gradients), seq_along(gradients)), recursive = FALSE)
  }
  take_step(optimizer, states, unname(chosen), state$rate)
  invisible(optimizer)
}

# Returns the gradients of these parameters, as doubles, in their order.
check_gradients <- function(gradients, parameters, argument) {
  if (!is.list(gradients) || is.object(gradients)) {
    refuse(argument, "the list that backward() returns", describe(gradients), kind = "type")
  }
  given <- setdiff(names_of(gradients), c("input", "output"))
  missing <- setdiff(names(parameters), given)
  if (length(missing) || anyDuplicated(given) || length(given) != length(parameters)) {
    refuse(
      argument, paste("a list with the entries", some_of(names(parameters))),
      if (length(missing)) {
        paste("without", some_of(missing))
      } else {
        paste("with", some_of(setdiff(given, names(parameters))))
      },
      because = "`m$backward(x, g, c(\"weight\", \"bias\"))` computes them all."
    )
  }
  Map(function(name, parameter) {
    check_gradient(gradients[[name]], parameter, sprintf("%s$%s", argument, name))
  }, names(parameters), parameters)
}

check_gradient <- function(gradient, parameter, argument) {
  numbers <- check_numeric(gradient, argument)
  shape <- extents_of(parameter)
  if (!identical(as.double(extents_of(numbers)), as.double(shape))) {
    refuse(argument, sprintf("of the parameter's shape, [%s]", toString(shape)),
           describe(numbers), kind = "shape")
  }
  numbers
}

# `gradients` has an array for each parameter of these states, in their order.
take_step <- function(optimizer, states, gradients, lr) {
  state <- environment(optimizer)
  parameters <- lapply(states, own_parameters)
  owners <- rep(unname(states), lengths(parameters))
  names <- unlist(lapply(parameters, names), use.names = FALSE)
  arrays <- if (state$steps == 0) 3 else 1
  check_memory(8 * arrays * sum(lengths(gradients)), "gradients",
               "the next parameters and their averages")
  r_optimizer_step_module(owners, names, gradients, state, settings_of(state), lr)
}

optimizer_members <- list(
  lr = function(x) environment(x)$rate,
  steps = function(x) environment(x)$steps,
  step = function(x) function(gradients) step_modules(x, gradients)
)

#' @export
`$.nnconv_optimizer` <- function(x, name) find_member(x, name, optimizer_members, "an optimizer")

#' @export
`$<-.nnconv_optimizer` <- function(x, name, value) {
  if (!identical(name, "lr")) {
    refuse("name", "`lr`, the member of an optimizer that can be changed", describe(name),
           kind = "member")
  }
  assign("rate", check_real(value, "lr", min = 0), envir = environment(x))
  x
}

#' @export
names.nnconv_optimizer <- function(x) names(optimizer_members)

#' @export
print.nnconv_optimizer <- function(x, ...) {
  state <- environment(x)
  settings <- settings_of(state)
  flags <- names(settings) %in% c("decoupled", "nesterov")
  settings[flags] <- lapply(settings[flags], as.logical)
  settings <- c(list(lr = state$rate), settings[names(settings) != "steps"])
  modules <- if (is_module(state$modules)) list(state$modules) else state$modules
  of <- if (length(modules)) paste(" of", toString(vapply(modules, toString, "")))
  cat(sprintf(
    "%s(%s)\nafter %s %s%s\n", if (is_sgd(state)) "nn_optim_sgd" else "nn_optim_adam",
    paste(names(settings), "=", vapply(settings, deparse, ""), collapse = ", "),
    in_full(state$steps), if (state$steps == 1) "step" else "steps", paste(of, collapse = "")
  ))
  invisible(x)
}
