# Activations: elementwise functions as modules.
#
# An activation's config holds its arguments and, as `layer`, its name; it has no parameters.

#' Activation functions
#'
#' Make modules that apply a function to every element of an array, for use between the
#' layers of [nn_sequential()]. `nn_activation()` makes a module from any function with a
#' known derivative.
#'
#' @param negative_slope Slope for negative elements, one number without unit.
#' @param f A function that maps an array to an array of the same shape, element by
#'   element, such as `sin`.
#' @param derivative The derivative of `f`, a function of the same argument, such as
#'   `cos`.
#'
#' @section Formula:
#' | module | value | derivative |
#' | --- | --- | --- |
#' | `nn_relu()` | `max(x, 0)` | 1 for `x > 0`, else 0 |
#' | `nn_leaky_relu(a)` | `x` for `x > 0`, else `a * x` | 1 for `x > 0`, else `a` |
#' | `nn_sigmoid()` | `y = 1 / (1 + exp(-x))` | `y * (1 - y)` |
#' | `nn_tanh()` | `y = tanh(x)` | `1 - y^2` |
#' | `nn_activation(f, derivative)` | `f(x)` | `derivative(x)` |
#'
#' The input's gradient is the derivative times `grad_output`.
#'
#' @section Shapes:
#' The input is a numeric or logical array of any shape, without unit. The result is a
#' double array of the same shape.
#'
#' @section Saving:
#' [saveRDS()] stores the functions of an `nn_activation()` along with it, without their
#' source text. A function made at top level, or in a package, takes nothing else along.
#'
#' A function made inside another function takes all of that function's variables along,
#' of any size, unless the package can see that it needs none. This is the case if every
#' name that it uses is found outside, nothing inside has or is assigned such a name, and
#' neither of the two functions calls [get()], [eval()], [environment()] or the like. A
#' function made inside [local()], or in code that [eval()] runs, always takes the
#' variables along. Names that it finds at top level are looked up again where the file
#' is read.
#'
#' @return A function of class `nnconv_activation`; call it with an array. It has the
#'   members of [nnconv_module] that make sense without parameters.
#'
#' @section Errors:
#' Signals a classed [nnconv_error] if `negative_slope` is not one number, `f` or
#' `derivative` is not a function or returns another shape, or the input is not numeric.
#'
#' @references Maas, Hannun and Ng (2013), *Rectifier nonlinearities improve
#'   neural network acoustic models*, for the leaky form; names and defaults:
#'   PyTorch (Paszke et al., 2019, <https://arxiv.org/abs/1912.01703>).
#'
#' @examples
#' x <- c(-2, 0, 3)
#' nn_relu()(x)
#' #> [1] 0 0 3
#' nn_leaky_relu(0.1)(x)
#' #> [1] -0.2  0.0  3.0
#' nn_sigmoid()$backward(x, c(0, 1, 0))$input
#' #> [1] 0.00 0.25 0.00
#' softplus <- nn_activation(function(x) log1p(exp(x)), stats::plogis)
#' softplus$backward(x, c(0, 1, 0))$input
#' #> [1] 0.0 0.5 0.0
#' @export
nn_relu <- function() new_activation("relu")

#' @rdname nn_relu
#' @export
nn_leaky_relu <- function(negative_slope = 0.01) {
  new_activation("leaky_relu", negative_slope = check_real(negative_slope, "negative_slope"))
}

#' @rdname nn_relu
#' @export
nn_sigmoid <- function() new_activation("sigmoid")

#' @rdname nn_relu
#' @export
nn_tanh <- function() new_activation("tanh")

#' @rdname nn_relu
#' @export
nn_activation <- function(f, derivative) {
  f <- check_function(f, "f")
  derivative <- check_function(derivative, "derivative")
  new_activation("activation", f = light_function(f), derivative = light_function(derivative))
}

new_activation <- function(name, ...) {
  new_module(list(..., layer = name), "nnconv_activation")
}

for (name in c("relu", "leaky_relu", "sigmoid", "tanh", "activation")) {
  define_kind(
    name,
    forward = function(input, state, size) activation_value(input, state$config),
    backward = function(grad_output, input, state, wanted, output, saved) {
      backward_activation(grad_output, input, output, state$config)
    }
  )
}
rm(name)

activation_value <- function(input, config) {
  x <- check_numeric(input, "input")
  check_elementwise_memory(x)
  switch(config$layer,
    relu = r_rectify(x, 0, x),
    leaky_relu = r_rectify(x, config$negative_slope, x),
    sigmoid = r_sigmoid(x),
    tanh = r_tanh(x),
    activation = check_elementwise(config$f(x), "f", x)
  )
}

# Accounts for the result and one temporary array of the same size.
check_elementwise_memory <- function(x) {
  check_memory(16 * length(x), "input", sprintf("%.0f elements of the result", length(x)))
}

# Multiplies the gradient g by the derivative at x; y is the value at x.
activation_gradient <- function(config, x, y, g) {
  switch(config$layer,
    relu = r_rectify(x, 0, g),
    leaky_relu = r_rectify(x, config$negative_slope, g),
    sigmoid = r_sigmoid_gradient(y, g),
    tanh = r_tanh_gradient(y, g),
    activation = g * check_elementwise(config$derivative(x), "derivative", x)
  )
}

# Checks the value that the user's function returned for x.
check_elementwise <- function(y, argument, x) {
  numbers <- if (is_array_type(y)) without_class(y)
  if (is.null(numbers) || !identical(extents_of(numbers), extents_of(x))) {
    refuse(
      argument, sprintf("a function that returns numbers of its argument's shape, [%s]",
                        toString(extents_of(x))),
      paste("one that returns", describe(y)), kind = "shape"
    )
  }
  as_doubles(numbers, argument)
}

backward_activation <- function(grad_output, input, output, config) {
  input <- check_numeric(input, "input")
  numbers <- check_result_gradient(grad_output, extents_of(input))
  check_elementwise_memory(input)
  list(input = activation_gradient(config, input, output, numbers))
}
