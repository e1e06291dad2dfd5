# The photograph of the demonstration and of the README's picture, the layers that resample it, and
# how pictures are drawn side by side. Used by tools/demo.R and tools/figures.R.

library(nnconv)

# Channel, height, width; values from 0 to 1.
photo <- aperm(
  jpeg::readJPEG(system.file("extdata", "ocean-cat.jpg", package = "isoband")), c(3, 1, 2)
)
detail_rows <- 697:896
detail_columns <- 601:800

# A convolution that makes a picture smaller by a factor, and a function that makes it larger again:
# bilinear weights, each channel for itself.
resamplers <- function(factor) {
  kernel <- 2 * factor - factor %% 2
  padding <- ceiling((factor - 1) / 2)
  down <- nn_conv2d(3, 3, kernel, stride = factor, padding = padding, groups = 3, bias = FALSE,
                    padding_mode = "replicate")
  down$weight <- nn_init_bilinear(3, 3, kernel, groups = 3) / factor^2
  # The input is extended by one cell on each side, which the layer crops again: no dark border.
  up <- nn_conv_transpose2d(3, 3, kernel, stride = factor, padding = padding + factor, groups = 3,
                            bias = FALSE)
  up$weight <- nn_init_bilinear(3, 3, kernel, groups = 3)
  list(down = down, up = function(small) up(nnf_pad(small, c(1, 1, 1, 1), mode = "replicate")))
}

# Draws a named list of pictures in a row.
draw_pictures <- function(pictures, file, width, height) {
  grDevices::png(file, width = width, height = height)
  on.exit(grDevices::dev.off())
  graphics::par(mfrow = c(1, length(pictures)), mar = c(0.5, 0.5, 2, 0.5), cex = 1)
  for (name in names(pictures)) {
    graphics::plot.new()
    graphics::plot.window(c(0, 1), c(0, 1), asp = 1)
    graphics::title(name, font.main = 1, cex.main = 1)
    picture <- pmin(pmax(aperm(pictures[[name]], c(2, 3, 1)), 0), 1)
    graphics::rasterImage(grDevices::as.raster(picture), 0, 0, 1, 1, interpolate = FALSE)
  }
}
