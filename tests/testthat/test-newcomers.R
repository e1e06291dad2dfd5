# What the pages teach somebody who is new: where to go on, and how the axes of pictures are turned.

vignettes <- list.files(
  test_path("..", "..", c("vignettes", "00_pkg_src/nnconv/vignettes")), "[.]Rmd$", full.names = TRUE
)
skip_if(length(vignettes) == 0L, "the vignettes' sources are not at hand")
names(vignettes) <- sub("[.]Rmd$", "", basename(vignettes))
text_of <- function(name) paste(readLines(vignettes[[name]], encoding = "UTF-8"), collapse = "\n")

test_that("the first vignette has a picture, a chain and a training step, and leads to all others", {
  first <- text_of("nnconv")
  for (word in c("as_nchw(", "from_nchw(", "nn_sequential(", "$backward(", "nn_optim_adam(")) {
    expect_match(first, word, fixed = TRUE)
  }
  others <- setdiff(names(vignettes), "nnconv")
  expect_gt(length(others), 5)
  for (name in others) expect_match(first, sprintf("vignette(\"%s\")", name), fixed = TRUE)
  last <- sub(".*\n## ([^\n]*)\n.*", "\\1", first)
  expect_identical(last, "Where next")
})

test_that("vignettes name no vignette that is not there", {
  for (name in names(vignettes)) {
    text <- text_of(name)
    named <- regmatches(text, gregexpr("(?<=vignette\\(\")[^\"]+(?=\"\\))", text, perl = TRUE))[[1L]]
    expect_identical(setdiff(named, names(vignettes)), character(), label = name)
  }
})

test_that("axes of pictures are turned by as_nchw() and from_nchw()", {
  turned <- Filter(function(name) grepl("aperm(", text_of(name), fixed = TRUE), names(vignettes))
  expect_identical(turned, character())
})
