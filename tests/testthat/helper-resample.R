# Bicubic resampling by layers with fixed weights: what the upscaling network is compared with, and
# how small pictures are made of large ones. Used by tests, tools/ and data-raw/.

# A convolution that makes a picture (channel, height, width) smaller by a whole factor, and its
# adjoint, with the same weights, that makes it larger; each channel for itself. The convolution's
# kernel is stretched by the factor, which is called antialiasing.
#
# Law: constants are kept; inside, linear functions are kept by both, quadratic ones when enlarged.
resamplers <- function(factor, channels = 1) {
  kernel <- 4 * factor - factor %% 2 # the cells where the stretched kernel is not 0
  padding <- (kernel - factor) / 2
  weight <- nn_init_bicubic(channels, channels, kernel, groups = channels)
  down <- nn_conv2d(channels, channels, kernel, stride = factor, padding = padding,
                    groups = channels, bias = FALSE, padding_mode = "replicate")
  down$weight <- weight / factor^2
  # The input is extended by two cells on each side, which the layer crops again: no dark border.
  up <- nn_conv_transpose2d(channels, channels, kernel, stride = factor,
                            padding = padding + 2 * factor, groups = channels, bias = FALSE)
  up$weight <- weight
  list(down = down, up = function(small) up(nnf_pad(small, c(2, 2, 2, 2), mode = "replicate")))
}
