# Arrays: their axes in another order, and in parts.

# The first cell (from 0) and the number of cells of nearly equal parts, of at most `step` cells.
cut_axis <- function(size, step) {
  count <- ceiling(size / max(1, min(size, floor(step))))
  ends <- floor(size * seq(0, count) / max(1, count))
  lapply(seq_len(count), function(i) c(ends[i], ends[i + 1L] - ends[i]))
}

permuted <- function(x, shape, steps, from_range, to_range) {
  check_memory(8 * prod(shape), "x", result_in_words(shape))
  r_permute(x, shape, steps, from_range, to_range)
}

# The distance of neighbours on each axis.
steps_of <- function(extents) cumprod(c(1, as.double(extents)))[seq_along(extents)]
