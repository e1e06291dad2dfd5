# Memory: what a large call needs, against what can be had.
#
# Systems promise more memory than they have, and end the process that takes them at their word. So
# large calls look first, and are refused like any other that is too large. Small calls do not look.

#' Limit on memory
#'
#' A call that would need more memory than the system can give is refused by a
#' classed [nnconv_error] before it takes any. Linux would otherwise promise it and
#' end the process once the memory is used.
#'
#' @details
#' On Linux, the limit is 95 % of what is free, or can be freed at once, and of what
#' the limits of a container (a control group) and of the process (`ulimit -v`) leave.
#' Elsewhere there is none, and a call that finds no memory ends in R's own error,
#' *cannot allocate vector of size ...*.
#'
#' `options(nnconv.memory = bytes)` sets a limit for each call in the place of the
#' system's; with `Inf`, nothing is refused. The option `NULL` goes back to the default.
#'
#' Calls that need less than 64 MB do not look at the limit, whose look-up takes a
#' tenth of a millisecond. Before a call is refused, R's garbage is collected.
#'
#' @section Formula and units:
#' In bytes, with 8 for each element of an array:
#'
#' | call | what it needs, besides its arguments |
#' | --- | --- |
#' | a layer | the result, 2^24 and a tenth of the input or the result, whichever is larger; more for kernels of thousands of taps |
#' | gradients | those that are wanted, and the same with the input and `grad_output` |
#' | [nnf_pad()] | the result |
#' | activations | the result twice |
#' | [predict()][predict.nnconv_module] in batches or tiles, [as_nchw()], [from_nchw()] | the result; each part of a prediction looks by itself |
#' | a step of [nn_optim_adam()] | the parameters three times |
#' | [nn_load_safetensors()] | 8 for each number that is read |
#' | initial values, parameters that are set | the parameter twice |
#' | [as.matrix()][as.matrix.nnconv_module] | 96 for each product; without `sparse`, the matrix twice |
#' | integers and logicals | their doubles |
#'
#' Messages count in GB of 10^9 bytes.
#'
#' @section Errors:
#' A condition of class `nnconv_error_memory` that says how much the call needs and
#' what the limit is; one of class `nnconv_error_argument` for an option that is not
#' one number from 0. Where the system gives no memory although there seemed to be
#' some, scratch memory ends in `nnconv_error_memory` too, and R's arrays in R's own error.
#'
#' @references *The /proc filesystem* and *Control Group v2*, in the Linux kernel's
#'   documentation, <https://docs.kernel.org/filesystems/proc.html> (MemAvailable) and
#'   <https://docs.kernel.org/admin-guide/cgroup-v2.html>.
#'
#' @examples
#' # No call may take more than 100 MB
#' options(nnconv.memory = 1e8)
#' m <- nn_conv2d(1, 1, 3, padding = 1)
#' dim(m(array(0, c(1, 1000, 1000))))
#' #> [1]    1 1000 1000
#' error <- tryCatch(m(array(0, c(1, 4000, 4000))), nnconv_error_memory = identity)
#' writeLines(strwrap(conditionMessage(error), 78))
#' #> `input` must be such that the call needs at most 0.1 GB of memory, the set
#' #> limit, not 0.158 GB for the result [1, 4000, 4000].
#' options(nnconv.memory = NULL)
#' @name nnconv_memory
NULL

least_looked_at <- 2^26 # bytes
usable_share <- 0.95 # of what the system can give

# Refuses what needs more memory than can be had; `purpose` says what the memory is for.
check_memory <- function(bytes, argument, purpose) {
  if (bytes < least_looked_at) {
    return(invisible())
  }
  limit <- memory_limit()
  if (bytes > limit) {
    gc(verbose = FALSE)
    limit <- memory_limit()
  }
  if (bytes > limit) {
    refuse(
      argument,
      sprintf(
        "such that the call needs at most %s of memory, %s", in_gigabytes(limit),
        if (is.null(getOption("nnconv.memory"))) "what can be had" else "the set limit"
      ),
      paste(in_gigabytes(bytes), "for", purpose), kind = "memory"
    )
  }
}

memory_limit <- function() {
  set <- getOption("nnconv.memory")
  if (is.null(set)) {
    return(usable_share * r_available_memory())
  }
  ok <- is_number(set) && length(set) == 1L && !is.na(set) && set >= 0
  if (!ok) {
    refuse("nnconv.memory", "one number of bytes from 0, Inf or NULL", describe(set))
  }
  as.double(set)
}

# Called by src/r_call.h when the system has given the result but not the scratch memory.
refuse_scratch <- function() {
  refuse(
    "input", "such that scratch memory can be had, 16 MB and a tenth of the largest array",
    "larger than the system allows", kind = "memory"
  )
}
