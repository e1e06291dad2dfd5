# Draws the README's picture from the demonstration's photograph: man/figures/upsampling.png.
# Run from the top of the repository: Rscript tools/figures.R

library(nnconv)

photo <- jpeg::readJPEG(system.file("extdata", "ocean-cat.jpg", package = "isoband"))
eye <- aperm(photo[697:896, 601:800, ], c(3, 1, 2))

down <- nn_conv2d(3, 3, 8, stride = 4, padding = 2, groups = 3, bias = FALSE,
                  padding_mode = "replicate")
down$weight <- nn_init_bilinear(3, 3, 8, groups = 3) / 16
up <- nn_conv_transpose2d(3, 3, 8, stride = 4, padding = 6, groups = 3, bias = FALSE)
up$weight <- nn_init_bilinear(3, 3, 8, groups = 3)
small <- down(eye)
pictures <- list(
  "50 x 50 pixels" = small,
  "enlarged by the layer" = up(nnf_pad(small, c(1, 1, 1, 1), mode = "replicate")),
  "the original" = eye
)

grDevices::png("man/figures/upsampling.png", width = 750, height = 280)
graphics::par(mfrow = c(1, 3), mar = c(0.5, 0.5, 2, 0.5), cex = 1)
for (name in names(pictures)) {
  graphics::plot.new()
  graphics::plot.window(c(0, 1), c(0, 1), asp = 1)
  graphics::title(name, font.main = 1, cex.main = 1)
  picture <- pmin(pmax(aperm(pictures[[name]], c(2, 3, 1)), 0), 1)
  graphics::rasterImage(grDevices::as.raster(picture), 0, 0, 1, 1, interpolate = FALSE)
}
invisible(grDevices::dev.off())
