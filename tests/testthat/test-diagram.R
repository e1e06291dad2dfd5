# Diagrams of modules, as drawn.

words_of_diagram <- function(net, ..., width = 7, height = 7) {
  read_picture(function() plot(net, ...), width, height)$all_words
}

test_that("plot() of a chain draws each module and its shapes, and returns the places", {
  withr::local_pdf(NULL)
  graphics::plot.new()
  net <- deep_unet()
  words <- words_of_diagram(net, dim = c(3, 33, 50))
  places <- NULL
  withr::with_pdf(NULL, places <- plot(net, dim = c(3, 33, 50)))
  for (label in unique(places$label)) {
    expect_gte(sum(words == label), sum(places$label == label))
  }
  expect_true(all(places$after %in% words))
  expect_identical(sum(words == "concat"), 4L)
  expect_true(any(grepl("nn_sequential() of ", words, fixed = TRUE)))
  expect_named(places, c("path", "label", "join", "after", "depth", "row", "place", "from", "times",
                         "column", "left", "right", "top", "bottom"))
  expect_identical(places$path, names(module_steps(net)$states))
})

test_that("all kinds of modules are drawn, in figures of any size and colour", {
  for (net in diagram_networks()) {
    for (size in list(c(7, 7), c(9, 1), c(0.3, 4), c(0.1, 0.1))) {
      expect_silent(withr::with_pdf(NULL, plot(net, main = strrep("long ", 30)), width = size[1],
                                    height = size[2]))
    }
  }
  draw <- function() {
    graphics::par(bg = "black", fg = "white", mfrow = c(1, 2))
    expect_false(withVisible(plot(nn_relu()))$visible)
    plot(nn_conv2d(1, 2, 3), dim = c(1, 5, 5))
    expect_identical(graphics::par("mar"), c(5.1, 4.1, 4.1, 2.1))
  }
  expect_silent(withr::with_pdf(NULL, draw()))
})

test_that("blocks that come several times say how often", {
  withr::local_pdf(NULL)
  graphics::plot.new()
  words <- words_of_diagram(residual_chain(5))
  expect_identical(sum(words == "5 times"), 1L)
  expect_identical(sum(words == "+"), 2L)
})

test_that("titles count, and can be left out", {
  expect_identical(diagram_title(nn_relu()), "relu")
  expect_identical(diagram_title(nn_sequential(nn_conv2d(1, 1, 1, bias = FALSE))),
                   "nn_sequential() of 1 module, 1 parameter")
  expect_identical(diagram_title(residual_chain(1)), "nn_sequential() of 8 modules, 1,260 parameters")
  withr::local_pdf(NULL)
  graphics::plot.new()
  expect_identical(words_of_diagram(nn_sequential(nn_tanh()), main = NULL), "tanh")
})

test_that("a layer has kernels to plot, or a diagram if an input's dimensions are given", {
  withr::local_pdf(NULL)
  layer <- nn_conv2d(1, 2, 3)
  expect_identical(plot(layer), layer)
  expect_identical(plot(layer, dim = c(1, 5, 6))$after, "2 x 3 x 4")
})

test_that("a diagram refuses what is for kernels, and other dimensions", {
  withr::local_pdf(NULL)
  net <- nn_sequential(nn_conv2d(1, 2, 3), nn_relu())
  for (name in c("rows", "columns", "input")) {
    expect_refusal(do.call(plot, c(list(net), stats::setNames(list(3), name))), "argument", name,
                   "NULL for a diagram; it is for the kernels of a layer, not 3.")
  }
  expect_refusal(plot(net, dim = c(2, 5, 5)), "argument", "dim", "(1, H, W)")
  expect_refusal(plot(net, dim = "a"), "type", "dim", "dimensions")
  expect_refusal(plot(net, main = 1), "type", "main", "a string or NULL")
})
