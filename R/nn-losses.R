# Losses: functions of a module's output and a target, with their gradients.
#
# A loss is a closure whose environment holds `kind`, a name in `losses`; `reduction`; and, for a
# loss of the user's, the functions `value` and `gradient`. The closure finds the package by
# getNamespace(), as modules do (R/module.R).

#' Losses
#'
#' A loss measures how far the output of a module is from a target. `loss(output, target)`
#' is a number, and `loss$backward(output, target)` its gradient with respect to the output, an
#' array that `m$backward()` takes. `nn_loss()` makes a loss from two functions.
#'
#' @param reduction `"mean"` or `"sum"` of the terms below.
#' @param value A function `value(output, target)` that returns one number.
#' @param gradient A function `gradient(output, target)` that returns the gradient of
#'   `value` with respect to `output`, an array of its shape.
#'
#' @section Formula:
#' The table gives the terms for the output \eqn{y} and the target \eqn{t}.
#'
#' | loss | terms | derivative |
#' | --- | --- | --- |
#' | `nn_mse_loss()` | \eqn{(y - t)^2} | \eqn{2 (y - t)} |
#' | `nn_l1_loss()` | \eqn{\vert y - t \vert}{abs(y - t)} | -1, 0 or 1 |
#' | `nn_bce_with_logits_loss()` | \eqn{-t \log p - (1 - t) \log(1 - p)}{-t * log(p) - (1 - t) * log(1 - p)} with \eqn{p = 1 / (1 + e^{-y})}{p = 1 / (1 + exp(-y))} | \eqn{p - t} |
#' | `nn_cross_entropy_loss()` | \eqn{-\sum_c t_c \log p_c}{-sum(t * log(p))} with \eqn{p_c = e^{y_c} / \sum_k e^{y_k}}{p = exp(y) / sum(exp(y))} | \eqn{p_c \sum_k t_k - t_c}{p * sum(t) - t} |
#'
#' `nn_cross_entropy_loss()` has one term for each site of each image, whose sum runs over the
#' channels; the others have one for each element. The mean is the sum of the terms divided
#' by their number. Logarithms are natural. Neither exponentials nor logarithms overflow,
#' however large the outputs are.
#'
#' @section Shapes and units:
#' `output` and `target` have the same shape, any shape; nothing is recycled. In
#' `nn_cross_entropy_loss()`, the output is an array `(N, C, H, W)`, or `(N, C)` or any other with
#' the channels on the second axis. The target holds the probabilities of the `C` classes and
#' has the same shape, or it holds the number of the right class, from 1 to `C`, and has the
#' shape without channels, `(N, H, W)`. (In Python, classes count from 0.) The squared error
#' has the squared unit of the output, the absolute error its unit, and entropies are in nats.
#'
#' `NaN` in the output or the target makes the loss `NaN`. The mean of no terms is `NaN`.
#'
#' @return A function of class `nnconv_loss`, which has the members `backward` and
#'   `reduction`.
#'
#' @section Errors:
#' Signals a classed [nnconv_error] if an array is not numeric, if the shapes differ, if a
#' class is not a whole number from 1 to the number of channels, and if the functions of
#' `nn_loss()` return anything else than they should. If memory is short, see [nnconv_memory].
#'
#' @references Bishop (2006), *Pattern recognition and machine learning*, sections 4.3 and
#'   5.2. Names and defaults: PyTorch (Paszke et al., 2019,
#'   <https://arxiv.org/abs/1912.01703>).
#'
#' @seealso [nn_fit()] for training with a loss; [nn_optim_adam()].
#'
#' @examples
#' loss <- nn_mse_loss()
#' loss(c(1, 2, 4), c(1, 1, 1))
#' #> [1] 3.333333
#' loss$backward(c(1, 2, 4), c(1, 1, 1))
#' #> [1] 0.0000000 0.6666667 2.0000000
#'
#' # Classes of the pixels of an image
#' set.seed(1)
#' scores <- array(rnorm(3 * 2 * 2), c(1, 3, 2, 2))
#' classes <- array(c(1, 3, 2, 2), c(1, 2, 2))
#' nn_cross_entropy_loss()(scores, classes)
#' #> [1] 1.374083
#'
#' # No overflow
#' nn_bce_with_logits_loss()(c(1000, -1000), c(1, 0))
#' #> [1] 0
#'
#' # A loss of your own, which is less sensitive to large differences
#' charbonnier <- nn_loss(
#'   function(output, target) mean(sqrt((output - target)^2 + 1e-6)),
#'   function(output, target) {
#'     (output - target) / sqrt((output - target)^2 + 1e-6) / length(output)
#'   }
#' )
#' charbonnier(c(1, 2, 4), c(1, 1, 1))
#' #> [1] 1.333667
#' @export
nn_mse_loss <- function(reduction = "mean") new_loss("mse", reduction)

#' @rdname nn_mse_loss
#' @export
nn_l1_loss <- function(reduction = "mean") new_loss("l1", reduction)

#' @rdname nn_mse_loss
#' @export
nn_bce_with_logits_loss <- function(reduction = "mean") new_loss("bce_with_logits", reduction)

#' @rdname nn_mse_loss
#' @export
nn_cross_entropy_loss <- function(reduction = "mean") new_loss("cross_entropy", reduction)

#' @rdname nn_mse_loss
#' @export
nn_loss <- function(value, gradient) {
  new_loss("own", "mean", value = light_function(check_function(value, "value", 2L)),
           gradient = light_function(check_function(gradient, "gradient", 2L)))
}

