# The legend of an arithmetic's picture: an item for each mark that the picture has, and no other.

legend_texts <- function(layer, step = NULL, input = 4) {
  a <- nn_arithmetic(layer, input)
  legend <- scene_of(a, step, FALSE)$legend
  stats::setNames(legend$text, sub(" .*", "", legend$symbol))
}

test_that("the legend names the marks that the picture has", {
  plain <- legend_texts(nn_conv2d(1, 1, 1))
  expect_identical(plain, c(count = "products a cell takes part in"))
  holes <- legend_texts(nn_conv_transpose2d(1, 1, 1, stride = 2))
  expect_identical(holes[["hole"]], "bias only")
  unused <- legend_texts(nn_conv2d(1, 1, 1, stride = 2))
  expect_identical(unused[["hole"]], "never used")
  extra <- legend_texts(nn_conv_transpose2d(1, 1, 3, stride = 2, output_padding = 1))
  expect_identical(extra[["extra"]], "output_padding")
})

test_that("a border is called what it is in each layer and mode", {
  border <- function(make, mode) legend_texts(make(1, 1, 3, padding = 1, padding_mode = mode))[["border"]]
  expect_identical(border(nn_conv2d, "zeros"), "padding, read as 0")
  expect_identical(border(nn_conv_transpose2d, "zeros"), "cropped by padding")
  for (mode in setdiff(padding_modes, "zeros")) {
    expect_identical(border(nn_conv2d, mode), "row,column that padding shows here")
    expect_identical(border(nn_conv_transpose2d, mode), "row,column to which padding adds this cell")
  }
})

test_that("a step has its number, the axes of its taps, and the fold of its border", {
  of_step <- function(layer) legend_texts(layer, 2)[["active"]]
  expect_identical(of_step(nn_conv2d(1, 1, 3)), "step 2: taps (row,column)")
  expect_identical(of_step(nn_conv2d(1, 1, c(1, 3))), "step 2: taps (column)")
  expect_identical(of_step(nn_conv2d(1, 1, 1)), "step 2: the tap")
  up <- nn_conv_transpose2d(1, 1, 3, padding = 1, padding_mode = "circular")
  expect_identical(legend_texts(up, 1)[["fold"]], "where its border is added")
  down <- nn_conv2d(1, 1, 3, padding = 1, padding_mode = "circular")
  expect_identical(legend_texts(down, 1)[["fold"]], "what its border shows")
})

test_that("of many counts four are shown, the first and the last among them", {
  legend <- scene_of(nn_arithmetic(nn_conv2d(1, 1, 4), 9), NULL, FALSE)$legend
  counts <- counts_in(legend$symbol[1])
  expect_lte(length(counts), 4)
  expect_identical(range(counts), c(1, 16))
})
