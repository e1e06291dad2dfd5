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
