# Members: the members of a module, how they are found by name or path, read and set.
#
# A path leads through chains: "2.0" is the module `0` of the chain `2`, and "2.0.weight" is its
# weight. Modules' names have no dot, so that a path has only one meaning.

# Members of every module, each as a function of the module. Those that are functions hold the
# module and nothing of where they were read, so that they can be saved and sent to workers.
module_members <- list(
  parameters = function(self) parameters_of(self),
  buffers = function(self) buffers_of(self),
  training = function(self) environment(self)$training,
  forward = function(self) self,
  backward = function(self) {
    force(self)
    function(input, grad_output, wanted = c("input", "weight", "bias")) {
      module_backward(self, input, grad_output, wanted)
    }
  },
  state_dict = function(self) {
    force(self)
    function(prefix = "", layout = "torch") state_in_layout(self, prefix, layout)
  },
  load_state_dict = function(self) {
    force(self)
    function(state_dict, prefix = "", layout = "torch", rename = NULL, strict = TRUE) {
      load_state(self, state_dict, prefix, layout, rename, strict)
    }
  },
  reset_parameters = function(self) {
    force(self)
    function() {
      for (state in states_of(self)) kind_of(state)$reset(state)
      invisible(self)
    }
  },
  clone = function(self) {
    force(self)
    function() clone_module(self)
  },
  to = function(self) {
    force(self)
    function(dtype) {
      dtype <- check_dtype(dtype)
      for (state in states_of(self)) {
        if (length(state$config$dtype)) state$config$dtype <- dtype
        if (length(state$config$image)) state$config$image$dtype <- dtype
      }
      invisible(self)
    }
  },
  train = function(self) {
    force(self)
    function(mode = TRUE) set_training(self, check_flag(mode, "mode"))
  },
  eval = function(self) {
    force(self)
    function() set_training(self, FALSE)
  },
  output_shape = function(self) {
    if (kind_of(environment(self))$takes_size) {
      function(dim, output_size = NULL) module_output_shape(self, dim, output_size)
    } else {
      function(dim) module_output_shape(self, dim)
    }
  }
)

# Members of chains only.
chain_members <- list(children = function(self) environment(self)$children)

# The members of every module of this kind; first its parameters and buffers.
members_of <- function(self) {
  kind <- kind_of(environment(self))
  own <- c(kind$parameters, kind$buffers)
  own <- sapply(own, function(name) function(self) environment(self)[[name]], simplify = FALSE)
  c(own, if (is_chain(self)) chain_members, module_members)
}

# Further members: the modules of a chain, or the arguments of a layer or an activation.
fields_of <- function(self) c(environment(self)$children, hyper_parameters(config_of(self)))

member_names <- function(self) c(names(members_of(self)), names(fields_of(self)))

# Returns the paths that print() shows: of layers, activations, parameters and buffers.
paths_of <- function(self) {
  paths <- names(states_of(self))
  c(paths[nzchar(paths)], names(state_of(self)))
}

# Follows a path to the module that owns its last name; returns the module and that name.
owner_of <- function(x, path) {
  repeat {
    children <- environment(x)$children
    inside <- validUTF8(path) & startsWith(path, paste0(names(children), ".", recycle0 = TRUE))
    if (!any(inside)) {
      return(list(module = x, name = path))
    }
    x <- children[[which(inside)]]
    path <- without_prefix(path, paste0(names(children)[inside], "."))
  }
}

read_member <- function(x, name) {
  owner <- owner_of(x, name)
  member <- members_of(owner$module)[[owner$name]]
  if (!is.null(member)) {
    return(member(owner$module))
  }
  fields <- fields_of(owner$module)
  if (!owner$name %in% names(fields)) {
    refuse_member(x, name)
  }
  fields[[owner$name]]
}

set_member <- function(x, name, value) {
  owner <- owner_of(x, name)
  state <- environment(owner$module)
  values <- own_state(state)
  if (owner$name %in% names(values)) {
    value <- check_parameter(value, name, extents_of(values[[owner$name]]))
    assign(owner$name, value, envir = state)
  } else if (owner$name %in% names(state$children)) {
    replace_child(x, state, owner$name, check_part(value, state, name), name)
  } else if (owner$name == "training") {
    set_training(owner$module, check_flag(value, name))
  } else {
    refuse_change(x, name, owner)
  }
  x
}

# Accepts a module that may become part of the chain with this state.
check_part <- function(module, state, argument) {
  nodes <- nodes_of(check_module(module, argument))$modules
  if (any(vapply(nodes, function(node) identical(environment(node), state), NA))) {
    refuse(argument, "a module that does not hold the chain itself", "one that does")
  }
  module
}

# Replaces a module in the chain with this state, unless the whole of `x` then does not fit.
replace_child <- function(x, state, name, module, argument) {
  before <- state$children
  fits <- FALSE
  on.exit(if (!fits) state$children <- before)
  state$children[[name]] <- module
  check_chain(module_steps(x, named = FALSE), argument, names(states_of(x)))
  fits <- TRUE
}

