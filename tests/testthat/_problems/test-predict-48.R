# Extracted from test-predict.R:48

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
set.seed(11)
for (i in seq_len(rounds)) {
    # Odd rounds: few channels, and the dot kernels among them; even ones: transforms are possible.
    channels <- if (i %% 2) sample(c(1:4, 17), sample(2:4, 1), TRUE) else sample(4:9, 3, TRUE)
    case <- random_chain(channels)
    tile <- sample(3:25, 2)
    label <- paste("round", i, format(case$net), "on", toString(dim(case$x)), "by", toString(tile))
    case$net$to(dtype = sample(c("float64", "float32"), 1))
    with_algorithm("direct", {
      whole <- case$net(case$x)
      expect_identical(predict(case$net, case$x, tile = tile), whole, label = label)
    })
    bound <- max(abs(whole)) * if (case$net[[1]]$dtype == "float64") 1e-11 else 5e-4
    for (algorithm in c("automatic", "transforms")) {
      error <- with_algorithm(algorithm, predict(case$net, case$x, tile = tile)) - whole
      expect_lte(max(abs(error)), bound, label = paste(label, algorithm))
    }
  }
