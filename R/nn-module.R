# Module: what every layer is.
#
# A layer is a closure whose environment is its state: `weight`, `bias` (NULL without one),
# `config` (R/config.R) and `training`. Nothing else is in it, so that saveRDS() and workers carry
# plain numbers. Law: whatever `weight` and `bias` are set to has the shape that config asks for.

new_module <- function(make_layer, config, with_bias) {
  layer <- make_layer()
  attr(layer, "srcref") <- NULL
  state <- environment(layer)
  state$config <- config
  state$training <- TRUE
  class(layer) <- c(paste0("nnconv_", config$layer), "nnconv_module")
  draw_parameters(layer, with_bias)
}

# Sets initial values; returns the layer.
draw_parameters <- function(layer, with_bias) {
  config <- config_of(layer)
  set_parameters(layer, init_uniform(weight_shape(config), with_bias, config$out_channels))
}

set_parameters <- function(layer, parameters) {
  state <- environment(layer)
  state$weight <- parameters$weight
  state$bias <- parameters$bias
  layer
}

config_of <- function(layer) environment(layer)$config

parameters_of <- function(layer) {
  state <- environment(layer)
  c(list(weight = state$weight), if (!is.null(state$bias)) list(bias = state$bias))
}

#' What a layer can do
#'
#' A layer made by [nn_conv_transpose2d()] or [nn_conv2d()] is a function: `m(x)`
#' applies it. It also has members, reached by `$` or `[[` and completed by the
#' tab key, and methods for R's usual generic functions.
#'
#' A layer has reference semantics, as in torch: two names for one layer share
#' its weights, `m$clone()` makes a copy that does not. It holds nothing but R
#' vectors, so [saveRDS()], [readRDS()] and sending it to another process work
#' and carry the weights and less than 4 KB besides.
#'
#' @section Members:
#' | member | what it is |
#' | --- | --- |
#' | `m(x)`, `m$forward(x)` | the layer applied to an array |
#' | `m$weight`, `m$bias` | the parameters as plain arrays; `m$bias` is `NULL` without one |
#' | `m$weight <- value` | replaces a parameter by an array of the same shape |
#' | `m$parameters` | named list of the parameters |
#' | `m$state_dict()` | the same, as torch calls it |
#' | `m$load_state_dict(list)` | replaces the parameters; missing, unexpected and wrongly shaped entries are errors, and then nothing is changed |
#' | `m$reset_parameters()` | draws new initial values |
#' | `m$clone()` | an independent copy |
#' | `m$to(dtype = )` | changes the type of the arithmetic, `"float64"` or `"float32"`; the parameters keep their digits |
#' | `m$train()`, `m$eval()`, `m$training` | sets and tells the mode; both layers do the same in either |
#' | `m$output_shape(dim, output_size = NULL)` | the dimensions of the result for an input of these dimensions |
#' | `m$in_channels`, `m$stride`, ... | every hyper-parameter by its name; fixed |
#'
#' `load_state_dict()`, `reset_parameters()`, `to()`, `train()` and `eval()`
#' return the layer, invisibly.
#'
#' @section Formula:
#' `summary()` counts multiply-adds as the products in the layer's formula: for
#' each image \eqn{C_{in} \, C_{out} / groups \cdot k_H \, k_W}{C_in * C_out / groups * kH * kW}
#' times the number of cells of the input (transposed convolution) or of the
#' result (convolution), products with padding and products that are cropped
#' away included.
#'
#' @section Errors:
#' A classed [nnconv_error] for a member that does not exist, one that cannot be
#' changed, and a value that is not numeric or has the wrong shape.
#'
#' @references Members and their names: PyTorch's `Module` (Paszke et al., 2019,
#'   <https://arxiv.org/abs/1912.01703>) and the R package torch.
#'
#' @param x,object,target A layer.
#' @param name,i Name of a member.
#' @param value An array of the shape of the parameter.
#' @param newdata An input array, as in `m(newdata)`.
#' @param input_shape Dimensions of an input, three or four whole numbers.
#' @param current Another layer to compare with: arguments, weights and bias.
#' @param ... For `all.equal()`, its `tolerance` and other arguments; for
#'   `predict()` and `summary()` of a transposed layer, `output_size`; for `str()`,
#'   its own arguments; otherwise ignored.
#'
#' @return `print()`, `str()` and `plot()` return their argument invisibly,
#'   `format()` a string, `names()` the names of the members, `coef()` the named
#'   list of the parameters, `predict()` what `m(newdata)` returns,
#'   `all.equal()` `TRUE` or a description of the differences. `summary()`
#'   returns a list with `layer`, `parameters` (a count) and, for a given
#'   `input_shape`, `output_shape` and `multiply_adds`.
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
#' # Saving
#' file <- tempfile(fileext = ".rds")
#' saveRDS(m, file)
#' all.equal(m, readRDS(file))
#' #> [1] TRUE
#' @name nnconv_module
NULL

