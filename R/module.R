# Module: the common form of every layer, activation and chain.
#
# A module is a closure whose environment is its state. The state holds `config` (R/config.R) and
# `training`; a layer adds `weight` and `bias` (NULL without one), a chain adds `children`. It holds
# nothing else, so saveRDS() and workers carry plain numbers.
#
# The closure finds the package by getNamespace() rather than through its environment. A process
# that reads a module but cannot find the package yet replaces the namespace by the global
# environment.
#
# The leaves of a chain are the layers and activations that it applies in turn, named by their paths
# ("0", "1.0"). Any other module is its own single leaf, without a name. Members are written once,
# over the leaves, and so work for every module.

new_module <- function(config, family = NULL) {
  class <- unique(c(paste0("nnconv_", config$layer), family, "nnconv_module"))
  with_state(list(config = config, training = TRUE), list(class = class))
}

# Makes a module from its state. All closures are made here, those of clones too, so that equal
# modules are equal byte by byte. A closure that gets another environment loses its compiled code.
with_state <- function(state, attributes) {
  module <- switch(state$config$layer,
    conv2d = conv2d_closure(),
    conv_transpose2d = conv_transpose2d_closure(),
    sequential = sequential_closure(),
    activation_closure()
  )
  list2env(state, environment(module))
  attributes(module) <- attributes
  module
}

