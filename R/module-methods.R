# Methods: R's generic functions for modules. Documented in module.R.

#' @rdname nnconv_module
#' @export
format.nnconv_module <- function(x, ...) {
  text <- fold_module(x, function(module, children) {
    if (!is.null(children)) {
      return(chain_text(module, children))
    }
    lines <- strsplit(leaf_text(environment(module)), "\n", fixed = TRUE)[[1L]]
    list(lines = lines, depths = integer(length(lines)))
  })
  paste0(strrep("  ", text$depths), text$lines, collapse = "\n")
}

# Combines the texts of a chain's modules into lines with their indents: one line if it is short.
chain_text <- function(chain, texts) {
  labels <- chain_labels(names(texts))
  for (i in seq_along(texts)) texts[[i]]$lines[1L] <- paste0(labels[i], texts[[i]]$lines[1L])
  arguments <- hyper_arguments(environment(chain))
  texts <- c(texts, lapply(arguments, function(argument) list(lines = argument, depths = 0L)))
  lines <- lapply(texts, `[[`, "lines")
  if (all(lengths(lines) == 1L)) {
    line <- sprintf("%s(%s)", constructor(chain), toString(unlist(lines)))
    if (nchar(line) <= 80L) {
      return(list(lines = line, depths = 0L))
    }
  }
  inner <- seq_len(length(lines) - 1L)
  lines[inner] <- lapply(lines[inner], function(some) {
    last <- length(some)
    replace(some, last, paste0(some[last], ","))
  })
  list(
    lines = c(paste0(constructor(chain), "("), unlist(lines, use.names = FALSE), ")"),
    depths = c(0L, unlist(lapply(texts, `[[`, "depths"), use.names = FALSE) + 1L, 0L)
  )
}

indented <- function(text) gsub("\n", "\n  ", text, fixed = TRUE)

# Labels the modules whose names differ from their positions.
chain_labels <- function(names) {
  quoted <- vapply(names, function(name) deparse(as.name(name), backtick = TRUE), "")
  ifelse(names == seq_along(names) - 1L, "", paste(quoted, "= "))
}

#' @rdname nnconv_module
#' @export
toString.nnconv_module <- function(x, ...) { # nolint: object_name_linter.
  size <- if (is_chain(x)) {
    sprintf(" [%d]", length(x))
  } else {
    kind_of(environment(x))$label(config_of(x))
  }
  paste0(constructor(x), size)
}

# Lets tibbles show columns of modules.

#' @noRd
#' @exportS3Method pillar::obj_sum
obj_sum.nnconv_module <- function(x) toString(x)

#' @noRd
#' @exportS3Method pillar::type_sum
type_sum.nnconv_module <- function(x) constructor(x)

#' @rdname nnconv_module
#' @importFrom stats getCall
#' @export
getCall.nnconv_module <- function(x, ...) { # nolint: object_name_linter.
  fold_module(x, function(module, children) {
    if (!is.null(children)) {
      names(children)[names(children) == seq_along(children) - 1L] <- ""
    }
    arguments <- c(children, changed_arguments(environment(module)))
    as.call(c(call("::", quote(nnconv), as.name(constructor(module))), arguments))
  })
}

count_parameters <- function(x) as.double(sum(lengths(parameters_of(x))))

#' @rdname nnconv_module
#' @export
print.nnconv_module <- function(x, ...) {
  rule <- function(title) {
    cat("\n-- ", title, " ", strrep("-", 30L - nchar(title)), "\n", sep = "")
  }
  section <- function(title, values, text) {
    if (length(values)) rule(title)
    for (name in names(values)) cat("* ", name, ": ", text(values[[name]]), "\n", sep = "")
  }
  cat(sprintf(
    "An %s with %s parameters.\n", kind_in_words(x), in_thousands(count_parameters(x))
  ))
  states <- if (is_chain(x)) states_of(x)
  section("Modules", states[nzchar(names(states))], function(state) {
    if (is_skip(state)) skip_text(state) else indented(leaf_text(state))
  })
  section("Hyper-parameters", hyper_parameters(config_of(x)), function(value) {
    if (is.null(value)) value <- "NULL"
    if (is.function(value)) value <- indented(function_text(value))
    if (is.numeric(value) && length(value) == 4L) return(per_side(value))
    paste(if (is.numeric(value)) in_full(value) else value, collapse = " x ")
  })
  in_brackets <- function(value) sprintf("Double [%s]", toString(paste0("1:", extents_of(value))))
  section("Parameters", parameters_of(x), in_brackets)
  section("Buffers", buffers_of(x), in_brackets)
  invisible(x)
}

