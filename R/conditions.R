# Conditions: every error of the package is made here.
#
# Every refusal names the argument, the allowed values and the given value, both in its message and
# as fields of the condition. Invariants: class(condition) is c("nnconv_error_<kind>",
# "nnconv_error", "error", "condition"), and the condition's call is the call that the user wrote.

#' Errors of nnconv
#'
#' Every refusal of the package has the class `nnconv_error`, so that one
#' [tryCatch()] selects all of them and leaves others alone. Whatever can be
#' checked when a layer is made is checked then. (Calls that R itself refuses, with
#' missing or unused arguments, end in R's own errors.)
#'
#' A condition has the fields `message`, `call`, `argument` (the name of the
#' offending argument), `given` (what it was, described) and `allowed` (what it
#' may be), and before `nnconv_error` one more class:
#'
#' | class | raised when |
#' | --- | --- |
#' | `nnconv_error_type` | a value has a type that cannot be used: complex, character, list, `NULL`, factor |
#' | `nnconv_error_argument` | a value is out of range, fractional, `NA`, of the wrong length, or contradicts another one |
#' | `nnconv_error_shape` | an array has the wrong number of dimensions or extents, or a result would have no or too many elements |
#' | `nnconv_error_member` | a layer has no such member, or it cannot be changed |
#' | `nnconv_error_memory` | a call needs more memory than can be had; see [nnconv_memory] |
#' | `nnconv_error_package` | something needs a suggested package that is not installed |
#' | `nnconv_error_state` | a list given to `load_state_dict()` has missing or unexpected entries, or what the environment of a layer or an optimizer holds was changed by hand to what it cannot be |
#' | `nnconv_error_file` | a file cannot be opened, read or written, or is not what it should be |
#'
#' An interrupt, or a limit of [setTimeLimit()], ends a running call within a
#' fraction of a second, as R's own condition, and leaves layers and optimizers as
#' they were.
#'
#' @section Formula and units:
#' None: a condition holds text only.
#'
#' @references Hadley Wickham (2019), *Advanced R*, 2nd edition, chapter 8
#'   (Conditions).
#'
#' @examples
#' error <- tryCatch(
#'   nn_conv_transpose2d(1, 1, kernel_size = 3, stride = 0),
#'   nnconv_error = identity
#' )
#' class(error)[1:2]
#' #> [1] "nnconv_error_argument" "nnconv_error"
#' conditionMessage(error)
#' #> [1] "`stride` must be one or two whole numbers (height, width) between 1 and 2147483647, not 0."
#' error$argument
#' #> [1] "stride"
#' error$given
#' #> [1] "0"
#' @name nnconv_error
NULL

# Signals the usual message; `because` may add a sentence.
refuse <- function(argument, allowed, given, kind = "argument", because = NULL) {
  message <- sprintf("`%s` must be %s, not %s.", argument, allowed, given)
  raise(kind, paste(c(message, because), collapse = " "), argument, allowed, given)
}

is_installed <- function(package) requireNamespace(package, quietly = TRUE)

need_package <- function(package, purpose) {
  if (!is_installed(package)) {
    refuse(package, paste("installed", purpose), "missing", kind = "package")
  }
}

raise <- function(kind, message, argument, allowed, given) {
  stop(structure(
    class = c(paste0("nnconv_error_", kind), "nnconv_error", "error", "condition"),
    list(
      message = message, call = users_call(), argument = argument, given = given,
      allowed = allowed
    )
  ))
}

# Evaluates `expr`; if it refuses, puts the module's path in its chain in front of the message.
in_module <- function(name, expr) {
  if (is.null(name)) {
    return(expr)
  }
  tryCatch(expr, nnconv_error = function(condition) {
    condition$message <- sprintf("In module `%s`: %s", name, condition$message)
    stop(condition)
  })
}

# Returns the outermost call on the stack to a module or a function of this package.
users_call <- function() {
  here <- topenv()
  for (i in seq_len(sys.nframe())) {
    called <- sys.function(i)
    if (is_module(called) || identical(topenv(environment(called)), here)) {
      return(sys.call(i))
    }
  }
}
