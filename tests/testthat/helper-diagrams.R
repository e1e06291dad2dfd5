# Networks whose diagrams are tested.

two_layers <- function(a, b) {
  nn_sequential(nn_conv2d(a, b, 3, padding = 1), nn_batch_norm2d(b), nn_relu(),
                nn_conv2d(b, b, 3, padding = 1), nn_relu())
}

# Four skips, each in the branch of the one before.
deep_unet <- function() {
  inner <- nn_sequential(nn_max_pool2d(2), two_layers(8, 16), nn_conv_transpose2d(16, 8, 2, 2))
  for (k in c(4, 2, 1)) {
    inner <- nn_sequential(nn_max_pool2d(2), two_layers(k, 2 * k), nn_skip(inner),
                           two_layers(4 * k, 2 * k), nn_conv_transpose2d(2 * k, k, 2, 2))
  }
  nn_sequential(two_layers(3, 1), nn_skip(inner), nn_conv2d(2, 1, 1))
}

residual_chain <- function(blocks) {
  block <- function() {
    nn_skip(nn_conv2d(4, 4, 3, padding = 1), nn_prelu(), nn_conv2d(4, 4, 3, padding = 1), join = "add")
  }
  nn_sequential(
    nn_conv2d(3, 4, 3, padding = 1),
    nn_skip(do.call(nn_sequential, lapply(seq_len(blocks), function(i) block())),
            nn_conv2d(4, 4, 3, padding = 1), join = "add"),
    nn_conv2d(4, 16, 3, padding = 1), nn_pixel_shuffle(2), nn_conv2d(4, 3, 3, padding = 1)
  )
}

long_chain <- function(count) {
  do.call(nn_sequential, lapply(seq_len(count), function(i) nn_conv2d(i, i + 1, 3)))
}

# Twelve skips within each other, two of which begin and end together.
nested_skips <- function(depth = 12) {
  module <- nn_skip(nn_conv2d(1, 1, 1), nn_relu(), join = "add")
  for (i in seq_len(depth - 1)) {
    parts <- if (i == 3) list(module) else list(nn_conv2d(1, 1, 1), module, nn_tanh())
    module <- do.call(nn_skip, c(parts, join = "add"))
  }
  module
}

diagram_networks <- function() {
  list(
    unet = deep_unet(), residual = residual_chain(5), long = long_chain(40), nested = nested_skips(),
    one = nn_relu(), layer = nn_conv2d(1, 2, 3), pool = nn_sequential(nn_max_pool2d(2)),
    sequences = nn_sequential(nn_conv1d(2, 3, 5), nn_relu()),
    functions = nn_sequential(nn_activation(sin, cos), nn_function(function(x) 2 * x)),
    activations = do.call(nn_sequential, lapply(1:11, function(i) nn_tanh()))
  )
}