# Each member as a function of the layer.
module_members <- list(
  weight = function(self) environment(self)$weight,
  bias = function(self) environment(self)$bias,
  parameters = function(self) parameters_of(self),
  training = function(self) environment(self)$training,
  forward = function(self) self,
  state_dict = function(self) function() parameters_of(self),
  load_state_dict = function(self) function(state_dict) load_parameters(self, state_dict),
  reset_parameters = function(self) {
    function() invisible(draw_parameters(self, !is.null(environment(self)$bias)))
  },
  clone = function(self) function() clone_module(self),
  to = function(self) {
    function(dtype) {
      state <- environment(self)
      state$config$dtype <- check_dtype(dtype)
      invisible(self)
    }
  },
  train = function(self) function(mode = TRUE) set_training(self, check_flag(mode, "mode")),
  eval = function(self) function() set_training(self, FALSE),
  output_shape = function(self) {
    if (inherits(self, "nnconv_conv2d")) {
      function(dim) module_output_shape(self, dim)
    } else {
      function(dim, output_size = NULL) module_output_shape(self, dim, output_size)
    }
  }
)

set_training <- function(self, mode) {
  state <- environment(self)
  state$training <- mode
  invisible(self)
}

clone_module <- function(self) {
  state <- environment(self)
  environment(self) <- list2env(as.list(state), parent = parent.env(state))
  self
}

load_parameters <- function(self, state_dict) {
  expected <- names(parameters_of(self))
  allowed <- sprintf("a list with exactly the entries %s", toString(expected))
  if (!is.list(state_dict) || is.data.frame(state_dict)) {
    refuse("state_dict", allowed, describe(state_dict), kind = "type")
  }
  given <- names(state_dict)
  if (length(given) != length(expected) || !setequal(given, expected)) {
    missing <- setdiff(expected, given)
    unexpected <- setdiff(given, expected)
    refuse(
      "state_dict", allowed,
      if (length(given)) paste("one with", toString(given)) else "one without names",
      kind = "state",
      because = paste(c(
        if (length(missing)) sprintf("Missing: %s.", toString(missing)),
        if (length(unexpected)) sprintf("Unexpected: %s.", toString(unexpected)),
        if (anyDuplicated(given)) sprintf("Twice: %s.", toString(given[duplicated(given)]))
      ), collapse = " ")
    )
  }
  checked <- lapply(
    stats::setNames(expected, expected),
    function(name) check_layer_parameter(self, name, state_dict[[name]])
  )
  invisible(set_parameters(self, checked))
}

check_layer_parameter <- function(self, name, value) {
  config <- config_of(self)
  check_parameter(
    value, name, if (name == "weight") weight_shape(config) else config$out_channels
  )
}

module_output_shape <- function(self, dim, output_size = NULL, argument = "dim") {
  config <- config_of(self)
  allowed <- sprintf(
    "the dimensions (N, %1$s, H, W) or (%1$s, H, W) of an input", in_full(config$in_channels)
  )
  if (!is_number(dim)) {
    refuse(argument, allowed, describe(dim), kind = "type")
  }
  rank <- length(dim)
  ok <- rank %in% 3:4 && !anyNA(dim) && all(dim == trunc(dim) & dim >= 0) &&
    all(dim <= .Machine$integer.max) && dim[rank - 2L] == config$in_channels
  if (!ok) {
    refuse(argument, allowed, describe(dim))
  }
  check_cells(dim, argument)
  shape <- result_shape(config, image_shape(dim), output_size, rank == 4L)
  if (rank == 3L) shape[-1L] else shape
}

member_names <- function(self) {
  hyper <- names(hyper_parameters(config_of(self)))
  c(names(module_members), hyper)
}

#' @rdname nnconv_module
#' @export
`$.nnconv_module` <- function(x, name) {
  member <- module_members[[name]]
  if (!is.null(member)) {
    return(member(x))
  }
  hyper <- hyper_parameters(config_of(x))
  if (!name %in% names(hyper)) {
    refuse_member(x, name)
  }
  hyper[[name]]
}

refuse_member <- function(x, name) {
  refuse("name", paste("one of", toString(member_names(x))), describe(name), kind = "member")
}

#' @rdname nnconv_module
#' @export
`[[.nnconv_module` <- function(x, i) {
  if (!is.character(i) || length(i) != 1L || is.na(i)) {
    refuse_member(x, i)
  }
  `$.nnconv_module`(x, i)
}

#' @rdname nnconv_module
#' @export
`$<-.nnconv_module` <- function(x, name, value) {
  state <- environment(x)
  if (name == "weight" || name == "bias" && !is.null(state$bias)) {
    value <- check_layer_parameter(x, name, value)
    assign(name, value, envir = state)
  } else if (name == "training") {
    set_training(x, check_flag(value, name))
  } else {
    changeable <- c(names(parameters_of(x)), "training")
    because <- if (name == "bias") {
      "The layer was made with bias = FALSE."
    } else if (name == "dtype") {
      "Use `m$to(dtype = )`."
    } else if (name %in% names(hyper_parameters(config_of(x)))) {
      "Hyper-parameters are fixed when the layer is made."
    }
    refuse(
      "name", paste("a member that can be changed:", toString(changeable)), describe(name),
      kind = "member", because = because
    )
  }
  x
}

#' @rdname nnconv_module
#' @export
`[[<-.nnconv_module` <- function(x, i, value) {
  if (!is.character(i) || length(i) != 1L || is.na(i)) {
    refuse_member(x, i)
  }
  `$<-.nnconv_module`(x, i, value)
}

#' @rdname nnconv_module
#' @export
names.nnconv_module <- function(x) member_names(x)

#' @noRd
#' @exportS3Method utils::.DollarNames
.DollarNames.nnconv_module <- function(x, pattern = "") { # nolint: object_name_linter.
  grep(pattern, member_names(x), value = TRUE)
}
