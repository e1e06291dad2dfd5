# Peaks: the memory that a call takes, in a fresh process, as the kernel counts it.

# Growth of the peak by the last of some expressions, in bytes, and the size of its value.
peak_growth <- function(expression) {
  out <- in_fresh_process(c(
    "library(nnconv)",
    "peak <- function() {",
    "  line <- grep('VmHWM', readLines('/proc/self/status'), value = TRUE)",
    "  1024 * as.numeric(gsub('[^0-9]', '', line))",
    "}",
    expression[-length(expression)],
    "invisible(gc())",
    "try(writeLines('5', '/proc/self/clear_refs'), silent = TRUE)", # the peak is what there is
    "before <- peak()",
    paste("y <-", expression[length(expression)]),
    "cat(peak() - before, 8 * length(y))"
  ))
  as.numeric(strsplit(out[length(out)], " ")[[1L]])
}
