# The reference: both layers as plain loops, straight from their definitions. Slow, and obviously
# right. Nothing of the package is used. Cells and taps count from 0 in comments, from 1 in R.

# Padded cell p of an axis of n cells shows this cell (from 1), or none.
reference_source <- function(p, before, n, mode) {
  i <- p - 1 - before
  if (mode == "zeros") {
    return(if (i >= 0 && i < n) i + 1 else NA)
  }
  switch(mode,
    replicate = min(max(i, 0), n - 1),
    circular = i %% n,
    reflect = if (i < 0) -i else if (i >= n) 2 * (n - 1) - i else i
  ) + 1
}

# The image (N, C, H, W) extended on four sides: top, bottom, left, right.
reference_pad <- function(x, pads, mode) {
  d <- dim(x)
  padded <- array(0, d + c(0, 0, pads[1] + pads[2], pads[3] + pads[4]))
  for (h in seq_len(dim(padded)[3])) {
    for (w in seq_len(dim(padded)[4])) {
      from_h <- reference_source(h, pads[1], d[3], mode)
      from_w <- reference_source(w, pads[3], d[4], mode)
      if (!is.na(from_h) && !is.na(from_w)) padded[, , h, w] <- x[, , from_h, from_w]
    }
  }
  padded
}

# The adjoint of reference_pad(): every padded cell is added to the cell that it shows.
reference_fold <- function(canvas, pads, size, mode) {
  d <- dim(canvas)
  x <- array(0, c(d[1:2], size))
  for (h in seq_len(d[3])) {
    for (w in seq_len(d[4])) {
      to_h <- reference_source(h, pads[1], size[1], mode)
      to_w <- reference_source(w, pads[3], size[2], mode)
      if (!is.na(to_h) && !is.na(to_w)) x[, , to_h, to_w] <- x[, , to_h, to_w] + canvas[, , h, w]
    }
  }
  x
}

# Top, bottom, left and right, of which a pair gives height and width.
reference_sides <- function(padding) {
  if (length(padding) == 4) padding else padding[c(1, 1, 2, 2)]
}

both_sides <- function(padding) {
  sides <- reference_sides(padding)
  c(sides[1] + sides[2], sides[3] + sides[4])
}

reference_same <- function(kernel, dilation, stride = 1) {
  total <- pmax(dilation * (kernel - 1) + 1 - stride, 0)
  left <- total %/% 2
  c(left[1], total[1] - left[1], left[2], total[2] - left[2])
}

# The rows and columns of bias by which a result of `stride` times the size extends the kernels.
reference_same_extension <- function(kernel, dilation, stride) {
  pmax(stride - dilation * (kernel - 1) - 1, 0)
}

reference_conv2d <- function(x, weight, bias, stride, pads, dilation, groups, mode) {
  x <- reference_pad(x, reference_sides(pads), mode)
  n_out <- dim(weight)[1]
  per_group <- dim(weight)[2]
  kernel <- dim(weight)[3:4]
  size <- (dim(x)[3:4] - dilation * (kernel - 1) - 1) %/% stride + 1
  y <- array(0, c(dim(x)[1], n_out, size))
  for (n in seq_len(dim(x)[1])) for (o in seq_len(n_out)) {
    first <- (o - 1) %/% (n_out / groups) * per_group
    for (i in seq_len(size[1])) for (j in seq_len(size[2])) {
      total <- if (is.null(bias)) 0 else bias[o]
      for (u in seq_len(kernel[1])) for (v in seq_len(kernel[2])) for (c in seq_len(per_group)) {
        h <- (i - 1) * stride[1] + (u - 1) * dilation[1] + 1
        w <- (j - 1) * stride[2] + (v - 1) * dilation[2] + 1
        total <- total + weight[o, c, u, v] * x[n, first + c, h, w]
      }
      y[n, o, i, j] <- total
    }
  }
  y
}

# Scatters onto the uncropped canvas, folds the border back, adds the bias last.
reference_conv_transpose2d <- function(x, weight, bias, stride, padding, output_padding, dilation,
                                       groups, mode) {
  n_in <- dim(weight)[1]
  per_group <- dim(weight)[2]
  kernel <- dim(weight)[3:4]
  canvas_size <- (dim(x)[3:4] - 1) * stride + dilation * (kernel - 1) + output_padding + 1
  canvas <- array(0, c(dim(x)[1], per_group * groups, canvas_size))
  for (n in seq_len(dim(x)[1])) for (c in seq_len(n_in)) {
    first <- (c - 1) %/% (n_in / groups) * per_group
    for (i in seq_len(dim(x)[3])) for (j in seq_len(dim(x)[4])) {
      for (u in seq_len(kernel[1])) for (v in seq_len(kernel[2])) for (o in seq_len(per_group)) {
        h <- (i - 1) * stride[1] + (u - 1) * dilation[1] + 1
        w <- (j - 1) * stride[2] + (v - 1) * dilation[2] + 1
        canvas[n, first + o, h, w] <- canvas[n, first + o, h, w] + x[n, c, i, j] * weight[c, o, u, v]
      }
    }
  }
  y <- reference_fold(canvas, reference_sides(padding), canvas_size - both_sides(padding), mode)
  if (!is.null(bias)) y <- sweep(y, 2, bias, `+`)
  y
}

