# What is refused only where the system or R lacks something: provoked by hand.

test_that("an R that draws no PNG files is said to", {
  namespace <- asNamespace("nnconv")
  before <- namespace$can_draw_png
  change <- function(f) {
    unlockBinding("can_draw_png", namespace)
    assign("can_draw_png", f, namespace)
    lockBinding("can_draw_png", namespace)
  }
  change(function() FALSE)
  withr::defer(change(before))
  a <- nn_arithmetic(nn_conv2d(1, 1, 1), 1)
  expect_refusal(nn_animate(a, file = file.path(tempdir(), "a%d.png")), "file", "file",
                 "NULL, as this R draws no PNG files")
})

test_that("a frame that cannot be drawn, and a GIF file that magick cannot make, are refused", {
  skip_if_not(capabilities("png"))
  expect_refusal(draw_frames(identity, 1, -1, -1), "file", "tempdir()", "a folder to draw in")
  skip_if_not_installed("magick")
  expect_refusal(animated_gif(list(as.raw(1:3)), 0.5, "a.gif"), "file", "file",
                 "*.png, as the package magick makes no GIF file here")
})

test_that("scratch memory that cannot be had is refused", {
  expect_refusal(refuse_scratch(), "memory", "input", "so small that the call finds scratch memory")
})
