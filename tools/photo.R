# The picture of the demonstration and of the README, and how pictures are drawn side by side. Used by tools/demo.R and tools/figures.R.

library(nnconv)
source("tests/testthat/helper-resample.R")
source("tests/testthat/helper-decibels.R")

# A picture, as channel, height, width with values from 0 to 1 and extents that 4 divides, what it is,
# and the rows and columns of its detail. The network was not trained on it.
chosen_picture <- function() {
  file <- system.file("extdata", "ocean-cat.jpg", package = "isoband")
  if (nzchar(file) && requireNamespace("jpeg", quietly = TRUE)) {
    photo <- as_nchw(jpeg::readJPEG(file), "HWC")[1L, , 1:1780, 1:1500]
    return(list(what = "photograph", x = photo, rows = 701:860, columns = 611:770))
  }
  source("tools/scene.R", local = TRUE)
  list(what = "drawn scene (jpeg and isoband, which has a photograph, are not installed)", x = scene(),
       rows = 253:412, columns = 459:618)
}
picture <- chosen_picture()
photo <- picture$x

# The detail, in a picture that is smaller by a factor.
detail <- function(x, factor = 1) {
  part <- function(cells) unique((cells - 1) %/% factor + 1)
  x[, part(picture$rows), part(picture$columns)]
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
    colours <- grDevices::as.raster(clip(aperm(pictures[[name]], c(2, 3, 1))))
    graphics::rasterImage(colours, 0, 0, 1, 1, interpolate = FALSE)
  }
}
