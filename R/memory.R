# Memory: compares the memory that a large call needs with the memory that is available.
#
# Operating systems promise more memory than they have and kill the process that uses it. Large
# calls therefore check first and are refused if memory is short. Small calls do not check.

#' Memory limit
#'
#' A call that needs more memory than the system can give is refused with a classed
#' [nnconv_error] before it allocates any. Linux would otherwise promise the memory and
#' kill the process once the memory is used.
#'
#' @details
#' On Linux, the limit is 95 % of the memory that is free or can be freed at once, within
#' the limits of the container (control group) and of the process (`ulimit -v`). Other
#' systems have no limit. There, a call that finds no memory ends with R's own error,
#' *cannot allocate vector of size ...*.
#'
#' `options(nnconv.memory = bytes)` sets a limit per call that replaces the system's;
#' `Inf` refuses nothing, and `NULL` restores the default.
#'
#' Calls that need less than 64 MB skip the check, which takes a tenth of a millisecond.
#' R's garbage collector runs before a call is refused.
#'
#' @section Formula and units:
#' Memory is counted in bytes; an element of an array takes 8.
#'
#' | call | memory needed besides the arguments |
#' | --- | --- |
#' | a layer | the result, 2^24 bytes, and a tenth of the larger of input and result; more for kernels of thousands of taps |
#' | gradients | the wanted gradients, and the same scratch memory for the input and `grad_output` |
#' | [nnf_pad()] | the result |
#' | activations | twice the result |
#' | [predict()][predict.nnconv_module] in batches or tiles, [as_nchw()], [from_nchw()] | the result; each part of a prediction is checked separately |
#' | a step of [nn_optim_adam()] | three times the parameters; from the second step of modules on, once |
#' | [nn_fit()] | a batch and what a step needs; with `validation` or `patience`, the best parameters |
#' | gradients of losses | the output |
#' | [nn_load_safetensors()], [nn_load_torch()] | 8 bytes for each number read; for files that were packed again, also the largest entry |
#' | initial values, assigned parameters | twice the parameter |
#' | [as.matrix()][as.matrix.nnconv_module] | 96 bytes for each product; without `sparse`, also twice the matrix |
#' | integers and logicals | their copy as doubles |
#'
#' Messages use GB of 10^9 bytes.
#'
#' @section Errors:
#' A condition of class `nnconv_error_memory` tells how much the call needs and what the
#' limit is. A condition of class `nnconv_error_argument` is signalled if the option is
#' not one number of at least 0. The system may fail to give memory that seemed available.
#' In that case, scratch memory also ends with `nnconv_error_memory`, and R's arrays end
#' with R's own error.
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
usable_share <- 0.95 # of the memory that the system can give

# Refuses a call that needs more memory than is available; `purpose` goes into the message.
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

# Called by src/r_call.h when the result was allocated but the scratch memory was not.
refuse_scratch <- function() {
  refuse(
    "input", "so small that the call finds scratch memory: 16 MB and a tenth of the largest array",
    "larger than the system allows", kind = "memory"
  )
}
