# Draws the README's picture, man/figures/upsampling.png. Run from the top of the repository:
# Rscript tools/figures.R

source("tools/photo.R")

eye <- photo[, detail_rows, detail_columns]
layers <- resamplers(4)
small <- layers$down(eye)
draw_pictures(
  list("50 x 50 pixels" = small, "enlarged by the layer" = layers$up(small), "the original" = eye),
  "man/figures/upsampling.png", width = 750, height = 280
)
