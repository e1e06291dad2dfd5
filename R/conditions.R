# Conditions: every error of the package is made here.
#
# Every refusal names the argument, the allowed values and the given value, both in its message and
# as fields of the condition. Invariants: class(condition) is c("nnconv_error_<kind>",
# "nnconv_error", "error", "condition"), and the condition's call is the call that the user wrote.

#' Errors of nnconv
#'
#' Every error that the package signals has the class `nnconv_error`, so that a single
#' [tryCatch()] can catch them all and leave other errors alone. The package checks as
#' much as possible when a layer is made. (R itself refuses calls with missing or unused
#' arguments, by its own errors.)
#'
#' A condition has the fields `message`, `call`, `argument` (the name of the offending
#' argument), `given` (a description of its value) and `allowed` (the permitted values).
#' A more specific class precedes `nnconv_error`:
#'
#' | class | raised when |
#' | --- | --- |
#' | `nnconv_error_type` | a value has an unsupported type: complex, character, list, `NULL`, factor |
#' | `nnconv_error_argument` | a value is out of range, fractional, `NA` or of the wrong length, or contradicts another one |
#' | `nnconv_error_shape` | an array has the wrong number of dimensions or extents, or a result would have no elements or too many |
#' | `nnconv_error_member` | a layer has no such member, or the member cannot be changed |
#' | `nnconv_error_memory` | a call needs more memory than is available; see [nnconv_memory] |
#' | `nnconv_error_package` | a suggested package is needed but not installed |
#' | `nnconv_error_state` | a list given to `load_state_dict()` has missing or unexpected entries, or somebody has put an invalid value into the environment of a layer or an optimizer |
#' | `nnconv_error_loss` | the loss of a step of [nn_fit()] is not finite; the field `history` holds the epochs before |
#' | `nnconv_error_file` | a file cannot be opened, read or written, or has the wrong format |
#'
#' An interrupt, or a limit of [setTimeLimit()], ends a running call within a fraction of
#' a second by R's own condition and leaves layers and optimizers unchanged.
#'
#' @section Formula and units:
#' None; a condition holds only text.
#'
#' @references Hadley Wickham (2019), *Advanced R*, 2nd edition, chapter 8
#'   (Conditions).
#'
#' @seealso `vignette("recipes")` for usual mistakes and what the errors advise.
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
#'
#' # A picture whose channels are last
#' up <- nn_conv_transpose2d(3, 8, kernel_size = 3, stride = 2, padding = 1)
#' error <- tryCatch(up(array(0, c(5, 4, 3))), nnconv_error_shape = identity)
#' cat(strwrap(conditionMessage(error), 78), sep = "\n")
#' #> `input` must be an array (N, 3, H, W) or (3, H, W), not an array [5, 4, 3].
#' #> An array whose channels are last, as in pictures, is read by `as_nchw(x,
#' #> "HWC")`.
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
# `name` is read only then, so it may be the name of the module at which a loop has stopped.
in_module <- function(name, expr) {
  tryCatch(expr, nnconv_error = function(condition) {
    if (length(name) && nzchar(name)) {
      condition$message <- sprintf("In module `%s`: %s", name, condition$message)
    }
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

# Passes on a condition that was caught.
signal_again <- function(condition) stop(condition)
