# The demonstration: a photograph is made smaller by a convolution and larger again by the
# transposed convolution with bilinear weights. Prints shapes, times and how close the result comes
# to the original; writes a picture of both. Run by `make demo`.

library(nnconv)

file <- system.file("extdata", "ocean-cat.jpg", package = "isoband")
photo <- jpeg::readJPEG(file) # height, width, channel; 0 to 1
x <- aperm(photo, c(3, 1, 2))[, 1:1780, 1:1500] # channel, height, width; divisible by 4
cat("photograph:", paste(dim(x), collapse = " x "), "(channels, height, width)\n\n")

# Peak signal-to-noise ratio in decibels, for values from 0 to 1.
psnr <- function(a, b) 10 * log10(1 / mean((a - b)^2))

# The pair of layers for a factor: bilinear weights, each channel for itself.
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

shape <- function(x) paste(dim(x), collapse = " x ")
seconds <- function(expr) system.time(expr)[["elapsed"]]

results <- lapply(c(2, 4), function(factor) {
  layers <- resamplers(factor)
  time_down <- seconds(small <- layers$down(x))
  time_up <- seconds(back <- layers$up(small))
  cat(sprintf(
    "%dx: down to %s in %.2f s, up to %s in %.2f s, PSNR %.1f dB\n",
    factor, shape(small), time_down, shape(back), time_up, psnr(x, back)
  ))
  list(factor = factor, small = small, back = back)
})

# A detail of each: the small picture with its pixels, and what the layer makes of it.
rows <- 697:896
columns <- 601:800
detail <- function(x, factor = 1) {
  part <- function(cells) unique((cells - 1) %/% factor + 1)
  picture <- aperm(x[, part(rows), part(columns)], c(2, 3, 1))
  grDevices::as.raster(pmin(pmax(picture, 0), 1))
}
pictures <- list(original = detail(x))
for (r in results) {
  pictures[[sprintf("%dx smaller", r$factor)]] <- detail(r$small, r$factor)
  pictures[[sprintf("%dx larger again", r$factor)]] <- detail(r$back)
}

dir.create("build", showWarnings = FALSE)
out <- file.path("build", "demo.png")
grDevices::png(out, width = 1500, height = 330)
graphics::par(mfrow = c(1, length(pictures)), mar = c(0.5, 0.5, 2, 0.5), cex = 1)
for (name in names(pictures)) {
  graphics::plot.new()
  graphics::plot.window(c(0, 1), c(0, 1), asp = 1)
  graphics::title(name, font.main = 1)
  graphics::rasterImage(pictures[[name]], 0, 0, 1, 1, interpolate = FALSE)
}
invisible(grDevices::dev.off())
cat("\npicture:", out, "\n")
