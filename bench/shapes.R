# Shapes: what is measured, the layers for it, and how much work the definition asks of them.

# The lines of vignettes/shapes.tsv whose name matches NNCONV_BENCH_SHAPES, as lists of numbers.
read_shapes <- function() {
  shapes <- utils::read.delim("vignettes/shapes.tsv", colClasses = "character")
  shapes <- shapes[grepl(Sys.getenv("NNCONV_BENCH_SHAPES"), shapes$name), ]
  lapply(split(shapes, seq_len(nrow(shapes))), function(row) {
    lapply(row, function(cell) {
      if (grepl("^[0-9,]+$", cell)) as.numeric(strsplit(cell, ",")[[1]]) else cell
    })
  })
}

make_layer <- function(layer, s, dtype) {
  if (layer == "conv2d") {
    return(nn_conv2d(
      s$in_channels, s$out_channels, s$kernel_size, s$stride, s$padding, s$dilation, s$groups,
      dtype = dtype
    ))
  }
  nn_conv_transpose2d(
    s$in_channels, s$out_channels, s$kernel_size, s$stride, s$padding, s$output_padding, s$groups,
    dilation = s$dilation, dtype = dtype
  )
}

input_dim <- function(s) c(s$batch, s$in_channels, s$height, s$width)

output_dim <- function(layer, s) make_layer(layer, s, "float64")$output_shape(input_dim(s))

# The convolution that mirrors a transposed layer reads what that one writes.
mirrored <- function(s) {
  size <- output_dim("conv_transpose2d", s)
  utils::modifyList(s, list(
    in_channels = s$out_channels, out_channels = s$in_channels, height = size[3], width = size[4]
  ))
}

# Pairs of a small cell and a tap on one axis: all, and those whose large cell exists. In the
# transposed layer the others are cropped away, in the convolution they are products with padding.
axis_products <- function(small, large, kernel, stride, padding, dilation) {
  cell <- outer((seq_len(small) - 1) * stride, (seq_len(kernel) - 1) * dilation, "+") - padding
  c(all = length(cell), uncropped = sum(cell >= 0 & cell < large))
}

# Products and bytes of a pass, from the definition. The backward pass has the products twice, for
# the gradients of the input and of the weights; bytes are those of each array once, read or
# written, 8 for a number, as R has it in both types.
work_of <- function(layer, pass, s) {
  x <- input_dim(s)
  y <- output_dim(layer, s)
  large <- if (layer == "conv2d") x else y
  small <- if (layer == "conv2d") y else x
  on_axes <- mapply(
    axis_products, small[3:4], large[3:4], s$kernel_size, s$stride, s$padding, s$dilation
  )
  products <- s$batch * s$in_channels * s$out_channels / s$groups * apply(on_axes, 1, prod)
  if (pass == "backward") products <- 2 * products
  weights <- s$in_channels * s$out_channels / s$groups * prod(s$kernel_size)
  numbers <- if (pass == "backward") {
    c(read = prod(x) + prod(y) + weights, written = prod(x) + weights)
  } else {
    c(read = prod(x) + weights, written = prod(y))
  }
  list(
    products = products[["all"]], uncropped = products[["uncropped"]],
    read = 8 * numbers[["read"]], written = 8 * numbers[["written"]]
  )
}

# Random shapes as networks have them, in the form of read_shapes(): the same for the same seed.
# They take 1e4 to 6e8 products and no array of more than 4e6 numbers.
random_shapes <- function(seed, count) {
  set.seed(seed, "Mersenne-Twister", "Inversion", "Rejection")
  one_of <- function(x) x[[sample.int(length(x), 1)]]
  channels <- c(1, 2, 3, 3, 4, 6, 8, 12, 16, 20, 21, 24, 32, 32, 37, 48, 56, 64, 64, 64, 96, 100,
                128, 128, 192, 256, 256, 320, 512, 1024)
  extents <- c(1, 2, 3, 4, 5, 7, 8, 9, 12, 14, 16, 19, 24, 28, 32, 40, 56, 64, 80, 96, 128, 180,
               256, 320)
  batches <- c(1, 1, 1, 1, 1, 2, 3, 4, 7, 8, 16, 32, 64, 100)
  # kernel_size, stride, padding, output_padding, dilation, and how often
  steps <- matrix(c(
    4, 2, 1, 0, 1, 5,   3, 2, 1, 1, 1, 4,   2, 2, 0, 0, 1, 4,   3, 1, 1, 0, 1, 4,
    5, 2, 2, 1, 1, 2,   6, 2, 2, 0, 1, 1,   4, 4, 0, 0, 1, 1,   6, 3, 2, 1, 1, 1,
    8, 4, 2, 0, 1, 1,   9, 3, 4, 2, 1, 1,   9, 4, 4, 3, 1, 1,   4, 1, 0, 0, 1, 1,
    5, 1, 2, 0, 1, 1,   7, 1, 3, 0, 1, 1,   7, 2, 3, 1, 1, 1,   1, 1, 0, 0, 1, 1,
    1, 2, 0, 1, 1, 1,   3, 3, 0, 0, 1, 1,   16, 8, 4, 0, 1, 1,  32, 16, 8, 0, 1, 1,
    64, 32, 16, 0, 1, 1, 3, 1, 2, 0, 2, 1,  3, 2, 2, 1, 2, 1,   11, 4, 2, 1, 1, 1,
    8, 8, 0, 0, 1, 1,   3, 4, 0, 0, 1, 1
  ), ncol = 6, byrow = TRUE) # nolint: commas_linter.
  steps <- steps[rep(seq_len(nrow(steps)), steps[, 6]), ]
  shapes <- list()
  while (length(shapes) < count) {
    rows <- steps[sample.int(nrow(steps), 1) * c(1, 1), ]
    if (stats::runif(1) > 0.85) rows[2, ] <- steps[sample.int(nrow(steps), 1), ]
    s <- list(
      name = "", batch = one_of(batches), in_channels = one_of(channels),
      out_channels = one_of(channels), height = one_of(extents), width = one_of(extents),
      kernel_size = rows[, 1], stride = rows[, 2], padding = rows[, 3], output_padding = rows[, 4],
      dilation = rows[, 5], groups = 1
    )
    if (stats::runif(1) < 0.5) s$width <- s$height
    if (stats::runif(1) < 0.15) s$groups <- one_of(c(2, 4, 8, 16, s$in_channels))
    size <- (c(s$height, s$width) - 1) * s$stride - 2 * s$padding +
      s$dilation * (s$kernel_size - 1) + s$output_padding + 1
    weights <- s$in_channels * s$out_channels / s$groups * prod(s$kernel_size)
    numbers <- c(s$batch * s$in_channels * s$height * s$width,
                 s$batch * s$out_channels * prod(size), weights)
    products <- s$batch * weights * s$height * s$width
    fits <- s$in_channels %% s$groups == 0 && s$out_channels %% s$groups == 0 && all(size >= 1) &&
      all(s$output_padding < pmax(s$stride, s$dilation))
    if (!fits || products < 1e4 || products > 6e8 || any(numbers > 4e6)) next
    s$name <- sprintf(
      "%d to %d, %dx%d / %dx%d, %d x %dx%d%s", s$in_channels, s$out_channels, s$kernel_size[1],
      s$kernel_size[2], s$stride[1], s$stride[2], s$batch, s$height, s$width,
      if (s$groups > 1) sprintf(", %d groups", s$groups) else ""
    )
    shapes <- c(shapes, list(s))
  }
  shapes
}
