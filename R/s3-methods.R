# S3 methods: what R's generic functions say of a layer. Documented in nn-module.R.

#' @rdname nnconv_module
#' @export
format.nnconv_module <- function(x, ...) {
  config <- config_of(x)
  defaults <- formals(get(constructor(x)))
  hyper <- hyper_parameters(config)
  hyper$bias <- !is.null(environment(x)$bias)
  hyper <- hyper[setdiff(names(defaults), c("in_channels", "out_channels"))]
  is_default <- vapply(names(hyper), function(name) {
    !identical(defaults[[name]], quote(expr = )) && all(hyper[[name]] == defaults[[name]])
  }, logical(1))
  values <- vapply(hyper[!is_default], function(value) {
    deparse(if (is.numeric(value) && all(value == value[1L])) value[1L] else value)
  }, character(1))
  sprintf(
    "%s(%s)", constructor(x),
    toString(c(in_full(config$in_channels), in_full(config$out_channels),
               paste(names(values), "=", values)))
  )
}

constructor <- function(x) sub("^nnconv_", "nn_", class(x)[1L])

count_parameters <- function(x) sum(lengths(parameters_of(x)))

in_thousands <- function(count) format(count, big.mark = ",", scientific = FALSE, trim = TRUE)

#' @rdname nnconv_module
#' @export
print.nnconv_module <- function(x, ...) {
  rule <- function(title) {
    cat("\n-- ", title, " ", strrep("-", 30L - nchar(title)), "\n", sep = "")
  }
  cat(sprintf(
    "An `%s` layer with %s parameters.\n", constructor(x), in_thousands(count_parameters(x))
  ))
  rule("Hyper-parameters")
  hyper <- hyper_parameters(config_of(x))
  for (name in names(hyper)) {
    value <- hyper[[name]]
    if (is.numeric(value)) value <- in_full(value)
    cat("* ", name, ": ", paste(value, collapse = " x "), "\n", sep = "")
  }
  rule("Parameters")
  parameters <- parameters_of(x)
  for (name in names(parameters)) {
    cat("* ", name, ": Double ", extents_label(parameters[[name]]), "\n", sep = "")
  }
  invisible(x)
}

extents_label <- function(x) {
  extents <- if (is.null(dim(x))) length(x) else dim(x)
  sprintf("[%s]", toString(paste0("1:", extents)))
}

#' @rdname nnconv_module
#' @importFrom utils str
#' @export
str.nnconv_module <- function(object, ...) {
  cat(format(object), "\n", sep = "")
  str(parameters_of(object), no.list = TRUE, ...)
  invisible(object)
}

#' @rdname nnconv_module
#' @export
summary.nnconv_module <- function(object, input_shape = NULL, ...) {
  summary <- list(layer = format(object), parameters = count_parameters(object))
  if (!is.null(input_shape)) {
    result <- module_output_shape(object, input_shape, ..., argument = "input_shape")
    summary$input_shape <- as.double(input_shape)
    summary$output_shape <- result
    summary$multiply_adds <- multiply_adds(
      config_of(object), image_shape(input_shape), image_shape(result)
    )
  }
  structure(summary, class = "nnconv_summary")
}

#' @export
print.nnconv_summary <- function(x, ...) {
  shape <- function(extents) paste(in_full(extents), collapse = " x ")
  cat(x$layer, "\n", sep = "")
  cat("parameters:    ", in_thousands(x$parameters), "\n", sep = "")
  if (!is.null(x$input_shape)) {
    cat("input shape:   ", shape(x$input_shape), "\n", sep = "")
    cat("output shape:  ", shape(x$output_shape), "\n", sep = "")
    cat("multiply-adds: ", in_thousands(x$multiply_adds), "\n", sep = "")
  }
  invisible(x)
}

#' @rdname nnconv_module
#' @importFrom stats predict
#' @export
predict.nnconv_module <- function(object, newdata, ...) object(newdata, ...)

#' @rdname nnconv_module
#' @importFrom stats coef
#' @export
coef.nnconv_module <- function(object, ...) parameters_of(object)

#' @rdname nnconv_module
#' @method all.equal nnconv_module
#' @export
all.equal.nnconv_module <- function(target, current, ...) {
  if (!inherits(current, "nnconv_module")) {
    return("current is not a layer of nnconv")
  }
  if (class(target)[1L] != class(current)[1L]) {
    return(sprintf("one is an %s, the other an %s", constructor(target), constructor(current)))
  }
  differences <- c(
    named_differences(hyper_parameters(config_of(target)),
                      hyper_parameters(config_of(current)), ...),
    named_differences(parameters_of(target), parameters_of(current), ...)
  )
  if (length(differences)) differences else TRUE
}

named_differences <- function(target, current, ...) {
  unlist(lapply(union(names(target), names(current)), function(name) {
    equal <- all.equal(target[[name]], current[[name]], ...)
    if (!isTRUE(equal)) paste0(name, ": ", equal)
  }))
}