# The partial derivatives of <small, convolution of large by weight>, one product at a time. `round`
# is the arithmetic's rounding.
reference_derivatives <- function(large, weight, small, stride, pads, dilation, groups, mode,
                                  round = identity) {
  result <- list(large = array(0, dim(large)), weight = array(0, dim(weight)),
                 small = array(0, dim(small)))
  rows <- dim(weight)[1] / groups
  columns <- dim(weight)[2]
  pads <- reference_sides(pads)
  for (i in seq_len(dim(small)[3])) for (u in seq_len(dim(weight)[3])) {
    p <- (i - 1) * stride[1] + (u - 1) * dilation[1] + 1
    h <- reference_source(p, pads[1], dim(large)[3], mode)
    for (j in seq_len(dim(small)[4])) for (v in seq_len(dim(weight)[4])) {
      q <- (j - 1) * stride[2] + (v - 1) * dilation[2] + 1
      w <- reference_source(q, pads[3], dim(large)[4], mode)
      if (is.na(h) || is.na(w)) next
      for (s in seq_len(dim(weight)[1])) for (c in seq_len(columns)) {
        l <- (s - 1) %/% rows * columns + c
        x <- large[, l, h, w]
        y <- small[, s, i, j]
        tap <- weight[s, c, u, v]
        result$large[, l, h, w] <- round(result$large[, l, h, w] + round(tap * y))
        result$weight[s, c, u, v] <- round(result$weight[s, c, u, v] + sum(round(x * y)))
        result$small[, s, i, j] <- round(result$small[, s, i, j] + round(tap * x))
      }
    }
  }
  result
}

# The definition, one matrix product for each tap: of all cells that it links.
definition_by_tap <- function(large, weight, small, stride, padding, dilation, groups, mode) {
  before <- reference_sides(padding)[c(1, 3)]
  linked <- function(axis, tap) {
    cells <- seq_len(dim(small)[2 + axis])
    padded <- (cells - 1) * stride[axis] + (tap - 1) * dilation[axis] + 1
    source <- vapply(padded, function(p) {
      as.numeric(reference_source(p, before[axis], dim(large)[2 + axis], mode))
    }, 0)
    data.frame(cell = cells, source = source)[!is.na(source), ]
  }
  result <- list(large = array(0, dim(large)), weight = array(0, dim(weight)),
                 small = array(0, dim(small)))
  rows <- dim(weight)[1] / groups
  columns <- dim(weight)[2]
  for (u in seq_len(dim(weight)[3])) for (v in seq_len(dim(weight)[4])) for (g in seq_len(groups)) {
    h <- linked(1, u)
    w <- linked(2, v)
    s <- (g - 1) * rows + seq_len(rows)
    l <- (g - 1) * columns + seq_len(columns)
    tap <- matrix(weight[s, , u, v], rows)
    # Channels first, so that a tap is a matrix product.
    x <- aperm(large[, l, h$source, w$source, drop = FALSE], c(2, 1, 3, 4))
    y <- aperm(small[, s, h$cell, w$cell, drop = FALSE], c(2, 1, 3, 4))
    result$weight[s, , u, v] <- matrix(y, rows) %*% t(matrix(x, columns))
    to_small <- aperm(array(tap %*% matrix(x, columns), dim(y)), c(2, 1, 3, 4))
    to_large <- aperm(array(t(tap) %*% matrix(y, rows), dim(x)), c(2, 1, 3, 4))
    result$small[, s, h$cell, w$cell] <- result$small[, s, h$cell, w$cell, drop = FALSE] + to_small
    for (i in seq_along(h$cell)) for (j in seq_along(w$cell)) {  # a source may come twice
      at <- result$large[, l, h$source[i], w$source[j]]
      result$large[, l, h$source[i], w$source[j]] <- at + c(to_large[, , i, j])
    }
  }
  result
}

# The largest difference relative to the largest reference value.
relative_error <- function(value, reference) {
  if (!identical(dim(value), dim(reference))) {
    return(Inf)
  }
  max(abs(value - reference), 0) / max(abs(reference), 1e-300)
}

tolerance <- c(float64 = 1e-12, float32 = 2e-5)

# The transposed layer of functions against the plain loops.
expect_reference <- function(x, w, stride = c(1, 1), padding = c(0, 0), output_padding = c(0, 0),
                             groups = 1, dilation = c(1, 1), bias = NULL) {
  y <- nnf_conv_transpose2d(x, w, bias, stride, padding, output_padding, groups, dilation)
  reference <- reference_conv_transpose2d(
    x, w, bias, stride, padding, output_padding, dilation, groups, "zeros"
  )
  expect_lte(relative_error(y, reference), 1e-12)
}