refuse_member <- function(x, name) {
  count <- length(environment(x)$children)
  places <- if (count && is.numeric(name)) sprintf(" or a place from 1 to %d", count)
  refuse(
    "name", paste0("a member of an ", kind_in_words(x), places), describe(name), kind = "member",
    because = advice_on(name, x)
  )
}

refuse_change <- function(x, name, owner) {
  module <- owner$module
  state <- environment(module)
  changeable <- c(names(own_state(state)), names(state$children), "training")
  because <- if (owner$name == "bias" && "bias" %in% kind_of(environment(module))$parameters) {
    "The layer was made with bias = FALSE."
  } else if (owner$name == "dtype") {
    "Use `m$to(dtype = )`."
  } else if (owner$name %in% names(hyper_parameters(config_of(module)))) {
    "Hyper-parameters are fixed when the layer is made."
  } else if (!owner$name %in% member_names(module)) {
    advice_on(name, x)
  }
  path <- if (name != owner$name) substr(name, 1L, nchar(name) - nchar(owner$name)) else ""
  refuse(
    "name", paste("a member that can be changed:", a_few(paste0(path, changeable))),
    describe(name), kind = "member", because = because
  )
}

# Suggests members whose names resemble an unknown one.
advice_on <- function(name, x) {
  near <- near_names(name, unique(c(member_names(x), paths_of(x), names(hyper_parameters_of(x)))))
  if (length(near)) {
    sprintf("Did you mean %s?", a_few(paste0("`", near, "`"), 3L))
  } else {
    "`names()` lists them."
  }
}

# Returns the names that start with the given name, differ from it in at most a third of the
# letters, contain it or are contained in it. A path also matches by its last name.
near_names <- function(name, names) {
  is_word <- is.character(name) && length(name) == 1L && !is.na(name) && validUTF8(name) &&
    nchar(name) %in% 2:50
  if (!is_word) {
    return(character())
  }
  last <- if (grepl(".", name, fixed = TRUE)) names else sub(".*[.]", "", names)
  letters <- pmin(utils::adist(name, names, ignore.case = TRUE),
                  utils::adist(name, last, ignore.case = TRUE))
  contains <- function(a, b) nchar(b) > 3L & mapply(grepl, b, a, fixed = TRUE)
  distance <- ifelse(letters <= nchar(name) / 3, letters, Inf)
  at_most <- function(distance, most, which) ifelse(which, pmin(distance, most), distance)
  distance <- at_most(distance, 1.5, contains(names, name) | contains(name, last))
  distance <- at_most(distance, 0.5, nchar(name) > 2L & startsWith(last, name))
  names[is.finite(distance) & distance == min(distance)]
}

set_training <- function(self, mode) {
  for (module in nodes_of(self)$modules) assign("training", mode, envir = environment(module))
  invisible(self)
}

clone_module <- function(self) {
  fold_module(self, function(module, children) {
    state <- as.list(environment(module))
    if (!is.null(children)) state$children <- children
    with_state(state, attributes(module))
  })
}

#' @rdname nnconv_module
#' @export
# Finds the members that every module has first: no path and no module of a chain has such a name.
`$.nnconv_module` <- function(x, name) {
  member <- module_members[[name]]
  if (is.null(member)) read_member(x, name) else member(x)
}

#' @rdname nnconv_module
#' @export
`[[.nnconv_module` <- function(x, i, ..., exact = TRUE) {
  check_single_index(...)
  `$.nnconv_module`(x, check_member(x, i))
}

check_single_index <- function(...) {
  if (...length() > 0L) {
    refuse("i", "one index", paste(...length() + 1L, "of them"), kind = "member")
  }
}

# Accepts a member's name or, in a chain, the position of a module.
check_member <- function(x, i) {
  children <- names(environment(x)$children)
  member <- if (is_number(i) || is.character(i)) without_class(i)
  if (is.numeric(member) && length(member) == 1L && member %in% seq_along(children)) {
    return(children[member])
  }
  if (!is.character(member) || length(member) != 1L || is.na(member)) {
    refuse_member(x, i)
  }
  member
}

#' @rdname nnconv_module
#' @export
`$<-.nnconv_module` <- function(x, name, value) set_member(x, name, value)

#' @rdname nnconv_module
#' @export
`[[<-.nnconv_module` <- function(x, i, ..., value) {
  check_single_index(...)
  `$<-.nnconv_module`(x, check_member(x, i), value)
}

#' @rdname nnconv_module
#' @export
names.nnconv_module <- function(x) member_names(x)

#' @noRd
#' @exportS3Method utils::.DollarNames
.DollarNames.nnconv_module <- function(x, pattern = "") { # nolint: object_name_linter.
  grep(pattern, unique(c(member_names(x), paths_of(x))), value = TRUE)
}
