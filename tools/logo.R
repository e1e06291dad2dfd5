# Draws the logo, man/figures/logo.svg: four cells of an image, and the kernels that a transposed
# convolution of stride 2 puts on the result, which overlap and add. `Rscript tools/logo.R`

hexagon <- list(x = sin(pi * 0:5 / 3), y = cos(pi * 0:5 / 3))
ink <- c(edge = "#0b3954", paper = "#f7fbfd", kernel = "#e36414", cell = "#ffffff")

svg("man/figures/logo.svg", width = 2.4, height = 2.77, bg = "transparent")
par(mar = rep(0, 4L), xaxs = "i", yaxs = "i")
plot.new()
plot.window(c(-0.9, 0.9), c(-1.04, 1.04), asp = 1)
polygon(hexagon, col = ink["paper"], border = ink["edge"], lwd = 7, ljoin = 1)

# Cell (i, j) of the image puts a kernel of 3 x 3 cells at (2i, 2j) of the result, 5 x 5 cells.
side <- 0.17
left <- -2.5 * side
top <- 0.68
square <- function(column, row, size, col, border, lwd) {
  x <- left + column * side
  y <- top - row * side
  rect(x, y - size * side, x + size * side, y, col = col, border = border, lwd = lwd)
}
for (i in 0:1) for (j in 0:1) square(2 * j, 2 * i, 3, adjustcolor(ink["kernel"], 0.38), NA, 1)
for (i in 0:4) for (j in 0:4) square(j, i, 1, NA, ink["cell"], 1.6)
for (i in 0:1) for (j in 0:1) square(2 * j, 2 * i, 3, NA, ink["edge"], 2.4)

text(0, -0.42, "nnconv", font = 2, cex = 2.5, col = ink["edge"])
invisible(dev.off())
