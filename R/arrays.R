# Arrays: permute their axes and cut them into parts.

# Cuts an axis into nearly equal parts of at most `step` cells; returns each part's first cell
# (counted from 0) and its number of cells.
cut_axis <- function(size, step) {
  count <- ceiling(size / max(1, min(size, floor(step))))
  ends <- floor(size * seq(0, count) / max(1, count))
  lapply(seq_len(count), function(i) c(ends[i], ends[i + 1L] - ends[i]))
}

permuted <- function(x, shape, steps, from_range, to_range) {
  check_memory(8 * prod(shape), "x", result_in_words(shape))
  r_permute(x, shape, steps, from_range, to_range)
}

# Returns the stride of each axis in memory, in elements.
steps_of <- function(extents) cumprod(c(1, as.double(extents)))[seq_along(extents)]