new_loss <- function(kind, reduction, ...) {
  loss <- loss_closure()
  attr(loss, "srcref") <- NULL
  reduction <- check_choice(reduction, "reduction", c("mean", "sum"))
  list2env(list(kind = kind, reduction = reduction, ...), environment(loss))
  structure(loss, class = c(paste0("nnconv_", kind, "_loss"), "nnconv_loss"))
}

loss_closure <- function() {
  kind <- reduction <- value <- gradient <- NULL
  function(output, target) {
    getNamespace("nnconv")$loss_value(parent.env(environment()), output, target)
  }
}

# For each kind, `arrays` checks both arrays and returns them as a list with `terms`, their number;
# `sum(arrays)` is the sum of the terms and `gradient(arrays, scale)` a multiple of its gradient.
elementwise_loss <- function(kind) {
  list(
    arrays = function(output, target) same_arrays(output, target),
    sum = function(arrays) r_loss(kind, arrays$output, arrays$target),
    gradient = function(arrays, scale) r_loss_gradient(kind, arrays$output, arrays$target, scale)
  )
}
losses <- list(
  mse = elementwise_loss("mse"), l1 = elementwise_loss("l1"),
  bce_with_logits = elementwise_loss("bce_with_logits"),
  cross_entropy = list(
    arrays = function(output, target) scores_and_targets(output, target),
    sum = function(arrays) r_cross_entropy(arrays$output, arrays$target, arrays$by_class),
    gradient = function(arrays, scale) {
      r_cross_entropy_gradient(arrays$output, arrays$target, arrays$by_class, scale)
    }
  )
)

loss_value <- function(state, output, target) {
  if (state$kind == "own") {
    output <- check_numeric(output, "output")
    return(check_loss(state$value(output, check_numeric(target, "target"))))
  }
  loss <- losses[[state$kind]]
  arrays <- loss$arrays(output, target)
  sum <- loss$sum(arrays)
  if (state$reduction == "mean") sum / arrays$terms else sum
}

loss_gradient <- function(state, output, target) {
  if (state$kind == "own") {
    output <- check_numeric(output, "output")
    gradient <- state$gradient(output, check_numeric(target, "target"))
    return(check_loss_gradient(gradient, extents_of(output)))
  }
  loss <- losses[[state$kind]]
  arrays <- loss$arrays(output, target)
  check_memory(8 * length(arrays$output), "output", "the gradient of the loss")
  loss$gradient(arrays, if (state$reduction == "mean") 1 / arrays$terms else 1)
}

# Checks what the user's functions return.
check_loss <- function(x) {
  allowed <- "a function that returns one number"
  ok <- is_array_type(x) && length(without_class(x)) == 1L
  if (!ok) refuse("value", allowed, paste("one that returns", describe(x)), kind = "type")
  as.double(without_class(x))
}

check_loss_gradient <- function(x, shape) {
  if (!is_array_type(x) || !identical(extents_of(without_class(x)), shape)) {
    refuse("gradient", sprintf("a function that returns numbers of the output's shape, [%s]",
                               toString(shape)),
           paste("one that returns", describe(x)), kind = "shape")
  }
  as_doubles(without_class(x), "gradient")
}

same_arrays <- function(output, target) {
  output <- check_numeric(output, "output")
  target <- check_numeric(target, "target")
  if (!identical(as.double(extents_of(output)), as.double(extents_of(target)))) {
    refuse("target", sprintf("of the output's shape, [%s]", toString(extents_of(output))),
           describe(target), kind = "shape",
           because = advice_on_size(extents_of(output), extents_of(target)))
  }
  list(output = output, target = target, terms = length(output))
}

# Advises how to enlarge images that are a few cells smaller than their targets.
advice_on_size <- function(output, target) {
  rank <- length(output)
  if (length(target) != rank || !rank %in% 3:4) {
    return(NULL)
  }
  lacking <- target - output
  axes <- c(rank - 1L, rank)
  if (all(lacking[-axes] == 0) && all(lacking >= 0) && max(lacking) <= 8) {
    paste("A transposed layer returns more cells below and at the right with `output_padding` or",
          "`output_size`.")
  }
}

scores_and_targets <- function(output, target) {
  output <- check_numeric(output, "output")
  target <- check_numeric(target, "target")
  shape <- dim(output)
  if (length(shape) < 2L || shape[2L] < 1L) {
    refuse("output", "an array (N, C, ...), with the channels on the second axis",
           describe(output), kind = "shape")
  }
  by_class <- identical(as.double(extents_of(target)), as.double(shape[-2L]))
  if (!by_class && !identical(as.double(extents_of(target)), as.double(shape))) {
    refuse(
      "target", sprintf("classes of shape [%s] or probabilities of the output's shape, [%s]",
                        toString(shape[-2L]), toString(shape)),
      describe(target), kind = "shape"
    )
  }
  if (by_class && !r_are_classes(target, shape[2L])) {
    wrong <- target[!target %in% seq_len(shape[2L])]
    refuse("target", sprintf("classes, whole numbers from 1 to %d", shape[2L]),
           describe(wrong[1L]))
  }
  list(output = output, target = target, by_class = by_class, terms = length(output) / shape[2L])
}

loss_members <- list(
  backward = function(x) {
    function(output, target) loss_gradient(environment(x), output, target)
  },
  reduction = function(x) if (environment(x)$kind != "own") environment(x)$reduction
)

#' @export
`$.nnconv_loss` <- function(x, name) find_member(x, name, loss_members, "a loss")

#' @export
names.nnconv_loss <- function(x) names(loss_members)

#' @export
print.nnconv_loss <- function(x, ...) {
  state <- environment(x)
  if (state$kind == "own") {
    cat("nn_loss(value, gradient)\n")
  } else {
    cat(sprintf("nn_%s_loss(reduction = %s)\n", state$kind, dQuote(state$reduction, FALSE)))
  }
  invisible(x)
}
