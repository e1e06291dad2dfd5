# Geometries: the table that value tests and laws walk. Each row is one legal combination of all
# arguments, for both layers: `size` is that of the small image, from which the large one follows.

random_geometry <- function(modes = c("zeros", "reflect", "replicate", "circular")) {
  repeat {
    pick <- function(from, n = 1) from[sample.int(length(from), n, replace = TRUE)]
    groups <- pick(c(1, 1, 2, 3))
    g <- list(
      batch = pick(c(0, 1, 1, 2, 3), 1),
      in_channels = groups * pick(1:3),
      out_channels = groups * pick(1:3),
      groups = groups,
      size = pick(1:5, 2),
      kernel_size = pick(1:4, 2),
      stride = pick(c(1, 1, 2, 3), 2),
      dilation = pick(c(1, 1, 2, 3), 2),
      padding = pick(c(0, 0, 1, 2, 3), pick(c(2, 2, 4))),
      bias = pick(c(TRUE, FALSE)),
      mode = pick(modes),
      unbatched = FALSE
    )
    g$unbatched <- g$batch == 1 && pick(c(TRUE, FALSE))
    g$output_padding <- vapply(pmax(g$stride, g$dilation), function(m) pick(seq_len(m) - 1), 0)
    if (is_legal(g)) {
      return(g)
    }
  }
}

large_size <- function(g) {
  (g$size - 1) * g$stride - both_sides(g$padding) + g$dilation * (g$kernel_size - 1) +
    g$output_padding + 1
}

is_legal <- function(g) {
  size <- large_size(g)
  limit <- switch(g$mode, reflect = size - 1, circular = size, c(Inf, Inf))
  all(size >= 1) && all(reference_sides(g$padding) <= rep(limit, each = 2))
}

# Is the small size the one that a convolution makes of the large size?
is_adjoint_pair <- function(g) all(g$output_padding < g$stride)

random_array <- function(...) {
  shape <- c(...)
  array(stats::rnorm(prod(shape)), shape)
}

# Drops the batch dimension where the geometry has none.
as_input <- function(x, g) if (g$unbatched) array(x, dim(x)[-1]) else x

label_of <- function(g) {
  paste(names(g), vapply(g, function(x) paste(x, collapse = "x"), ""), sep = "=", collapse = " ")
}

# Both layers of a geometry.
layers_of_geometry <- function(g) {
  list(
    nn_conv_transpose2d(
      g$in_channels, g$out_channels, g$kernel_size, g$stride, g$padding, g$output_padding,
      g$groups, FALSE, g$dilation, g$mode
    ),
    nn_conv2d(
      g$in_channels, g$out_channels, g$kernel_size, g$stride, g$padding, g$dilation, g$groups,
      FALSE, g$mode
    )
  )
}
