# S3 methods: what R's generic functions say of a module. Documented in nn-module.R.

#' @rdname nnconv_module
#' @export
format.nnconv_module <- function(x, ...) {
  arguments <- if (inherits(x, "nnconv_sequential")) chain_arguments(x) else hyper_arguments(x)
  sprintf("%s(%s)", constructor(x), toString(arguments))
}

# The modules, and the names that they do not have by their places.
chain_arguments <- function(x) {
  children <- environment(x)$children
  labels <- paste(names(children), "= ")
  labels[names(children) == seq_along(children) - 1L] <- ""
  paste0(labels, vapply(children, format, ""))
}

# The channels, and the arguments that are not the default.
hyper_arguments <- function(x) {
  config <- config_of(x)
  defaults <- formals(get(constructor(x)))
  hyper <- hyper_parameters(config)
  hyper$bias <- !is.null(environment(x)$bias)
  hyper <- hyper[setdiff(names(defaults), c("in_channels", "out_channels"))]
  is_default <- vapply(names(hyper), function(name) {
    !identical(defaults[[name]], quote(expr = )) &&
      is.null(hyper[[name]]) == is.null(defaults[[name]]) && all(hyper[[name]] == defaults[[name]])
  }, logical(1))
  values <- vapply(hyper[!is_default], function(value) {
    if (is.numeric(value) && all(value == value[1L])) value <- value[1L]
    if (is.function(value)) function_text(value) else paste(deparse(value), collapse = "\n")
  }, character(1))
  channels <- if (is_layer(x)) in_full(c(config$in_channels, config$out_channels))
  c(channels, sprintf("%s = %s", names(values), values))
}

constructor <- function(x) sub("^nnconv_", "nn_", class(x)[1L])

count_parameters <- function(x) as.double(sum(lengths(parameters_of(x))))

in_thousands <- function(count) {
  format(count, big.mark = ",", decimal.mark = ".", scientific = FALSE, trim = TRUE)
}

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
    "An `%s` %s with %s parameters.\n", constructor(x), if (is_layer(x)) "layer" else "module",
    in_thousands(count_parameters(x))
  ))
  section("Modules", if (length(environment(x)$children)) leaves_of(x), format)
  section("Hyper-parameters", hyper_parameters(config_of(x)), function(value) {
    if (is.null(value)) value <- "NULL"
    if (is.function(value)) value <- gsub("\n", "\n  ", function_text(value), fixed = TRUE)
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
  summary <- list(layer = format(object), parameters = count_parameters(object))
  if (!is.null(input_shape)) {
    leaves <- leaves_of(object)
    shapes <- shapes_through(object, input_shape, ..., argument = "input_shape")
    work <- vapply(seq_along(leaves), function(i) {
      leaf_multiply_adds(leaves[[i]], shapes[[i]], shapes[[i + 1L]])
    }, 0)
    summary$input_shape <- shapes[[1L]]
    summary$output_shape <- shapes[[length(shapes)]]
    summary$multiply_adds <- sum(work)
    if (!is.null(names(leaves))) {
      summary$modules <- data.frame(
        module = vapply(leaves, function(leaf) paste0(constructor(leaf), "()"), ""),
        output_shape = vapply(shapes[-1L], shape_label, ""),
        parameters = vapply(leaves, count_parameters, 0), multiply_adds = work
      )
    }
  }
  structure(summary, class = "nnconv_summary")
}

leaf_multiply_adds <- function(leaf, shape, result) {
  if (!is_layer(leaf)) {
    return(0)
  }
  multiply_adds(config_of(leaf), image_shape(shape), image_shape(result))
}

shape_label <- function(extents) paste(in_full(extents), collapse = " x ")

#' @export
print.nnconv_summary <- function(x, ...) {
  cat(x$layer, "\n", sep = "")
  cat("parameters:    ", in_thousands(x$parameters), "\n", sep = "")
  if (!is.null(x$input_shape)) {
    cat("input shape:   ", shape_label(x$input_shape), "\n", sep = "")
    cat("output shape:  ", shape_label(x$output_shape), "\n", sep = "")
    cat("multiply-adds: ", in_thousands(x$multiply_adds), "\n", sep = "")
  }
  if (!is.null(x$modules)) print(x$modules)
  invisible(x)
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

# "nn_relu", or "nn_sequential of 0 = nn_conv2d, 1 = nn_relu".
kind_of <- function(x) {
  leaves <- leaves_of(x)
  kinds <- vapply(leaves, constructor, "")
  if (is.null(names(leaves))) {
    return(kinds)
  }
  paste(constructor(x), "of", toString(paste(names(leaves), "=", kinds)))
}

hyper_parameters_of <- function(x) {
  flatten_lists(lapply(leaves_of(x), function(leaf) hyper_parameters(config_of(leaf))))
}

named_differences <- function(target, current, ...) {
  unlist(lapply(union(names(target), names(current)), function(name) {
    equal <- all.equal(target[[name]], current[[name]], ...)
    if (!isTRUE(equal)) paste0(name, ": ", equal)
  }))
}
