# The photograph of the demonstration and of the README's picture, and how pictures are drawn side
# by side. Used by tools/demo.R and tools/figures.R.

library(nnconv)
source("tests/testthat/helper-resample.R")
source("tests/testthat/helper-upscaler.R")

# Channel, height, width; values from 0 to 1; divisible by 4. The network was not trained on it.
photo <- aperm(
  jpeg::readJPEG(system.file("extdata", "ocean-cat.jpg", package = "isoband")), c(3, 1, 2)
)[, 1:1780, 1:1500]
detail_rows <- 701:860
detail_columns <- 611:770

# The detail, in a picture that is smaller by a factor.
detail <- function(x, factor = 1) {
  part <- function(cells) unique((cells - 1) %/% factor + 1)
  x[, part(detail_rows), part(detail_columns)]
}

# Draws a named list of pictures in a row.
draw_pictures <- function(pictures, file, width, height) {
  grDevices::png(file, width = width, height = height)
  on.exit(grDevices::dev.off())
  graphics::par(mfrow = c(1, length(pictures)), mar = c(0.5, 0.3, 2, 0.3), cex = 1)
  for (name in names(pictures)) {
    graphics::plot.new()
    graphics::plot.window(c(0, 1), c(0, 1), asp = 1, xaxs = "i", yaxs = "i")
    graphics::title(name, font.main = 1, cex.main = 1)
    picture <- grDevices::as.raster(clip(aperm(pictures[[name]], c(2, 3, 1))))
    graphics::rasterImage(picture, 0, 0, 1, 1, interpolate = FALSE)
  }
}
