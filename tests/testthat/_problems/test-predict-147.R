# Extracted from test-predict.R:147

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
set.seed(14)
net <- nn_sequential(nn_conv2d(3, 16, 3, padding = 1, padding_mode = "circular"), nn_tanh(),
                       nn_conv_transpose2d(16, 4, 4, stride = 2, padding = 1))
x <- random_array(7, 3, 9, 10)
for (size in c(1:4, 7, 100)) {
    with_algorithm("direct", expect_identical(predict(net, x, batch_size = size), net(x)))
    expect_equal(predict(net, x, batch_size = size), net(x), tolerance = 1e-12)
  }
expect_identical(predict(net, x[0, , , , drop = FALSE], batch_size = 2),
                   net(x[0, , , , drop = FALSE]))
expect_identical(predict(net, x[1, , , ], batch_size = 2), net(x[1, , , ]))
up <- nn_conv_transpose2d(3, 5, 3, stride = 2, padding = 1, padding_mode = "reflect")
withr::local_options(nnconv.algorithm = "direct")
bytes <- array(sample(0:255, length(x), TRUE), dim(x))
expect_identical(predict(up, bytes, batch_size = 3, tile = c(4, 5)), up(bytes))
