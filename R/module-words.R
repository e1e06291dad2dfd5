# Module words: describes a module in a few words.

kind_in_words <- function(x) {
  sprintf("`%s` %s", constructor(x), if (is_layer(x)) "layer" else "module")
}

hyper_parameters_of <- function(x) {
  flatten_lists(lapply(leaves_of(x), function(leaf) hyper_parameters(config_of(leaf))))
}

constructor <- function(x) sub("^nnconv_", "nn_", class(x)[1L])
