# Layers that resample pictures with fixed weights, how close two pictures are, and how pictures are
# drawn side by side. Used by tools/ and data-raw/.

library(nnconv)

# A picture, a named list of them, is channel, height, width; values from 0 to 1.

# The cubic kernel of Keys (1981), doi:10.1109/TASSP.1981.1163711, with a = -1/2.
keys <- function(t) {
  t <- abs(t)
  ifelse(t <= 1, 1.5 * t^3 - 2.5 * t^2 + 1, ifelse(t < 2, -0.5 * t^3 + 2.5 * t^2 - 4 * t + 2, 0))
}

# Its taps for a whole factor: those places where it is not 0.
bicubic_taps <- function(factor) {
  kernel <- 4 * factor - factor %% 2
  keys((seq_len(kernel) - (kernel + 1) / 2) / factor)
}

bilinear_taps <- function(factor) {
  kernel <- 2 * factor - factor %% 2
  1 - abs(seq_len(kernel) - (kernel + 1) / 2) / factor
}

# A convolution that makes a picture smaller by a factor, and its adjoint, with the same weights,
# that makes it larger. Each channel for itself. The convolution's kernel is stretched by the factor,
# which is what is called antialiasing.
#
# Law: constants are kept; inside, so are linear functions.
resamplers <- function(factor, channels = 3, taps = bicubic_taps) {
  taps <- taps(factor)
  kernel <- length(taps)
  padding <- (kernel - factor) / 2
  weight <- array(rep(outer(taps, taps), each = channels), c(channels, 1, kernel, kernel))
  down <- nn_conv2d(channels, channels, kernel, stride = factor, padding = padding,
                    groups = channels, bias = FALSE, padding_mode = "replicate")
  down$weight <- weight / factor^2
  # The input is extended by some cells on each side, which the layer crops again: no dark border.
  reach <- ceiling(padding / factor)
  up <- nn_conv_transpose2d(channels, channels, kernel, stride = factor,
                            padding = padding + reach * factor, groups = channels, bias = FALSE)
  up$weight <- weight
  list(
    down = down,
    up = function(small) up(nnf_pad(small, rep(reach, 4), mode = "replicate"))
  )
}