#' What a layer can do
#'
#' A layer made by [nn_conv_transpose2d()] or [nn_conv2d()] is a function: `m(x)`
#' applies it. It also has members, reached by `$` or `[[` and completed by the
#' tab key, and methods for R's usual generic functions. Activations ([nn_relu()])
#' and chains ([nn_sequential()]) have the same ones, as far as they have
#' parameters and arguments.
#'
#' A layer has reference semantics, as in torch: two names for one layer share
#' its weights, `m$clone()` makes a copy that does not. It holds nothing but R
#' vectors, so [saveRDS()], [readRDS()] and sending it to another process work
#' and carry the weights and less than 4 KB besides (in a chain, for each module).
#' An [nn_activation()] carries its functions too, whose size is the user's own. A
#' process that reads a module needs the package at the first call, installed but
#' not attached; where it is missing, the call says so.
#'
#' A module, its clone and its copy from a file are equal byte by byte, also after
#' calls, so that `digest::digest()` and caches such as `memoise::memoise()` take
#' them for the same. A cache knows nothing of references, though: a layer and a
#' chain that holds it are two separate things when each is read from a file of its
#' own, or by a chunk of knitr with `cache = TRUE`. Save the chain alone, and take
#' the layer from it.
#'
#' @section Members:
#' | member | what it is |
#' | --- | --- |
#' | `m(x)`, `m$forward(x)` | the layer applied to an array |
#' | `m$backward(input, grad_output, wanted)` | the gradients; see below |
#' | `m$weight`, `m$bias` | the parameters as plain arrays; `m$bias` is `NULL` without one |
#' | `m$weight <- value` | replaces a parameter by an array of the same shape |
#' | `m$parameters` | named list of the parameters |
#' | `m$state_dict()` | the same, as torch calls it; see below |
#' | `m$load_state_dict(list)` | replaces the parameters; missing, unexpected and wrongly shaped entries are errors, and then nothing is changed. The error names a prefix that would fit |
#' | `m$reset_parameters()` | draws new initial values |
#' | `m$clone()` | an independent copy |
#' | `m$to(dtype = )` | changes the type of the arithmetic, `"float64"` or `"float32"`; the parameters keep their digits |
#' | `m$train()`, `m$eval()`, `m$training` | sets and tells the mode; both layers do the same in either |
#' | `m$output_shape(dim, output_size = NULL)` | the dimensions of the result for an input of these dimensions |
#' | `m$in_channels`, `m$stride`, ... | every hyper-parameter by its name; fixed |
#' | `` net$`2.0` ``, `` net$`2.0.weight` `` | in a chain, the same of its modules, by the paths that `print()` shows |
#'
#' `load_state_dict()`, `reset_parameters()`, `to()`, `train()` and `eval()`
#' return the layer, invisibly.
#'
#' @section Weights of other software:
#' `m$state_dict(prefix = "", layout = "torch")` puts `prefix` before the names, and
#' `m$load_state_dict(list, prefix = "", layout = "torch")` takes of the list only
#' the entries whose names begin with it. [nn_load_safetensors()] makes such a list
#' of a file, `vignette("weights")` shows how to go on. `layout` says in which order
#' the dimensions of the weight are:
#'
#' | layout | convolution | transposed convolution |
#' | --- | --- | --- |
#' | `"torch"`, `"onnx"` | `(C_out, C_in / groups, kH, kW)` | `(C_in, C_out / groups, kH, kW)` |
#' | `"keras"` | `(kH, kW, C_in / groups, C_out)` | `(kH, kW, C_out / groups, C_in)` |
#'
#' Keras calls the weight `kernel`; with its layout `state_dict()` does so too, and
#' `load_state_dict()` takes either name. In no layout is the kernel mirrored: all
#' of them define the transposed convolution as the gradient of the convolution.
#'
#' @section Gradients:
#' `m$backward(input, grad_output, wanted = c("input", "weight", "bias"))` returns
#' a list of the gradients of `sum(m(input) * grad_output)`, as
#' [nnf_conv_transpose2d_backward()] describes them; without a bias there is no
#' such entry. The layer keeps nothing between the passes. `grad_output` is an
#' array of the result's shape, or a function that makes it of the result, such as
#' `function(y) y - target`. With `"output"` among `wanted`, the list begins with
#' the result itself, as `output`.
#'
#' @section Formula:
#' `summary()` counts multiply-adds as the products in the layer's formula: for
#' each image \eqn{C_{in} \, C_{out} / groups \cdot k_H \, k_W}{C_in * C_out / groups * kH * kW}
#' times the number of cells of the input (transposed convolution) or of the
#' result (convolution), products with padding and products that are cropped
#' away included.
#'
#' @section Errors:
#' A classed [nnconv_error] for a member that does not exist (the message offers the
#' nearest ones that do), one that cannot be
#' changed, and a value that is not numeric or has the wrong shape; from
#' `backward()`, for what the call refuses, a `grad_output` of another shape than
#' the result, and unknown names in `wanted`.
#'
#' @references Members and their names: PyTorch's `Module` (Paszke et al., 2019,
#'   <https://arxiv.org/abs/1912.01703>) and the R package torch.
#'
#' @param x,object,target A layer, activation or chain.
#' @param name,i Name of a member or, in a chain, a path of names joined by dots; `i`
#'   also the place of a module in a chain.
#' @param value An array of the shape of the parameter, or a module for a chain.
#' @param exact Without effect: names are never completed.
#' @param input_shape Dimensions of an input, three or four whole numbers.
#' @param current Another layer to compare with: arguments, weights and bias.
#' @param ... For `all.equal()`, its `tolerance` and other arguments; for
#'   `summary()` of a transposed layer, `output_size`; for `str()`,
#'   its own arguments; for `[[`, nothing, as there is one index; otherwise ignored.
#'
#' @return `getCall()` the call that makes such a module anew, with new initial
#'   values, so that [stats::update()] changes arguments, as in
#'   `update(m, stride = 2)`. `print()`, `str()` and `plot()` return their argument invisibly,
#'   `names()` the names of the members, `coef()` the named list of the parameters,
#'   `all.equal()` `TRUE` or a description of the differences.
#'
#'   `format()` returns the R code that makes the module, as one string; a chain that
#'   is longer than 80 letters has a line for each module. `eval(parse(text =
#'   format(m)))` makes the module again, with new initial values. `toString()`
#'   returns a short label, `"nn_conv2d [3 -> 16]"` for a layer from 3 to 16 channels
#'   and `"nn_sequential [5]"` for a chain of 5 modules, which columns of tibbles and
#'   of data frames (by [I()]) show.
#'
#'   `summary()` returns a list with `layer`, the string of `format()`, and
#'   `parameters`, a count; for a given `input_shape`, also with `input_shape`,
#'   `output_shape` and `multiply_adds`. For a chain, `modules` is a data frame with a
#'   line for each layer and activation, and with columns of the same.
#'
#' @examples
#' set.seed(1)
#' m <- nn_conv_transpose2d(16, 33, kernel_size = 3, stride = 2)
#' m
#' #> An `nn_conv_transpose2d` layer with 4,785 parameters.
#' #>
#' #> -- Hyper-parameters --------------
#' #> * in_channels: 16
#' #> * out_channels: 33
#' #> * kernel_size: 3 x 3
#' #> * stride: 2 x 2
#' #> * padding: 0 x 0
#' #> * output_padding: 0 x 0
#' #> * groups: 1
#' #> * dilation: 1 x 1
#' #> * padding_mode: zeros
#' #> * dtype: float64
#' #> * output_size: NULL
#' #> * extend: FALSE
#' #>
#' #> -- Parameters --------------------
#' #> * weight: Double [1:16, 1:33, 1:3, 1:3]
#' #> * bias: Double [1:33]
#' m$output_shape(c(20, 16, 50, 100))
#' #> [1]  20  33 101 201
#' summary(m, input_shape = c(20, 16, 50, 100))
#' #> nn_conv_transpose2d(16, 33, kernel_size = 3, stride = 2)
#' #> parameters:    4,785
#' #> input shape:   20 x 16 x 50 x 100
#' #> output shape:  20 x 33 x 101 x 201
#' #> multiply-adds: 475,200,000
#'
#' # Reference semantics: a second name is the same layer, a clone is not
#' same <- m
#' copy <- m$clone()
#' m$bias <- rep(0, 33)
#' range(same$bias)
#' #> [1] 0 0
#' isTRUE(all.equal(m, copy))
#' #> [1] FALSE
#'
#' # Gradients, here of half the sum of squares
#' x <- array(rnorm(16 * 4 * 4), c(16, 4, 4))
#' gradients <- m$backward(x, function(y) y)
#' lengths(gradients)
#' #>  input weight   bias
#' #>    256   4752     33
#' all.equal(gradients$bias, apply(m(x), 1, sum))
#' #> [1] TRUE
#'
#' # Saving
#' file <- tempfile(fileext = ".rds")
#' saveRDS(m, file)
#' all.equal(m, readRDS(file))
#' #> [1] TRUE
#' @name nnconv_module
NULL

# The closure; its environment is the state, which new_layer() fills in.
conv2d_closure <- function() {
  weight <- bias <- config <- training <- NULL
  function(input) getNamespace("nnconv")$run_conv2d(input, weight, bias, config)
}

# The closure; its environment is the state, which new_layer() fills in.
conv_transpose2d_closure <- function() {
  weight <- bias <- config <- training <- NULL
  function(input, output_size = NULL) {
    getNamespace("nnconv")$run_conv_transpose2d(input, weight, bias, config, output_size)
  }
}

sequential_closure <- function() {
  children <- config <- training <- NULL
  function(input) getNamespace("nnconv")$run_sequential(input, children)
}

activation_closure <- function() {
  config <- training <- NULL
  function(input) getNamespace("nnconv")$run_activation(input, config)
}
