# The links of a layer against plain loops, and what is said of them.

# All products of a layer, one line each, straight from the definitions.
reference_links <- function(layer, g, result) {
  is_transposed <- inherits(layer, "nnconv_conv_transpose2d")
  small <- if (is_transposed) g$size else result
  large <- if (is_transposed) result else g$size
  sides <- reference_sides(g$padding)
  lines <- list()
  for (i in seq_len(small[1])) for (j in seq_len(small[2])) {
    for (u in seq_len(g$kernel_size[1])) for (v in seq_len(g$kernel_size[2])) {
      p <- (i - 1) * g$stride[1] + (u - 1) * g$dilation[1] + 1
      q <- (j - 1) * g$stride[2] + (v - 1) * g$dilation[2] + 1
      h <- reference_source(p, sides[1], large[1], g$mode)
      w <- reference_source(q, sides[3], large[2], g$mode)
      if (!is.na(h) && !is.na(w)) {
        lines[[length(lines) + 1]] <- if (is_transposed) c(i, j, u, v, h, w) else c(h, w, u, v, i, j)
      }
    }
  }
  matrix(as.numeric(unlist(lines)), ncol = 6, byrow = TRUE)
}

sorted <- function(m) {
  m <- matrix(as.numeric(as.matrix(m)), ncol = 6)
  m[do.call(order, as.data.frame(m)), , drop = FALSE]
}

test_that("the links are those of the plain loops, in both layers and all modes", {
  set.seed(300)
  extended <- identical(Sys.getenv("NNCONV_EXTENDED_TESTS"), "true")
  for (k in seq_len(if (extended) 500 else 40)) {
    g <- random_geometry()
    layers <- layers_of_geometry(g)
    a <- nn_arithmetic(layers[[1]], g$size)
    expect_identical(a$result_size, as.double(large_size(g)), label = label_of(g))
    links <- reference_links(layers[[1]], g, a$result_size)
    expect_equal(sorted(as.data.frame(a)), sorted(links), label = label_of(g))

    # The convolution of what the transposed layer returns.
    g$size <- a$result_size
    b <- nn_arithmetic(layers[[2]], g$size)
    expect_equal(
      sorted(as.data.frame(b)), sorted(reference_links(layers[[2]], g, b$result_size)),
      label = label_of(g)
    )
  }
})

test_that("products and uses are counts of links, and those of ones through the layer", {
  set.seed(301)
  for (k in 1:30) {
    g <- random_geometry()
    g$in_channels <- g$out_channels <- g$groups <- 1
    for (layer in layers_of_geometry(g)) {
      if (inherits(layer, "nnconv_conv2d")) g$size <- large_size(g)
      a <- nn_arithmetic(layer, g$size)
      layer$weight <- array(1, dim(layer$weight))
      ones <- array(1, c(1, g$size))
      expect_equal(a$products, matrix(layer(ones), a$result_size[1]), label = label_of(g))
      back <- layer$backward(ones, function(y) y * 0 + 1)$input
      expect_equal(a$uses, matrix(back, g$size[1]), label = label_of(g))
      expect_identical(sum(a$uses), sum(a$products))
    }
  }
})

test_that("output_size and padding = \"same\" are those of the call", {
  up <- nn_conv_transpose2d(1, 1, 3, stride = 2, padding = 1)
  a <- nn_arithmetic(up, c(4, 5), output_size = c(7, 10))
  expect_identical(a$result_size, c(7, 10))
  expect_identical(c(a$height$extra, a$width$extra), c(0, 1))
  same <- nn_arithmetic(nn_conv2d(1, 1, c(2, 4), padding = "same"), 6)
  expect_identical(same$result_size, c(6, 6))
  expect_identical(c(same$height$before, same$width$before), c(0, 1))
  expect_output(print(same), "6 + 1 - 1 * (2 - 1) - 1) / 1) + 1 = 6", fixed = TRUE)
})

test_that("cells that padding = \"same\" adds have no links", {
  up <- nn_conv_transpose2d(1, 1, c(1, 2), stride = c(3, 1), padding = "same", bias = FALSE)
  up$weight[] <- 1
  a <- nn_arithmetic(up, c(2, 3))
  expect_identical(a$result_size, c(6, 3))
  expect_equal(a$products, up(array(1, c(1, 2, 3)))[1, , ])
  for (side in strsplit(size_laws(a), " = ")) {
    expect_equal(eval(parse(text = side[1])), as.numeric(side[2]))
  }
  withr::local_pdf(NULL)
  plot(a)
  plot(a, along = "height")
})

