# Sequential: a chain of layers and activations as one module.

#' A chain of layers and activations
#'
#' Makes one module of several: a function that applies them in turn, with all
#' their parameters, and whose `backward()` gives the gradients of all of them.
#'
#' @param x A chain.
#' @param ... Layers, activations and chains, in the order in which they are
#'   applied. They can be named; one without a name has its place as its name,
#'   counted from 0 as in torch. Names have no dot and are not those of members.
#'   The modules are not copied: a chain of a layer and the layer itself share
#'   the weights. No layer may come twice.
#'
#' @section Formula:
#' `nn_sequential(f, g, h)(x)` is `h(g(f(x)))`, and its gradients follow by the
#' chain rule: each module's gradient of the input is the `grad_output` of the one
#' before it.
#'
#' @section Skip connections:
#' A chain hands each result to the next module only. A network that uses a result
#' twice, as the skip connections of a U-Net do, is no chain: keep its modules in a
#' list, which [nn_parameters_vector()] takes too, and call them in turn.
#' `vignette("coming-from-torch")` does so, forward and backward.
#'
#' @section Shapes:
#' Those of the modules; the channels of each layer must be those that the one
#' before it returns. A transposed layer returns the size of its own `output_size`,
#' or the one that it has without.
#'
#' @section Members:
#' Those of [nnconv_module], with parameters, state and gradients named by the
#' modules: `"0.weight"`, `"0.bias"`, `"2.weight"`. Besides:
#'
#' | member | what it is |
#' | --- | --- |
#' | `net[[1]]`, `` net$`0` ``, `net$name` | a module, by place from 1 or by name |
#' | `net$name <- module`, `net[[1]] <- module` | puts another one in its place |
#' | `` net$`2.0` ``, `` net$`2.0.weight` `` | a module of the chain in `2`, and its weight, to be read and set |
#' | `net$children` | the named list of the modules |
#' | `length(net)` | how many they are |
#'
#' `net$backward(input, grad_output)` runs the chain forward once, as it needs
#' what goes into each module, and keeps nothing afterwards. With a function as
#' `grad_output`, which is given the result and returns the gradient of the loss
#' with respect to it, one call does the whole step of training, and `"output"`
#' among `wanted` returns the result too. Modules before the first one whose
#' gradient is wanted take no part in the way back.
#'
#' @return A function of class `nnconv_sequential`, to be called as `net(input)`.
#'
#' @section Errors:
#' A classed [nnconv_error] when something is not a module, names are not
#' possible, a layer comes twice, or channels do not fit. When the chain runs,
#' the message begins with the name of the module that refused.
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
#' net$`0.bias` <- 1:4 # by the path that is printed
#' net[[1]]$bias
#' #> [1] 1 2 3 4
#'
#' # The gradient of half the squared error
#' step <- net$backward(x, function(y) y - x, wanted = c("output", "weight", "bias"))
#' names(step)
#' #> [1] "output"   "0.weight" "0.bias"   "2.weight" "2.bias"
#' @export
nn_sequential <- function(...) {
  children <- list(...)
  if (length(children) == 0L) {
    refuse("...", "at least one layer or activation", "nothing")
  }
  given <- names_of(children)
  labels <- ifelse(given == "", sprintf("..%d", seq_along(children)), given)
  names(children) <- ifelse(given == "", seq_along(children) - 1L, given)
  check_names(names(children))
  for (i in seq_along(children)) check_module(children[[i]], labels[i])
  net <- new_module(list(layer = "sequential"))
  set_children(net, children, "...")
}

#' @rdname nn_sequential
#' @export
length.nnconv_sequential <- function(x) length(environment(x)$children)

check_names <- function(names) {
  taken <- names %in% c(names(chain_members), names(module_members))
  bad <- taken | duplicated(names) | grepl(".", names, fixed = TRUE) | is.na(names)
  if (any(bad)) {
    refuse("...", "named by names that differ, have no dot and are not those of members",
           dQuote(names[bad][1L], FALSE))
  }
}

set_children <- function(net, children, argument) {
  check_chain(leaves_among(children, named = FALSE), argument, names(leaves_among(children)))
  assign("children", children, envir = environment(net))
  net
}
