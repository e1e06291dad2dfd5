# Module: the common form of every layer, activation and chain.
#
# A module is a closure whose environment is its state. The state holds `config` (R/config.R) and
# `training`; a layer adds `weight` and `bias` (NULL without one), other kinds their parameters and
# buffers (R/module-kinds.R), a chain adds `children`. It holds nothing else, so saveRDS() and
# workers carry plain numbers.
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

# Makes a module with its first values.
new_drawn_module <- function(config) {
  module <- new_module(config)
  state <- environment(module)
  kind_of(state)$reset(state)
  module
}

# Makes a module from its state. All closures are made here, those of clones too, and their
# variables in one order, so that equal modules are equal byte by byte. A closure that gets another
# environment loses its compiled code.
with_state <- function(state, attributes) {
  kind <- kind_of(state)
  module <- kind$closure()
  order <- c("config", "training", kind$parameters, kind$buffers, "children")
  list2env(state[intersect(order, names(state))], environment(module))
  attributes(module) <- attributes
  module
}

#' Members and methods of layers
#'
#' A layer made by [nn_conv_transpose2d()] or [nn_conv2d()] is a function: `m(x)` applies
#' it to an array. It has members, which `$` and `[[` access and the tab key completes, and
#' methods for R's generic functions. All other modules, such as [nn_batch_norm2d()],
#' [nn_relu()] and chains ([nn_sequential()]), have the same members and methods, as far as
#' they have parameters and arguments.
#'
#' Layers have reference semantics, as in torch: two names for one layer share its
#' weights, while `m$clone()` makes an independent copy. A layer holds only R vectors, so
#' you can save it with [saveRDS()], read it with [readRDS()] and send it to other processes.
#' It carries its weights and, for each module, less than 4 KB of other data; an
#' [nn_activation()] also carries its functions, whatever their size. A process that uses
#' a saved module needs the package installed, but not attached; if it is missing, the
#' first call of the module says so.
#'
#' A module, its clone and its copy from a file are equal byte by byte, even after calls
#' that change no buffers.
#' `digest::digest()` and caches such as `memoise::memoise()` therefore treat them as the
#' same. Caches do not preserve references, however: a layer and a chain that contains it
#' become two separate objects if each is read from its own file, or by a knitr chunk with
#' `cache = TRUE`. Save only the chain and take the layer from it.
#'
#' @section Members:
#' | member | meaning |
#' | --- | --- |
#' | `m(x)`, `m$forward(x)` | applies the layer to an array |
#' | `m$backward(input, grad_output, wanted)` | computes the gradients; see below |
#' | `m$weight`, `m$bias` | the parameters as plain arrays; `m$bias` is `NULL` if there is none |
#' | `m$weight <- value` | replaces a parameter by an array of the same shape |
#' | `m$parameters` | named list of the parameters, which training changes |
#' | `m$buffers` | named list of the numbers that calls in training mode change, such as `running_mean` |
#' | `m$state_dict()` | named list of parameters and buffers; see below |
#' | `m$load_state_dict(list)` | replaces parameters and buffers. Missing, unexpected or wrongly shaped entries are errors, which change nothing; the message names a prefix that would fit. See below |
#' | `m$reset_parameters()` | draws new initial values, and resets the buffers |
#' | `m$clone()` | makes an independent copy |
#' | `m$to(dtype = )` | changes the type of the arithmetic, `"float64"` or `"float32"`; the parameters keep their digits |
#' | `m$train()`, `m$eval()`, `m$training` | sets or returns the mode: training or evaluation; see below |
#' | `m$output_shape(dim, output_size = NULL)` | the dimensions of the result for an input of dimensions `dim` |
#' | `m$in_channels`, `m$stride`, ... | every hyper-parameter by its name; read-only |
#' | `` net$`2.0` ``, `` net$`2.0.weight` `` | in a chain, a module or its parameter, by the path that `print()` shows |
#'
#' `load_state_dict()` (unless `strict = FALSE`), `reset_parameters()`, `to()`, `train()` and
#' `eval()` return the layer, invisibly.
#'
#' @section Training and evaluation:
#' A module is made in training mode. `m$eval()` ends it and `m$train()` returns to it, also
#' for all modules of a chain; `net[[1]]$eval()` changes one of them. The mode matters to
#' [nn_batch_norm2d()], which normalizes by the batch in training and by its running values
#' in evaluation, and to [nn_dropout()], which drops numbers in training only. Call
#' `m$eval()` before you use a trained network; [`predict()`][predict.nnconv_module] in tiles
#' asks for it.
#'
#' Each call in training mode, `m(x)` or `m$backward()`, updates the buffers once. A call
#' that fails or is interrupted changes none. A call before `m$eval()` therefore changes later
#' results too: after a call in the wrong mode, load the parameters and buffers again. The order of
#' parameters and buffers is that of torch's.
#'
#' @section Weights of other software:
#' `m$state_dict(prefix = "", layout = "torch")` puts `prefix` in front of the names.
#' `m$load_state_dict(list, prefix = "", layout = "torch", rename = NULL, strict = TRUE)`
#' uses only the entries of the list whose names start with `prefix`.
#' [nn_load_safetensors()] and [nn_load_torch()] read such a list from a file;
#' `vignette("weights")` shows the next steps.
#'
#' `rename` turns the names that follow the prefix into the module's names. It is a function
#' of all names, which returns as many (`NA` leaves an entry out), or a character vector of
#' replacements named by Perl's regular expressions, which are applied in turn:
#' `c("^enc" = "0", "[.]conv[.]" = ".")`, old names on the left, new ones on the right. If the
#' entries have other names but the same order, `names(list) <- names(m$state_dict())` is enough.
#'
#' With `strict = FALSE`, the parameters without an entry stay as they are, other entries are
#' ignored, and the result is, as in PyTorch, a list of the names `missing_keys` and
#' `unexpected_keys`. Wrong shapes are errors all the same. Entries may be integers of any
#' type, also of the class `integer64`.
#'
#' `layout` selects the order of the weight's dimensions:
#'
#' | layout | convolution | transposed convolution |
#' | --- | --- | --- |
#' | `"torch"`, `"onnx"` | `(C_out, C_in / groups, kH, kW)` | `(C_in, C_out / groups, kH, kW)` |
#' | `"keras"` | `(kH, kW, C_in / groups, C_out)` | `(kH, kW, C_out / groups, C_in)` |
#'
#' Keras calls the weight `kernel`. With its layout, `state_dict()` uses this name and
#' `load_state_dict()` accepts either name. No layout mirrors the kernel, because all of
#' them define the transposed convolution as the gradient of the convolution.
#'
#' @section Gradients:
#' `m$backward(input, grad_output, wanted = c("input", "weight", "bias"))` returns a list
#' of the gradients of `sum(m(input) * grad_output)`, as
#' [nnf_conv_transpose2d_backward()] describes them. A layer without a bias has no such
#' entry. `"weight"` and `"bias"` stand for those of all modules of a chain, also of batch
#' normalizations and parametric rectifiers. `backward()` runs the module forward itself,
#' in its mode, and stores nothing between the passes. `grad_output` is an array of the
#' result's shape, or a function that computes it from the result, such as
#' `function(y) y - target`. If `wanted` includes `"output"`, the list starts with the
#' result itself, as `output`.
#'
#' @section Formula:
#' `summary()` counts the products in the layer's formula as multiply-adds. For each
#' image, these are
#' \eqn{C_{in} \, C_{out} / groups \cdot k_H \, k_W}{C_in * C_out / groups * kH * kW}
#' times the number of cells of the input (transposed convolution) or of the result
#' (convolution). The count includes products with padding and products that are cropped.
#'
#' @section Errors:
#' A classed [nnconv_error] is signalled for a member that does not exist (the message
#' suggests similar names), for a member that cannot be changed, and for a value that is
#' not numeric or has the wrong shape. `backward()` signals one for input that the layer
#' refuses, for a `grad_output` that does not have the result's shape, and for unknown
#' names in `wanted`.
#'
#' @references Names of members: PyTorch's `Module` (Paszke et al., 2019,
#'   <https://arxiv.org/abs/1912.01703>) and the R package torch.
#'
#' @param x,object,target A layer, activation or chain.
#' @param name,i Name of a member or, in a chain, a path of names joined by dots. `i` can
#'   also be the position of a module in a chain, from 1.
#' @param value An array of the parameter's shape, or a module for a chain.
#' @param exact Ignored: names are never completed.
#' @param input_shape Dimensions of an input, three or four whole numbers.
#' @param current Another layer, to compare arguments, weights and bias with.
#' @param ... Further arguments: of `all.equal()`, such as `tolerance`; `output_size` for
#'   `summary()` of a transposed layer; those of `str()`. `[[` accepts none, because there
#'   is one index. Other methods ignore them.
#'
#' @return `print()`, `str()` and `plot()` return their argument, invisibly. `names()`
#'   returns the names of the members, `coef()` the named list of the parameters, and
#'   `all.equal()` returns `TRUE` or a description of the differences.
#'
#'   `getCall()` returns the call that makes such a module with new initial values. It
#'   lets [stats::update()] change arguments, as in `update(m, stride = 2)`.
#'
#'   `format()` returns the same call as R code in one string; a chain longer than 80
#'   characters gets one line per module. `eval(parse(text = format(m)))` makes the module
#'   again, with new initial values.
#'
#'   `toString()` returns a short label for columns of tibbles and of data frames (by
#'   [I()]): `"nn_conv2d [3 -> 16]"` for a layer from 3 to 16 channels,
#'   `"nn_sequential [5]"` for a chain of 5 modules.
#'
#'   `summary()` returns a list with `layer`, the string of `format()`, and `parameters`,
#'   their number. With an `input_shape`, it adds `input_shape`, `output_shape` and
#'   `multiply_adds`. For a chain, `modules` is a data frame that gives the same values
#'   for each layer and activation, one per row.
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
#' # Reference semantics: a second name means the same layer, a clone is independent
#' same <- m
#' copy <- m$clone()
#' m$bias <- rep(0, 33)
#' range(same$bias)
#' #> [1] 0 0
#' isTRUE(all.equal(m, copy))
#' #> [1] FALSE
#'
#' # Gradients of half the sum of squares
#' x <- array(rnorm(16 * 4 * 4), c(16, 4, 4))
#' gradients <- m$backward(x, function(y) y)
#' lengths(gradients)
#' #>  input weight   bias
#' #>    256   4752     33
#' all.equal(gradients$bias, apply(m(x), 1, sum))
#' #> [1] TRUE
#'
#' # Training changes buffers; evaluation uses them
#' norm <- nn_batch_norm2d(16)
#' y <- norm(x)
#' names(norm$buffers)
#' #> [1] "running_mean"        "running_var"         "num_batches_tracked"
#' all.equal(norm$running_mean, 0.1 * apply(x, 1, mean))
#' #> [1] TRUE
#' isTRUE(all.equal(norm$eval()(x), y))
#' #> [1] FALSE
#'
#' # Weights with other names
#' state <- list(layer.kernel = copy$weight, layer.offset = copy$bias)
#' rename <- c("^kernel$" = "weight", "^offset$" = "bias")
#' m$load_state_dict(state, prefix = "layer.", rename = rename)
#' all.equal(m, copy)
#' #> [1] TRUE
#' names(state) <- names(m$state_dict()) # the order is the same
#' m$load_state_dict(state)
#'
#' # Saving
#' file <- tempfile(fileext = ".rds")
#' saveRDS(m, file)
#' all.equal(m, readRDS(file))
#' #> [1] TRUE
#' @name nnconv_module
NULL

# The closure; its environment is the state, which with_state() fills in.
conv2d_closure <- function() {
  weight <- bias <- config <- training <- NULL
  function(input) getNamespace("nnconv")$run_conv2d(input, weight, bias, config)
}

# The closure; its environment is the state, which with_state() fills in.
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

sized_closure <- function() {
  config <- training <- NULL
  function(input, output_size = NULL) {
    getNamespace("nnconv")$run_module(input, parent.env(environment()), output_size)
  }
}
