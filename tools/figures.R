# Draws the README's picture, man/figures/upsampling.png. Run from the top of the repository:
# Rscript tools/figures.R

source("tools/photo.R")

small <- clip(resamplers(2, 3)$down(photo))
draw_pictures(
  list(
    "80 x 80 pixels" = detail(small, 2),
    "bicubic" = detail(resamplers(2, 3)$up(small)),
    "by the network" = detail(nn_enlarge(small, "CHW")),
    "the original" = detail(photo)
  ),
  "man/figures/upsampling.png", width = 1000, height = 276
)
