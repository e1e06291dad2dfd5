# Extracted from test-predict.R:75

# setup ------------------------------------------------------------------------
library(testthat)
test_env <- simulate_test_env(package = "nnconv", path = "..")
attach(test_env, warn.conflicts = FALSE)

# prequel ----------------------------------------------------------------------
with_algorithm <- function(name, code) withr::with_options(list(nnconv.algorithm = name), code)
random_layer <- function(channels, out, modes) {
  pick <- function(from, n = 2) from[sample.int(length(from), n, replace = TRUE)]
  stride <- pick(c(1, 1, 2, 3))
  dilation <- pick(c(1, 1, 2))
  arguments <- list(
    channels, out, kernel_size = pick(1:5), stride = stride, padding = pick(0:3),
    dilation = dilation, padding_mode = pick(modes, 1), bias = pick(c(TRUE, FALSE), 1)
  )
  if (pick(1:2, 1) == 1) {
    return(do.call(nn_conv2d, arguments))
  }
  arguments$output_padding <- vapply(pmax(stride, dilation), function(m) pick(seq_len(m) - 1, 1), 0)
  do.call(nn_conv_transpose2d, arguments)
}
random_chain <- function(channels, modes = c("zeros", "zeros", "reflect", "replicate")) {
  repeat {
    layers <- lapply(seq_len(length(channels) - 1L), function(i) {
      random_layer(channels[i], channels[i + 1L], modes)
    })
    net <- do.call(nn_sequential, unlist(lapply(layers, list, nn_leaky_relu(0.2))))
    x <- random_array(sample(1:2, 1), channels[1L], sample(8:40, 1), sample(8:40, 1))
    shape <- tryCatch(net$output_shape(dim(x)), nnconv_error = function(e) NULL)
    if (!is.null(shape) && prod(shape) < 5e5) {
      return(list(net = net, x = x))
    }
  }
}
rounds <- if (identical(Sys.getenv("NNCONV_EXTENDED_TESTS"), "true")) 2000 else 60

# test -------------------------------------------------------------------------
set.seed(12)
x <- random_array(2, 3, 13, 11)
withr::local_options(nnconv.algorithm = "direct")
for (mode in c("zeros", "reflect", "replicate")) {
    for (stride in list(1, 2, c(3, 1))) {
      layers <- list(
        nn_conv2d(3, 2, c(4, 3), stride, padding = c(5, 3), dilation = 2, padding_mode = mode),
        nn_conv_transpose2d(3, 2, c(4, 3), stride, padding = c(5, 3), dilation = 2,
                            padding_mode = mode),
        nn_conv_transpose2d(3, 3, c(2, 1), stride = 4, padding = 1, output_padding = c(3, 2),
                            groups = 3, padding_mode = mode)
      )
      for (layer in layers) {
        whole <- layer(x)
        for (tile in list(1, c(2, 20), c(20, 3), 7, 100)) {
          expect_identical(predict(layer, x, tile = tile), whole,
                           label = paste(format(layer), toString(tile)))
        }
      }
    }
  }
