# What is compared of enlarged pictures: the luminance of a picture (channel, height, width), and how
# close two are. Used by tests, tools/ and data-raw/.

luminance <- function(x) {
  if (dim(x)[1L] == 1L) x else nnf_conv2d(x, array(c(0.299, 0.587, 0.114), c(1, 3, 1, 1)))
}

clip <- function(x) pmin(pmax(x, 0), 1)

# Peak signal-to-noise ratio in decibels, for values from 0 to 1, without `border` cells.
psnr <- function(a, b, border) {
  inside <- function(x) {
    x[, seq(1L + border, dim(x)[2L] - border), seq(1L + border, dim(x)[3L] - border)]
  }
  10 * log10(1 / mean((inside(a) - inside(b))^2))
}
