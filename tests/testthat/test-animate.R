# Animation: the frames, their names, and what is left behind where one cannot be written.

a <- nn_arithmetic(nn_conv_transpose2d(1, 1, 3, stride = 2), 3)

test_that("steps, pauses, files and sizes that cannot be are refused", {
  withr::local_pdf(NULL)
  expect_refusal(nn_animate("a"), "type", "arithmetic", "what nn_arithmetic() returns")
  expect_refusal(nn_animate(a, steps = 10), "argument", "steps", "from 1 to 9, not 10.")
  expect_refusal(nn_animate(a, steps = "1"), "type", "steps", "from 1 to 9")
  expect_refusal(nn_animate(a, pause = -1), "argument", "pause", "at least 0")
  expect_refusal(nn_animate(a, file = 1), "type", "file", "*.gif")
  for (bad in c("a.pdf", "a.png", "no/such/folder/a.gif", NA)) {
    expect_refusal(nn_animate(a, file = bad), "argument", "file", "*.png with %d for the number")
  }
  expect_refusal(nn_animate(a, file = "a.gif", width = 0), "argument", "width", "one whole number")
  expect_refusal(nn_animate(a, file = "a.gif", height = 10001), "argument", "height", "1 and 10000")
  expect_refusal(
    nn_animate(nn_sequential(nn_conv2d(1, 1, 1))), "type", "arithmetic", "Take one of a chain"
  )
})

test_that("frames that cannot be written are refused, and none are left", {
  skip_if_not_installed("testthat", "3.1.7")
  with_mocked_bindings(
    expect_refusal(nn_animate(a, file = "a-%d.png"), "file", "file", "this R draws no PNG files"),
    can_draw_png = function() FALSE
  )
  skip_if_not(capabilities("png"))
  folder <- withr::local_tempdir()
  too_long <- file.path(folder, paste0(strrep("a", 300), "%d.png"))
  expect_refusal(nn_animate(a, file = too_long), "file", "file", "a file that can be made")
  steps <- file.path(folder, "step-%d.png")
  expect_refusal(nn_animate(a, file = steps, main = 1), "type", "main", "a string or NULL, not 1.")
  expect_identical(list.files(folder), character())
})

test_that("frames of which one cannot be written are not left behind", {
  skip_if_not(capabilities("png"))
  folder <- withr::local_tempdir()
  dir.create(file.path(folder, "step-2.png"))
  steps <- file.path(folder, "step-%d.png")
  error <- refusal(nn_animate(a, steps = 1:3, file = steps, width = 60, height = 60))
  expect_s3_class(error, "nnconv_error_file")
  expect_match(conditionMessage(error), "a file that can be made, .* It is a folder or a device.")
  expect_identical(list.files(folder), "step-2.png")
})

test_that("frames and GIF files are written", {
  skip_if_not(capabilities("png"))
  folder <- withr::local_tempdir()
  frames <- nn_animate(a, steps = c(1, 9), file = file.path(folder, "f%02d.png"), width = 300,
                       height = 200)
  expect_identical(basename(frames), c("f01.png", "f02.png"))
  expect_true(all(file.size(frames) > 1000))
  expect_false(identical(readBin(frames[1], "raw", 1e5), readBin(frames[2], "raw", 1e5)))
  skip_if_not_installed("magick")
  gif <- file.path(folder, "a.gif")
  expect_identical(nn_animate(a, file = gif, width = 200, height = 150), gif)
  expect_identical(rawToChar(readBin(gif, "raw", 6)), "GIF89a")
})

test_that("a pattern numbers the frames, as sprintf() would", {
  expect_identical(numbered_paths("a-%d.png", 1:2), c("a-1.png", "a-2.png"))
  expect_identical(numbered_paths("a%%b-%03d.PNG", c(7, 1234)), c("a%b-007.PNG", "a%b-1234.PNG"))
  for (good in c("%d.png", "a/%02d.png", "100%%-%d.Png")) expect_match(good, frames_pattern)
  for (bad in c("a.png", "%s.png", "%d-%d.png", "%d.jpg", "%%d.png")) expect_no_match(bad, frames_pattern)
  for (good in c("a.gif", "A.GIF", "a.b.gif")) expect_match(good, gif_pattern)
  for (bad in c("gif", "a.gifs", "a.g")) expect_no_match(bad, gif_pattern)
})
