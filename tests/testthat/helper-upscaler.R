# The network that enlarges a picture's luminance two times, as in vignette("training"), and how a
# colour picture is enlarged with it. Used by tests, tools/ and data-raw/.

hidden <- function() {
  nn_sequential(nn_conv2d(20, 20, 3, padding = 1, padding_mode = "replicate"),
                nn_leaky_relu(0.1))
}

# The first layer makes its result larger by one cell on each side and the last one crops these
# again: every pixel of the result has all the neighbours that its kernel reaches. The kernel of the
# last layer is divisible by the stride, so that all pixels get as many taps.
upscaler <- function() {
  nn_sequential(
    nn_conv2d(1, 20, 5, padding = 3, padding_mode = "replicate"), nn_leaky_relu(0.1),
    hidden(), hidden(), hidden(), hidden(), hidden(),
    nn_conv_transpose2d(20, 1, 6, stride = 2, padding = 4)
  )
}

trained_upscaler <- function(file = system.file("extdata", "upscale2x.rds", package = "nnconv")) {
  upscaler()$load_state_dict(readRDS(file)$state_dict)
}

# JPEG's colours (ITU-T T.871): luminance Y from 0 to 1, and Cb, Cr around 0.
from_rgb <- rbind(
  c(0.299, 0.587, 0.114), c(-0.168736, -0.331264, 0.5), c(0.5, -0.418688, -0.081312)
)
mix <- function(x, matrix) nnf_conv2d(x, array(matrix, c(dim(matrix), 1, 1)))

luminance <- function(x) if (dim(x)[1L] == 1L) x else mix(x, from_rgb[1L, , drop = FALSE])

# A colour picture, twice as large: its luminance by `enlarge`, its colours bicubically, as eyes see
# less detail in them.
enlarge_colours <- function(x, enlarge) {
  parts <- mix(x, from_rgb)
  y <- enlarge(parts[1L, , , drop = FALSE])
  colours <- resamplers(2, 2)$up(parts[2:3, , , drop = FALSE])
  large <- array(0, c(3L, dim(y)[2:3]))
  large[1L, , ] <- y
  large[2:3, , ] <- colours
  clip(mix(large, solve(from_rgb)))
}

clip <- function(x) pmin(pmax(x, 0), 1)

# Peak signal-to-noise ratio in decibels, for values from 0 to 1, without `border` cells.
psnr <- function(a, b, border) {
  inside <- function(x) {
    x[, seq(1L + border, dim(x)[2L] - border), seq(1L + border, dim(x)[3L] - border)]
  }
  10 * log10(1 / mean((inside(a) - inside(b))^2))
}