#' @rdname nnconv_module
#' @importFrom utils str
#' @export
str.nnconv_module <- function(object, ...) {
  cat(format(object), "\n", sep = "")
  if (count_parameters(object)) str(parameters_of(object), no.list = TRUE, ...)
  invisible(object)
}

#' @rdname nnconv_module
#' @export
summary.nnconv_module <- function(object, input_shape = NULL, ...) {
  states <- states_of(object)
  summary <- list(layer = format(object), parameters = count_parameters(object))
  modules <- data.frame(
    module = vapply(states, function(state) paste0(constructor_of(state$config), "()"), ""),
    parameters = vapply(states, function(state) {
      as.double(sum(lengths(own_parameters(state))))
    }, 0)
  )
  if (!is.null(input_shape)) {
    shapes <- shapes_through(object, input_shape, ..., argument = "input_shape")
    work <- vapply(seq_along(states), function(i) {
      config <- states[[i]]$config
      kind_of(states[[i]])$multiply_adds(config, shapes[[i]], shapes[[i + 1L]])
    }, 0)
    summary$input_shape <- shapes[[1L]]
    summary$output_shape <- shapes[[length(shapes)]]
    summary$multiply_adds <- sum(work)
    modules <- data.frame(
      module = modules$module, output_shape = vapply(shapes[-1L], shape_label, ""),
      parameters = modules$parameters, multiply_adds = work, row.names = names(states)
    )
  }
  if (!is.null(names(states))) summary$modules <- modules
  structure(summary, class = "nnconv_summary")
}

#' @export
print.nnconv_summary <- function(x, ...) {
  cat(if (is.null(x$modules)) x$layer else chain_in_words(x), "\n", sep = "")
  cat("parameters:    ", in_thousands(x$parameters), "\n", sep = "")
  if (!is.null(x$input_shape)) {
    cat("input shape:   ", shape_label(x$input_shape), "\n", sep = "")
    cat("output shape:  ", shape_label(x$output_shape), "\n", sep = "")
    cat("multiply-adds: ", in_thousands(x$multiply_adds), "\n", sep = "")
  }
  if (!is.null(x$modules)) {
    counts <- names(x$modules) %in% c("parameters", "multiply_adds")
    x$modules[counts] <- lapply(x$modules[counts], in_thousands)
    cat("\n")
    print(x$modules)
  }
  invisible(x)
}

chain_in_words <- function(summary) {
  count <- sum(summary$modules$module != "nn_skip()")
  constructor <- sub("[(].*", "", sub("\n.*", "", summary$layer))
  sprintf("%s() of %d %s", constructor, count, if (count == 1L) "module" else "modules")
}

#' @rdname nnconv_module
#' @importFrom stats coef
#' @export
coef.nnconv_module <- function(object, ...) parameters_of(object)

#' @rdname nnconv_module
#' @method all.equal nnconv_module
#' @export
all.equal.nnconv_module <- function(target, current, ...) {
  if (!is_module(current)) {
    return("current is not a layer of nnconv")
  }
  kinds <- c(kinds_in(target), kinds_in(current))
  if (kinds[1L] != kinds[2L]) {
    return(sprintf("one is an %s, the other an %s", kinds[1L], kinds[2L]))
  }
  differences <- c(
    named_differences(hyper_parameters_of(target), hyper_parameters_of(current), ...),
    named_differences(state_of(target), state_of(current), ...)
  )
  if (length(differences)) differences else TRUE
}

# For example "nn_relu", or "nn_sequential of 0 = nn_conv2d, 1 = nn_relu".
kinds_in <- function(x) {
  states <- states_of(x)
  kinds <- vapply(states, function(state) constructor_of(state$config), "")
  if (is.null(names(states))) {
    return(kinds)
  }
  paste(constructor(x), "of", toString(paste(names(states), "=", kinds)))
}

named_differences <- function(target, current, ...) {
  unlist(lapply(union(names(target), names(current)), function(name) {
    equal <- all.equal(target[[name]], current[[name]], ...)
    if (!isTRUE(equal)) paste0(name, ": ", equal)
  }))
}
