# Sequential: a chain of layers and activations as one module.

#' Chain of layers and activations
#'
#' Combines several modules into one: a function that applies them in turn. It has all of
#' their parameters, and its `backward()` computes all of their gradients.
#'
#' @param x A chain.
#' @param ... Layers, activations and chains, in the order of application. They can be
#'   named; an unnamed one is named by its position, counted from 0 as in torch. Names
#'   must not contain a dot or equal the name of a member. The modules are not copied: a
#'   chain shares its weights with the layers that it was made from. No layer may occur
#'   twice.
#'
#' @section Formula:
#' `nn_sequential(f, g, h)(x)` is `h(g(f(x)))`. Its gradients follow by the chain rule:
#' each module's input gradient is the `grad_output` of the module before it.
#'
#' @section Skip connections:
#' A chain passes each result only to the next module. [nn_skip()] makes a module that uses its
#' input twice, as U-Nets and residual networks do. Keep the modules of any other network in a list,
#' which [nn_parameters_vector()] also accepts, and call them in turn.
#' `vignette("coming-from-torch")` shows how, forward and backward.
#'
#' @section Shapes:
#' Input and result have the shapes that the first and the last module determine. Each
#' layer must accept the number of channels that the preceding layer returns. A transposed
#' layer returns its own `output_size` or, without one, its default size.
#'
#' @section Members:
#' A chain has the members of [nnconv_module]. Its parameters, state and gradients are named
#' by the modules: `"0.weight"`, `"0.bias"`, `"2.weight"`. Chains also have:
#'
#' | member | meaning |
#' | --- | --- |
#' | `net[[1]]`, `` net$`0` ``, `net$name` | a module, by position from 1 or by name |
#' | `net$name <- module`, `net[[1]] <- module` | replaces a module |
#' | `` net$`2.0` ``, `` net$`2.0.weight` `` | a module of the chain in `2`, or its weight; read or replace it |
#' | `net$children` | the named list of the modules |
#' | `length(net)` | the number of modules |
#'
#' `net$backward(input, grad_output)` first runs the chain forward, because it needs the
#' input of each module, and stores nothing afterwards. `grad_output` can be a function: it
#' gets the result and returns the gradient of the loss with respect to the result. One
#' call then does a whole training step, and returns the result too if `wanted` includes
#' `"output"`. The backward pass stops at the first module whose gradient is wanted.
#'
#' @return A function of class `nnconv_sequential`; call it as `net(input)`. It returns a
#'   double array.
#'
#' @section Errors:
#' Signals a classed [nnconv_error] if an argument is not a module, a name is invalid, a
#' layer occurs twice, or channels do not match. When the chain runs, the message begins
#' with the name of the module that refused.
#'
#' @references PyTorch's `Sequential` (Paszke et al., 2019,
#'   <https://arxiv.org/abs/1912.01703>).
#'
#' @seealso [nn_relu()] for the activations, [nn_optim_adam()] and
#'   [nn_parameters_vector()] for training.
#'
#' @examples
#' set.seed(1)
#' net <- nn_sequential(
#'   nn_conv2d(1, 4, 3, stride = 2, padding = 1),
#'   nn_relu(),
#'   nn_conv_transpose2d(4, 1, 4, stride = 2, padding = 1)
#' )
#' net
#' #> An `nn_sequential` module with 105 parameters.
#' #>
#' #> -- Modules -----------------------
#' #> * 0: nn_conv2d(1, 4, kernel_size = 3, stride = 2, padding = 1)
#' #> * 1: nn_relu()
#' #> * 2: nn_conv_transpose2d(4, 1, kernel_size = 4, stride = 2, padding = 1)
#' #>
#' #> -- Parameters --------------------
#' #> * 0.weight: Double [1:4, 1:1, 1:3, 1:3]
#' #> * 0.bias: Double [1:4]
#' #> * 2.weight: Double [1:4, 1:1, 1:4, 1:4]
#' #> * 2.bias: Double [1:1]
#' x <- array(rnorm(64), c(1, 8, 8))
#' all.equal(net(x), net[[3]](pmax(net[[1]](x), 0)))
#' #> [1] TRUE
#' summary(net, input_shape = dim(x))
#' #> nn_sequential() of 3 modules
#' #> parameters:    105
#' #> input shape:   1 x 8 x 8
#' #> output shape:  1 x 8 x 8
#' #> multiply-adds: 1,600
#' #>
#' #>                  module output_shape parameters multiply_adds
#' #> 0           nn_conv2d()    4 x 4 x 4         40           576
#' #> 1             nn_relu()    4 x 4 x 4          0             0
#' #> 2 nn_conv_transpose2d()    1 x 8 x 8         65         1,024
#' net$`0.bias` <- 1:4 # the path that print() shows
#' net[[1]]$bias
#' #> [1] 1 2 3 4
#'
#' # The gradient of half the squared error
#' step <- net$backward(x, function(y) y - x, wanted = c("output", "weight", "bias"))
#' names(step)
#' #> [1] "output"   "0.weight" "0.bias"   "2.weight" "2.bias"
#' @export
nn_sequential <- function(...) {
  new_chain(list(layer = "sequential"), list(...))
}

define_kind("sequential", closure = function() sequential_closure())

#' @rdname nn_sequential
#' @export
length.nnconv_sequential <- function(x) length(environment(x)$children)

# Makes a chain, or a skip, of modules that may lack names.
new_chain <- function(config, children) {
  if (length(children) == 0L) {
    refuse("...", "at least one layer or activation", "nothing")
  }
  given <- names_of(children)
  labels <- ifelse(given == "", sprintf("..%d", seq_along(children)), given)
  names(children) <- ifelse(given == "", seq_along(children) - 1L, given)
  check_names(names(children), names(hyper_parameters(config)))
  for (i in seq_along(children)) check_module(children[[i]], labels[i])
  set_children(new_module(config), children, "...")
}

check_names <- function(names, more) {
  taken <- names %in% c(names(chain_members), names(module_members), more)
  bad <- taken | duplicated(names) | grepl(".", names, fixed = TRUE) | is.na(names)
  if (any(bad)) {
    refuse("...", "named differently, without dots, and unlike the members of a chain",
           dQuote(names[bad][1L], FALSE))
  }
}

set_children <- function(net, children, argument) {
  state <- list(config = config_of(net), children = children)
  check_chain(steps_in(state, named = FALSE), argument, names(steps_in(state)$states))
  assign("children", children, envir = environment(net))
  net
}
