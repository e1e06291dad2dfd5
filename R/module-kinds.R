# Kinds: the table of each kind of module.
#
# A kind is named by `config$layer`. Its table says all that the package knows of it; no other code
# asks which kind a module is of. The file of each constructor defines its kind, with the entries
# that differ from `usual_kind`. `state` is a module's environment, or a list like it.
#
# * `forward(input, state, size)` returns the result. `size` is NULL or the height and width that
#   the result is to have; only kinds with `takes_size` get one. A kind that has to tell more
#   returns a list: `output`; `saved`, any value for `backward` of the same call; and `buffers`, a
#   named list of the buffers' next values, which are set when the whole call has succeeded.
#   `state$training` is the mode.
# * `backward(grad_output, input, state, wanted, output, saved)` returns the wanted gradients as a
#   list, by the names "input" and those of the parameters. `output` and `saved` are lazy: the
#   forward pass of the last step of a chain runs only for them.
# * `gradients(call, state)` may return all gradients of a module by itself at once, or NULL.
# * `next_buffers(state, moments)` are such values, or NULL, where the core has run the module on a
#   batch: a list of the `mean` and the sum of `squares` of each channel, and the `count` of its
#   numbers.
# * `parameters`, `buffers`: their names in the state, in torch's order. Those that are NULL in the
#   state do not exist. `reset(state)` draws initial values.
# * `check(state)` refuses what was changed by hand.
# * `in_channels(config)` are the channels that it reads, or NULL for any number that
#   `fits(config, channels)`; `out_channels(config, channels)` are those that it returns, NA if they
#   follow from unknown ones.
# * `axes` is the number of axes of its images besides the channels, or NULL for any.
# * `output_shape(dim, state, size, argument)`; `keeps_size(config)` tells if height and width stay;
#   `sizes(state, extents)`, with `takes_size`, are the sizes in words that it can return.
# * `multiply_adds(config, shape, result)`, for the extents of input and result.
# * In tiles: `scale(config)` is the size of the result by that of the input; `window(state, from,
#   to, part)` tells which `source` it reads for a `part` of its result, and which `result` that
#   makes, given both sizes; `run_window(input, state, window)` computes it, and so does a module of
#   the state `on_window(state, window)`, unless that is NULL; `not_tiled(state)` is NULL or says
#   what `tile` must be, and why. `not_batched(state)` says it of `batch_size`.
# * `in_images(state)`, in chains of sequences, is the state of a module of images of height 1.
# * `matrix(state, shape, result, sparse)`, or NULL for a kind that is not linear.
# * `positional` arguments are written without names; `label(config)` follows the name.

kinds <- new.env(parent = emptyenv())

usual_kind <- list(
  closure = function() module_closure(),
  forward = NULL,
  takes_size = FALSE,
  backward = NULL,
  gradients = function(call, state) NULL,
  parameters = character(),
  buffers = character(),
  next_buffers = function(state, moments) NULL,
  reset = function(state) NULL,
  check = function(state) NULL,
  in_channels = function(config) NULL,
  fits = function(config, channels) TRUE,
  out_channels = function(config, channels) channels,
  axes = NULL,
  output_shape = function(dim, state, size, argument) {
    check_dim(dim, argument, "the dimensions of an array")
  },
  keeps_size = function(config) TRUE,
  multiply_adds = function(config, shape, result) 0,
  scale = function(config) c(1, 1),
  window = function(state, from, to, part) list(source = part, result = part),
  run_window = function(input, state, window) result_of(kind_of(state)$forward(input, state, NULL)),
  on_window = function(state, window) state,
  not_tiled = function(state) NULL,
  not_batched = function(state) NULL,
  in_images = function(state) state,
  matrix = NULL,
  positional = character(),
  label = function(config) NULL
)

# Returns the table of a kind with other entries than `like`.
like_kind <- function(..., like = usual_kind) {
  own <- list(...)
  like[names(own)] <- own
  like
}

define_kind <- function(name, ...) assign(name, like_kind(...), envir = kinds)

kind_of <- function(state) {
  name <- state$config$layer
  kind <- if (is.character(name) && length(name) == 1L && isTRUE(nzchar(name))) kinds[[name]]
  if (is.null(kind)) refuse_changed("layer", name, numeric())
  kind
}

passes_channels <- function(state) identical(kind_of(state)$out_channels(state$config, 1), 1)

# A forward pass returns the result alone, or a list that holds it.
result_of <- function(value) if (is.list(value)) value$output else value

# The parameters and the buffers that there are in a state.
own_values <- function(state, names) {
  values <- lapply(names, function(name) state[[name]])
  names(values) <- names
  values[!vapply(values, is.null, NA)]
}
own_parameters <- function(state) own_values(state, kind_of(state)$parameters)
own_buffers <- function(state) own_values(state, kind_of(state)$buffers)
own_state <- function(state) c(own_parameters(state), own_buffers(state))

module_closure <- function() {
  config <- training <- NULL
  function(input) getNamespace("nnconv")$run_module(input, parent.env(environment()))
}
