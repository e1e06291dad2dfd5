# The demonstration: a photograph is made smaller by a convolution and larger again by the
# transposed convolution with bilinear weights. Prints shapes, times and how close the result comes
# to the original; writes a picture of both. Run by `make demo`.

source("tools/photo.R")

x <- photo[, 1:1780, 1:1500] # divisible by 4
cat("photograph:", paste(dim(x), collapse = " x "), "(channels, height, width)\n\n")

# Peak signal-to-noise ratio in decibels, for values from 0 to 1.
psnr <- function(a, b) 10 * log10(1 / mean((a - b)^2))
shape <- function(x) paste(dim(x), collapse = " x ")
seconds <- function(expr) system.time(expr)[["elapsed"]]

# The detail, in a picture that may be smaller by a factor.
detail <- function(x, factor = 1) {
  part <- function(cells) unique((cells - 1) %/% factor + 1)
  x[, part(detail_rows), part(detail_columns)]
}

pictures <- list(original = detail(x))
for (factor in c(2, 4)) {
  layers <- resamplers(factor)
  time_down <- seconds(small <- layers$down(x))
  time_up <- seconds(back <- layers$up(small))
  cat(sprintf(
    "%dx: down to %s in %.2f s, up to %s in %.2f s, PSNR %.1f dB\n",
    factor, shape(small), time_down, shape(back), time_up, psnr(x, back)
  ))
  pictures[[sprintf("%dx smaller", factor)]] <- detail(small, factor)
  pictures[[sprintf("%dx larger again", factor)]] <- detail(back)
}

dir.create("build", showWarnings = FALSE)
out <- file.path("build", "demo.png")
draw_pictures(pictures, out, width = 1500, height = 330)
cat("\npicture:", out, "\n")
