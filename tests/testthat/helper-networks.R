# Networks of PyTorch (tools/fixture_networks.py), built of this package's layers, as in
# vignette("coming-from-torch").

pytorch_arrays <- function(name) {
  file <- system.file("extdata", sprintf("pytorch-%s.tsv.gz", name), package = "nnconv")
  rows <- strsplit(readLines(file), "\t", fixed = TRUE)
  arrays <- lapply(rows, function(row) pytorch_array(row[2], row[3]))
  names(arrays) <- vapply(rows, `[`, "", 1)
  arrays
}

# An array from its shape and its numbers, both as text; one without dimensions is a number.
pytorch_array <- function(shape, numbers) {
  read <- function(text) as.numeric(strsplit(text, ",", fixed = TRUE)[[1]])
  extents <- read(shape)
  if (length(extents) < 2L) read(numbers) else aperm(array(read(numbers), rev(extents)))
}

# The cases of tools/fixture_modules.py, named by the R code of the module and by the mode.
pytorch_modules <- function() {
  rows <- fixture_rows("modules.tsv.gz")
  arrays_by_case(rows, vapply(rows, function(row) paste(row[1:2], collapse = " in "), ""))
}

# The cases of tools/fixture_training.py, named by the R code of the loss or the optimizer.
pytorch_training <- function() {
  rows <- fixture_rows("training.tsv.gz")
  arrays_by_case(rows, vapply(rows, `[`, "", 1))
}

# An optimizer of vectors takes the steps of a case.
expect_pytorch_steps <- function(optimizer, arrays) {
  p <- arrays$parameters.0
  for (step in 1:6) {
    if (step == 5) optimizer$lr <- optimizer$lr / 10
    p <- optimizer(p, arrays[[paste0("gradient.", step)]])
    expected <- arrays[[paste0("parameters.", step)]]
    testthat::expect_lte(max(abs(p - expected)) / max(abs(expected)), 1e-12, label = step)
  }
}

fixture_rows <- function(name) {
  strsplit(readLines(testthat::test_path("fixtures", name)), "\t", fixed = TRUE)
}

# Each row ends with the name of an array, its shape and its numbers.
arrays_by_case <- function(rows, cases) {
  arrays <- lapply(rows, function(row) pytorch_array(row[length(row) - 1], row[length(row)]))
  names(arrays) <- vapply(rows, function(row) row[length(row) - 2], "")
  split(arrays, factor(cases, unique(cases)))
}

# The entries of one module, without its name.
entries_of <- function(state, module) {
  inside <- startsWith(names(state), paste0(module, "."))
  stats::setNames(state[inside], substring(names(state)[inside], nchar(module) + 2))
}

# A layer's parameters and those of the batch normalization behind it, as one layer's. `out` is the
# place of the result's channels in the weights: 2 in a transposed layer, 1 in a convolution.
fold_batch_norm <- function(layer, norm, out, eps = 1e-5) {
  scale <- norm$weight / sqrt(norm$running_var + eps)
  bias <- if (is.null(layer$bias)) 0 else layer$bias
  list(
    weight = sweep(layer$weight, out, scale, `*`),
    bias = as.vector((bias - norm$running_mean) * scale + norm$bias)
  )
}

bind_channels <- function(a, b) {
  first <- seq_len(dim(a)[2])
  both <- array(0, dim(a) + c(0, dim(b)[2], 0, 0))
  both[, first, , ] <- a
  both[, -first, , ] <- b
  both
}

crop_cells <- function(x, n) nnf_pad(x, rep(-n, 4))

# The generator with the batch normalizations in its layers, which keep their names.
dcgan_generator <- function(state) {
  up <- function(index, stride, padding) {
    shape <- dim(state[[paste0(index, ".weight")]])
    nn_conv_transpose2d(shape[1], shape[2], shape[3:4], stride, padding, bias = index != "12")
  }
  net <- nn_sequential(
    `0` = up("0", 1, 0), `2` = nn_relu(), `3` = up("3", 2, 1), `5` = nn_relu(),
    `6` = up("6", 2, 1), `8` = nn_relu(), `9` = up("9", 2, 1), `11` = nn_relu(),
    `12` = up("12", 2, 1), `13` = nn_tanh()
  )
  folded <- list(`12.weight` = state[["12.weight"]])
  for (i in c(0, 3, 6, 9)) {
    own <- fold_batch_norm(entries_of(state, i), entries_of(state, i + 1), out = 2)
    folded[paste0(i, c(".weight", ".bias"))] <- own
  }
  net$load_state_dict(folded)
}

two_convs <- function(a, b) {
  nn_sequential(`0` = nn_conv2d(a, b, 3), `1` = nn_relu(), `2` = nn_conv2d(b, b, 3), `3` = nn_relu())
}

unet_up <- function(state) {
  parts <- list(
    up1 = nn_conv_transpose2d(8, 4, 2, stride = 2), block1 = two_convs(8, 4),
    up2 = nn_conv_transpose2d(4, 2, 2, stride = 2), block2 = two_convs(4, 2),
    head = nn_conv2d(2, 2, 1)
  )
  for (name in names(parts)) parts[[name]]$load_state_dict(entries_of(state, name))
  parts
}

vae_decoder <- function(state) {
  up <- function(a, b) nn_conv_transpose2d(a, b, 3, stride = 2, padding = 1, output_padding = 1)
  layers <- nn_sequential(
    `0` = up(8, 4), `2` = nn_leaky_relu(0.01), `3` = up(4, 4), `5` = nn_leaky_relu(0.01),
    `6` = nn_conv2d(4, 1, 3, padding = 1), `7` = nn_sigmoid()
  )
  own <- entries_of(state, "layers")
  folded <- own[c("6.weight", "6.bias")]
  for (i in c(0, 3)) {
    layer <- fold_batch_norm(entries_of(own, i), entries_of(own, i + 1), out = 2)
    folded[paste0(i, c(".weight", ".bias"))] <- layer
  }
  layers$load_state_dict(folded)
  function(z) {
    h <- sweep(z %*% t(state$fc.weight), 2, state$fc.bias, `+`)
    layers(aperm(array(h, c(nrow(z), 7, 7, 8)), c(1, 4, 3, 2)))
  }
}
