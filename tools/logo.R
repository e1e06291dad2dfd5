# Draws the logo, man/figures/logo.svg, and the site's icons of it: four cells of an image, and the
# kernels that a transposed convolution of stride 2 puts on the result, which overlap and add.
# `Rscript tools/logo.R`

hexagon <- list(x = sin(pi * 0:5 / 3), y = cos(pi * 0:5 / 3))
ink <- c(edge = "#0b3954", paper = "#f7fbfd", kernel = "#e36414", cell = "#ffffff")

# `scale` keeps lines and letters in proportion to the picture.
draw_logo <- function(scale = 1) {
  par(mar = rep(0, 4L), xaxs = "i", yaxs = "i")
  plot.new()
  plot.window(c(-0.9, 0.9), c(-1.04, 1.04), asp = 1)
  polygon(hexagon, col = ink["paper"], border = ink["edge"], lwd = 7 * scale, ljoin = 1)

  # Cell (i, j) of the image puts a kernel of 3 x 3 cells at (2i, 2j) of the result, 5 x 5 cells.
  side <- 0.17
  left <- -2.5 * side
  top <- 0.68
  square <- function(column, row, size, col, border, lwd) {
    x <- left + column * side
    y <- top - row * side
    rect(x, y - size * side, x + size * side, y, col = col, border = border, lwd = lwd * scale)
  }
  for (i in 0:1) for (j in 0:1) square(2 * j, 2 * i, 3, adjustcolor(ink["kernel"], 0.38), NA, 1)
  for (i in 0:4) for (j in 0:4) square(j, i, 1, NA, ink["cell"], 1.6)
  for (i in 0:1) for (j in 0:1) square(2 * j, 2 * i, 3, NA, ink["edge"], 2.4)
  text(0, -0.42, "nnconv", font = 2, cex = 2.5 * scale, col = ink["edge"])
}

to_file <- function(file, device, scale = 1) {
  device(file)
  draw_logo(scale)
  dev.off()
}

icon <- function(size) {
  function(file) png(file, size, size, res = 72, bg = "transparent", type = "cairo")
}
vector <- function(file) svg(file, width = 2.4, height = 2.77, bg = "transparent")

icons <- "pkgdown/favicon"
dir.create(icons, showWarnings = FALSE)
to_file("man/figures/logo.svg", vector)
to_file(file.path(icons, "favicon.svg"), vector)
to_file(file.path(icons, "favicon-96x96.png"), icon(96), 0.45)
to_file(file.path(icons, "apple-touch-icon.png"), icon(180), 0.85)

# An .ico file is a directory of pictures, here of one PNG.
small <- tempfile()
to_file(small, icon(48), 0.22)
content <- readBin(small, "raw", file.size(small))
ico <- file(file.path(icons, "favicon.ico"), "wb")
writeBin(c(0L, 1L, 1L), ico, size = 2L, endian = "little")
writeBin(as.raw(c(48, 48, 0, 0)), ico)
writeBin(c(1L, 32L), ico, size = 2L, endian = "little")
writeBin(c(length(content), 22L), ico, size = 4L, endian = "little")
writeBin(content, ico)
close(ico)