test_that("the law in print() gives the size that the core gives", {
  set.seed(302)
  for (k in 1:25) {
    g <- random_geometry("zeros")
    for (layer in layers_of_geometry(g)) {
      if (inherits(layer, "nnconv_conv2d")) g$size <- large_size(g)
      sides <- strsplit(size_laws(nn_arithmetic(layer, g$size)), " = ")
      for (side in sides) expect_equal(eval(parse(text = side[1])), as.numeric(side[2]))
    }
  }
})

test_that("overlaps are called uneven where the links inside the image are", {
  set.seed(303)
  for (k in 1:40) {
    kernel <- sample(6, 2, TRUE)
    stride <- sample(4, 2, TRUE)
    dilation <- sample(3, 2, TRUE)
    a <- nn_arithmetic(nn_conv_transpose2d(1, 1, kernel, stride, dilation = dilation), 25)
    extent <- dilation * (kernel - 1) + 1
    inside <- a$products[extent[1]:(24 * stride[1] + 1), extent[2]:(24 * stride[2] + 1)]
    is_even <- length(unique(as.vector(inside))) == 1
    label <- toString(c(kernel, stride, dilation))
    note <- uneven_note(a)
    expect_identical(is.null(note), is_even, label = label)
    if (all(dilation == 1)) expect_identical(is_even, all(kernel %% stride == 0), label = label)
    if (!is_even) {
      counts <- sort(unique(as.vector(inside)))
      expect_identical(names(note), if (counts[1] == 0) "holes" else "checkerboard", label = label)
      numbers <- as.numeric(regmatches(note, gregexpr("[0-9]+", note))[[1]])
      expect_equal(range(numbers), range(counts), label = label)
      if (length(counts) <= 5) expect_equal(numbers, counts, label = label)
    }
  }
  gradient <- nn_arithmetic(nn_conv2d(1, 1, 3, stride = 2), 7)
  expect_output(print(gradient), "checkerboard of the gradient: away from the borders, cells of")
  expect_output(print(nn_arithmetic(nn_conv2d(1, 1, 2, stride = 3), 9)), "unused: ")
  expect_output(print(nn_arithmetic(nn_conv_transpose2d(1, 1, 2, 3), 3)), "bias:     only, in 28 ")
})

test_that("what cannot be drawn is refused", {
  up <- nn_conv_transpose2d(1, 1, 3, padding = 2)
  chain <- nn_sequential(up)
  expect_refusal(nn_arithmetic(chain), "type", "layer", "a layer, not an object")
  expect_match(conditionMessage(refusal(nn_arithmetic(chain))), "net[[1]]", fixed = TRUE)
  for (bad in list("a", NULL, 3i, factor(1), TRUE)) {
    expect_refusal(nn_arithmetic(up, bad), "type", "input", pair_range)
    expect_refusal(nn_arithmetic(bad), "type", "layer", "a layer")
  }
  for (bad in list(0, 1.5, NA_real_, c(1, 2, 3), -1, numeric())) {
    expect_refusal(nn_arithmetic(up, bad), "argument", "input", pair_range)
  }
  expect_refusal(nn_arithmetic(up, 2), "shape", "padding", "so small that at least one cell")
  expect_refusal(nn_arithmetic(up, 5, c(9, 9)), "argument", "output_size", "height 3 and width 3")
  expect_refusal(nn_arithmetic(nn_conv2d(1, 1, 3), 5, c(3, 3)), "argument", "output_size", "NULL")
  expect_refusal(nn_arithmetic(nn_conv2d(1, 1, 3), 2), "shape", "input", "at least 3 in height")
  expect_refusal(nn_arithmetic(nn_conv2d(1, 1, 3), 600), "shape", "input", "at most 262144 cells")
  wide <- nn_conv_transpose2d(1, 1, c(1, 5000))
  expect_refusal(nn_arithmetic(wide, c(1, 5000)), "shape", "input", "at most 262144 cells")
  far <- nn_conv_transpose2d(1, 1, 3, stride = 2^30)
  expect_refusal(nn_arithmetic(far, 2), "shape", "input", "at most ")
  many <- nn_arithmetic(nn_conv2d(1, 1, 60), 100)
  expect_refusal(as.data.frame(many), "shape", "x", "at most 5000000 products")
})
