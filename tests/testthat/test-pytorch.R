# The package against the stored results of PyTorch (tools/make_fixtures.py).

layer_kinds <- c("conv_transpose2d", "conv2d")

functional_result <- function(case, dtype) {
  form <- if (case$kind == "conv2d") nnf_conv2d else nnf_conv_transpose2d
  arguments <- c(list(case$input, case$weight, case$bias), case$arguments, dtype = dtype)
  if (!is.null(case$output_size)) arguments$output_size <- case$output_size
  do.call(form, arguments)
}

# The layer of a case, with its weights.
case_layer <- function(case, dtype) {
  shape <- dim(case$weight)
  channels <- c(shape[1], shape[2] * case$arguments$groups)
  transposed <- case$kind == "conv_transpose2d"
  if (!transposed) channels <- rev(channels)
  layer <- do.call(if (transposed) nn_conv_transpose2d else nn_conv2d, c(
    list(channels[1], channels[2], shape[3:4], bias = !is.null(case$bias), dtype = dtype),
    case$arguments
  ))
  layer$weight <- case$weight
  if (!is.null(case$bias)) layer$bias <- case$bias
  layer
}

layer_result <- function(case, dtype) {
  layer <- case_layer(case, dtype)
  if (is.null(case$output_size)) layer(case$input) else layer(case$input, case$output_size)
}

test_that("there are at least 200 reference cases, of every kind and padding mode", {
  cases <- pytorch_cases(c(layer_kinds, "pad"))
  expect_gte(length(cases), 200)
  modes <- vapply(cases, function(case) c(case$arguments$padding_mode, case$arguments$mode), "")
  kinds <- vapply(cases, `[[`, "", "kind")
  same <- vapply(cases, function(case) identical(case$arguments$padding, "same"), NA)
  sides <- vapply(cases, function(case) length(case$arguments$padding) == 4, NA)
  extended <- vapply(cases, function(case) isTRUE(case$arguments$extend), NA)
  for (is_such in list(same & kinds == "conv_transpose2d", sides & kinds == "conv2d", sides, extended)) {
    expect_setequal(modes[is_such & kinds != "pad"], c("zeros", "reflect", "replicate", "circular"))
  }
  expect_setequal(
    paste(kinds, modes),
    c(
      outer(layer_kinds, c("zeros", "reflect", "replicate", "circular"), paste),
      paste("pad", c("constant", "reflect", "replicate", "circular"))
    )
  )
})

for (dtype in names(tolerance)) {
  test_that(paste("the functional forms return PyTorch's values in", dtype), {
    for (case in pytorch_cases(layer_kinds)) {
      expect_pytorch(functional_result(case, dtype), case, tolerance[[dtype]])
    }
  })

  test_that(paste("layers with PyTorch's weights return PyTorch's values in", dtype), {
    for (case in pytorch_cases(layer_kinds)) {
      expect_pytorch(layer_result(case, dtype), case, tolerance[[dtype]])
    }
  })
}

for (dtype in names(tolerance)) {
  test_that(paste("gradients are those of PyTorch's autograd in", dtype), {
    cases <- pytorch_gradients()
    expect_gte(length(cases), 200)
    for (case in cases) {
      gradients <- case_layer(case, dtype)$backward(case$input, case$grad_output)
      expect_named(gradients, names(case$gradients), label = case$label)
      for (name in names(gradients)) {
        expect_pytorch(gradients[[name]], case, tolerance[[dtype]], case$gradients[[name]])
      }
    }
  })
}

test_that("a layer foretells the shape that PyTorch returns", {
  for (case in pytorch_cases(layer_kinds)) {
    layer <- case_layer(case, "float64")
    arguments <- list(dim(case$input))
    if (!is.null(case$output_size)) arguments$output_size <- case$output_size
    shape <- do.call(layer$output_shape, arguments)
    expect_equal(shape, dim(case$expected), label = case$label)
  }
})

test_that("nnf_pad returns exactly PyTorch's values", {
  for (case in pytorch_cases("pad")) {
    expect_pytorch(do.call(nnf_pad, c(list(case$input), case$arguments)), case, 0)
  }
})

# Sizes from one below the smallest to one above the largest that a layer of one axis returns.
accepted_sizes <- function(row, axis) {
  pair <- function(value, other) if (axis == 1) c(value, other) else c(other, value)
  weight <- array(1, c(1, 1, pair(row$kernel, 1)))
  input <- array(1, c(1, 1, pair(row$input, 1)))
  returned <- function(size) {
    result <- nnf_conv_transpose2d(
      input, weight, stride = pair(row$stride, 1), padding = pair(row$padding, 0),
      dilation = pair(row$dilation, 1), output_size = pair(size, 1)
    )
    dim(result)[2 + axis]
  }
  sizes <- seq(row$smallest - 1, row$largest + 1)
  Filter(function(size) {
    tryCatch(returned(size) == size, nnconv_error = function(condition) FALSE)
  }, sizes)
}

test_that("output_size accepts the sizes that PyTorch accepts, and no others", {
  table <- fixture_table("sizes.tsv")
  table[] <- lapply(table, as.integer)
  for (i in seq_len(nrow(table))) {
    row <- as.list(table[i, ])
    label <- paste(names(row), unlist(row), collapse = ", ")
    sizes <- list(accepted_sizes(row, 1), accepted_sizes(row, 2))
    range <- seq(row$smallest, row$largest)
    expect_identical(sizes, list(range, range), label = label)
  }
})
