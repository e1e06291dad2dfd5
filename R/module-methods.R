# Methods: R's generic functions for modules. Documented in module.R.

#' @rdname nnconv_module
#' @export
format.nnconv_module <- function(x, ...) {
  text <- fold_module(x, function(module, children) {
    if (!is.null(children)) {
      return(chain_text(module, children))
    }
    line <- sprintf("%s(%s)", constructor(module), toString(hyper_arguments(module)))
    lines <- strsplit(line, "\n", fixed = TRUE)[[1L]]
    list(lines = lines, depths = integer(length(lines)))
  })
  paste0(strrep("  ", text$depths), text$lines, collapse = "\n")
}

# Combines the texts of a chain's modules into lines with their indents: one line if it is short.
chain_text <- function(chain, texts) {
  labels <- chain_labels(names(texts))
  for (i in seq_along(texts)) texts[[i]]$lines[1L] <- paste0(labels[i], texts[[i]]$lines[1L])
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
  size <- if (is_layer(x)) {
    config <- config_of(x)
    sprintf(" [%s -> %s]", in_full(config$in_channels), in_full(config$out_channels))
  } else if (is_chain(x)) {
    sprintf(" [%d]", length(x))
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
    arguments <- if (is.null(children)) changed_arguments(module) else children
    if (!is.null(children)) {
      names(arguments)[names(children) == seq_along(children) - 1L] <- ""
    }
    as.call(c(call("::", quote(nnconv), as.name(constructor(module))), arguments))
  })
}

# Returns the channels and the non-default arguments, as a named list.
changed_arguments <- function(x) {
  config <- config_of(x)
  defaults <- formals(get(constructor(x)))
  hyper <- hyper_parameters(config)
  hyper$bias <- !is.null(environment(x)$bias)
  hyper <- hyper[names(defaults)]
  is_default <- vapply(names(hyper), function(name) {
    !identical(defaults[[name]], quote(expr = )) &&
      is.null(hyper[[name]]) == is.null(defaults[[name]]) && all(hyper[[name]] == defaults[[name]])
  }, logical(1))
  lapply(hyper[!is_default], function(value) {
    if (is.numeric(value) && all(value == value[1L])) value[1L] else value
  })
}

# Writes these arguments as text; the channels go without names.
hyper_arguments <- function(x) {
  values <- changed_arguments(x)
  is_channels <- names(values) %in% c("in_channels", "out_channels")
  texts <- vapply(values[!is_channels], function(value) {
    if (is.function(value)) function_text(value) else paste(deparse(value), collapse = "\n")
  }, "")
  c(in_full(unlist(values[is_channels])), sprintf("%s = %s", names(texts), texts))
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
  section("Modules", if (length(environment(x)$children)) leaves_of(x), function(leaf) {
    indented(format(leaf))
  })
  section("Hyper-parameters", hyper_parameters(config_of(x)), function(value) {
    if (is.null(value)) value <- "NULL"
    if (is.function(value)) value <- indented(function_text(value))
    if (is.numeric(value) && length(value) == 4L) return(per_side(value))
    paste(if (is.numeric(value)) in_full(value) else value, collapse = " x ")
  })
  section("Parameters", parameters_of(x), function(parameter) {
    sprintf("Double [%s]", toString(paste0("1:", extents_of(parameter))))
  })
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
  leaves <- leaves_of(object)
  summary <- list(layer = format(object), parameters = count_parameters(object))
  modules <- data.frame(
    module = vapply(leaves, function(leaf) paste0(constructor(leaf), "()"), ""),
    parameters = vapply(leaves, count_parameters, 0)
  )
  if (!is.null(input_shape)) {
    shapes <- shapes_through(object, input_shape, ..., argument = "input_shape")
    work <- vapply(seq_along(leaves), function(i) {
      leaf_multiply_adds(leaves[[i]], shapes[[i]], shapes[[i + 1L]])
    }, 0)
    summary$input_shape <- shapes[[1L]]
    summary$output_shape <- shapes[[length(shapes)]]
    summary$multiply_adds <- sum(work)
    modules <- data.frame(
      module = modules$module, output_shape = vapply(shapes[-1L], shape_label, ""),
      parameters = modules$parameters, multiply_adds = work, row.names = names(leaves)
    )
  }
  if (!is.null(names(leaves))) summary$modules <- modules
  structure(summary, class = "nnconv_summary")
}

leaf_multiply_adds <- function(leaf, shape, result) {
  if (!is_layer(leaf)) {
    return(0)
  }
  multiply_adds(config_of(leaf), image_shape(shape), image_shape(result))
}

#' @export
print.nnconv_summary <- function(x, ...) {
  cat(if (is.null(x$modules)) x$layer else chain_in_words(nrow(x$modules)), "\n", sep = "")
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

chain_in_words <- function(count) {
  sprintf("nn_sequential() of %d %s", count, if (count == 1L) "module" else "modules")
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
  kinds <- c(kind_of(target), kind_of(current))
  if (kinds[1L] != kinds[2L]) {
    return(sprintf("one is an %s, the other an %s", kinds[1L], kinds[2L]))
  }
  differences <- c(
    named_differences(hyper_parameters_of(target), hyper_parameters_of(current), ...),
    named_differences(parameters_of(target), parameters_of(current), ...)
  )
  if (length(differences)) differences else TRUE
}

# For example "nn_relu", or "nn_sequential of 0 = nn_conv2d, 1 = nn_relu".
kind_of <- function(x) {
  leaves <- leaves_of(x)
  kinds <- vapply(leaves, constructor, "")
  if (is.null(names(leaves))) {
    return(kinds)
  }
  paste(constructor(x), "of", toString(paste(names(leaves), "=", kinds)))
}

named_differences <- function(target, current, ...) {
  unlist(lapply(union(names(target), names(current)), function(name) {
    equal <- all.equal(target[[name]], current[[name]], ...)
    if (!isTRUE(equal)) paste0(name, ": ", equal)
  }))
}
