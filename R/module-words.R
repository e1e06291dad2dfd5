# Module words: describes a module in a few words.

kind_in_words <- function(x) {
  sprintf("`%s` %s", constructor(x), if (is_layer(x)) "layer" else "module")
}

# Named by the paths of the steps.
hyper_parameters_of <- function(x) {
  flatten_lists(lapply(states_of(x), function(state) hyper_parameters(state$config)))
}

constructor <- function(x) constructor_of(config_of(x))

constructor_of <- function(config) paste0("nn_", config$layer)

# Writes the call that makes a leaf, in one line or several.
leaf_text <- function(state) {
  sprintf("%s(%s)", constructor_of(state$config), toString(hyper_arguments(state)))
}

# For lists in which the modules of the skip stand before it.
skip_text <- function(state) sprintf("nn_skip(..., join = \"%s\")", state$config$join)

# Returns the positional and the non-default arguments, as a named list.
changed_arguments <- function(state) {
  config <- state$config
  defaults <- formals(get(constructor_of(config)))
  defaults <- defaults[names(defaults) != "..."]
  hyper <- hyper_parameters(config)
  hyper$bias <- !is.null(state$bias)
  hyper <- hyper[names(defaults)]
  is_default <- vapply(names(hyper), function(name) {
    !identical(defaults[[name]], quote(expr = )) &&
      is.null(hyper[[name]]) == is.null(defaults[[name]]) && all(hyper[[name]] == defaults[[name]])
  }, logical(1))
  lapply(hyper[!is_default], function(value) {
    if (is.numeric(value) && all(value == value[1L])) value[1L] else value
  })
}

# Writes these arguments as text; the positional ones go without names.
hyper_arguments <- function(state) {
  values <- changed_arguments(state)
  is_positional <- names(values) %in% kind_of(state)$positional
  texts <- vapply(values[!is_positional], function(value) {
    if (is.function(value)) function_text(value) else paste(deparse(value), collapse = "\n")
  }, "")
  c(in_full(unlist(values[is_positional])), sprintf("%s = %s", names(texts), texts))
}
