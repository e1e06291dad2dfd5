# Function: a module made of two R functions.

#' Module of two R functions
#'
#' Makes a module of any R function of an array and of a function that computes its gradient, for
#' what the package does not have: a pooling, a normalization, a rearrangement. Functions that work
#' element by element are simpler as [nn_activation()].
#'
#' @param forward A function `forward(x)` that returns a numeric array, of any shape.
#' @param backward A function `backward(x, y, grad_output)` that returns the gradient of
#'   `sum(y * grad_output)` with respect to `x`, an array of the shape of `x`; `y` is `forward(x)`
#'   and `grad_output` has its shape. `NULL` for a module without a gradient.
#'
#' @section Formula:
#' \eqn{y = f(x)}{y = f(x)}. The gradient is what `backward` returns; nothing checks its values.
#'
#' @section Shapes:
#' The input is a numeric or logical array of any shape, which `forward` gets as doubles. The result
#' is a double array of the shape that `forward` returns. `output_shape()` and `summary()` call
#' `forward` with zeros to find the shape of the result. In a chain, `forward` may change the number
#' of channels; whether the next layer reads it is found out at the call. In a skip ([nn_skip()]) it
#' counts as a module that changes the size.
#'
#' @section Saving:
#' The functions are stored with the module, as those of [nn_activation()].
#'
#' @return A function of class `nnconv_function`; call it with an array. It has the members of
#'   [nnconv_module] that make sense without parameters. [predict()][predict.nnconv_module] refuses
#'   it in tiles, because nothing tells which cells it reads.
#'
#' @section Errors:
#' Signals a classed [nnconv_error] if an argument is not a function of one or of three arguments,
#' if `forward` does not return a numeric array, or if `backward` does not return one of the shape
#' of the input. Errors of the functions pass as they are.
#'
#' @references PyTorch's `torch.autograd.Function` (Paszke et al., 2019,
#'   <https://arxiv.org/abs/1912.01703>).
#'
#' @seealso [nn_activation()] for functions of single elements, [nn_skip()] for sums and skips.
#'
#' @examples
#' # The mean of each channel of each image, as an image of one cell
#' global_mean <- nn_function(
#'   function(x) array(rowMeans(x, dims = 2), c(dim(x)[1:2], 1, 1)),
#'   function(x, y, grad_output) array(grad_output, dim(x)) / prod(dim(x)[3:4])
#' )
#' net <- nn_sequential(nn_conv2d(1, 3, 3), global_mean, nn_conv2d(3, 2, 1))
#' set.seed(1)
#' x <- array(rnorm(5 * 8 * 8), c(5, 1, 8, 8))
#' dim(net(x))
#' #> [1] 5 2 1 1
#' dim(net$backward(x, function(y) y)$input)
#' #> [1] 5 1 8 8
#' @export
nn_function <- function(forward, backward = NULL) {
  forward <- check_function(forward, "forward")
  if (!is.null(backward)) check_way_back(backward)
  new_module(list(
    forward = light_function(forward),
    backward = if (!is.null(backward)) light_function(backward),
    layer = "function"
  ))
}

define_kind(
  "function",
  forward = function(input, state, size) {
    x <- check_numeric(input, "input")
    check_elementwise_memory(x)
    check_returned(state$config$forward(x), "forward")
  },
  backward = function(grad_output, input, state, wanted, output, saved) {
    x <- check_numeric(input, "input")
    if (is.null(state$config$backward)) {
      refuse("backward", "a function, to compute gradients", "NULL", kind = "type")
    }
    grad_output <- check_result_gradient(grad_output, extents_of(output))
    gradient <- state$config$backward(x, output, grad_output)
    list(input = check_elementwise(gradient, "backward", x))
  },
  out_channels = function(config, channels) NA_real_,
  keeps_size = function(config) FALSE,
  output_shape = function(dim, state, size, argument) {
    dim <- check_dim(dim, argument, "the dimensions of an array")
    check_memory(16 * prod(dim), argument, "an array to call `forward` with")
    zeros <- if (length(dim)) array(0, dim) else numeric()
    as.double(extents_of(check_returned(state$config$forward(zeros), "forward")))
  },
  window = function(state, from, to, part) list(source = c(0, 0, from), result = c(0, 0, to)),
  in_images = function(state) {
    of_sequences <- state$config$forward
    list(config = list(layer = "function", forward = function(x) lifted(of_sequences(lowered(x)))))
  },
  not_tiled = function(state) {
    list(allowed = "NULL for a module of `nn_function()`",
         because = "Nothing tells which cells it reads.")
  }
)

check_way_back <- function(f) {
  count <- if (is.function(f)) length(formals(args(f)))
  if (!is.function(f) || count < 3L && !"..." %in% names(formals(args(f)))) {
    given <- if (is.function(f)) sprintf("one of %d", count) else describe(f)
    refuse("backward", "a function of three arguments", given, kind = "type")
  }
}

# Checks what the user's function returned.
check_returned <- function(y, argument) {
  if (!is_array_type(y)) {
    refuse(argument, "a function that returns a numeric or logical array",
           paste("one that returns", describe(y)), kind = "type")
  }
  check_memory(16 * length(y), argument, sprintf("%.0f elements of the result", length(y)))
  as_doubles(without_class(y), argument)
}
