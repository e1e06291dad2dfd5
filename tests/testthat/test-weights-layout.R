# Layouts and prefixes of a layer's state.

# Keras' layers by their definitions, on (N, H, W, C) images: conv2d correlates the image with the
# kernel (kH, kW, in, out); Conv2DTranspose, with the kernel (kH, kW, out, in), is conv2d's gradient.
keras_conv2d <- function(x, kernel, stride) {
  size <- (dim(x)[2:3] - dim(kernel)[1:2]) %/% stride + 1
  y <- array(0, c(dim(x)[1], size, dim(kernel)[4]))
  for (i in seq_len(size[1])) for (j in seq_len(size[2])) for (o in seq_len(dim(kernel)[4])) {
    for (u in seq_len(dim(kernel)[1])) for (v in seq_len(dim(kernel)[2])) {
      for (c in seq_len(dim(kernel)[3])) {
        from <- x[, (i - 1) * stride + u, (j - 1) * stride + v, c]
        y[, i, j, o] <- y[, i, j, o] + from * kernel[u, v, c, o]
      }
    }
  }
  y
}

keras_conv2d_transpose <- function(x, kernel, stride) {
  size <- (dim(x)[2:3] - 1) * stride + dim(kernel)[1:2]
  y <- array(0, c(dim(x)[1], size, dim(kernel)[3]))
  for (i in seq_len(dim(x)[2])) for (j in seq_len(dim(x)[3])) for (o in seq_len(dim(kernel)[3])) {
    for (u in seq_len(dim(kernel)[1])) for (v in seq_len(dim(kernel)[2])) {
      for (c in seq_len(dim(kernel)[4])) {
        a <- (i - 1) * stride + u
        b <- (j - 1) * stride + v
        y[, a, b, o] <- y[, a, b, o] + x[, i, j, c] * kernel[u, v, o, c]
      }
    }
  }
  y
}

to_keras_image <- function(x) aperm(x, c(1, 3, 4, 2))

test_that("weights in Keras' layout give Keras' results", {
  set.seed(1)
  x <- random_array(2, 3, 5, 4)
  down <- nn_conv2d(3, 5, c(3, 2), stride = 2, bias = FALSE)
  kernel <- random_array(3, 2, 3, 5)
  expect_identical(down$load_state_dict(list(kernel = kernel), layout = "keras"), down)
  expect_equal(to_keras_image(down(x)), keras_conv2d(to_keras_image(x), kernel, 2))
  up <- nn_conv_transpose2d(3, 5, c(3, 2), stride = 2, bias = FALSE)
  kernel <- random_array(3, 2, 5, 3)
  up$load_state_dict(list(weight = kernel), layout = "keras")
  expect_equal(to_keras_image(up(x)), keras_conv2d_transpose(to_keras_image(x), kernel, 2))
})

# Keras' padding = "same" pads a convolution of `size` cells by so much in all, the smaller half
# before; Conv2DTranspose is the gradient of that.
keras_same <- function(size, kernel, stride) max((ceiling(size / stride) - 1) * stride + kernel - size, 0)

test_that("Keras' padding \"same\" is what the vignette says", {
  set.seed(4)
  for (case in list(c(3, 2), c(4, 2), c(5, 2), c(5, 3), c(2, 2), c(2, 3), c(1, 3))) {
    kernel <- case[1]
    stride <- case[2]
    small <- c(4, 5)
    large <- small * stride
    x <- random_array(2, 3, small)
    image <- random_array(2, 1, large)
    weight <- random_array(3, 1, kernel, kernel)
    total <- vapply(large, keras_same, 0, kernel, stride)
    before <- total %/% 2
    padded <- nnf_pad(image, c(before[2], total[2] - before[2], before[1], total[1] - before[1]))
    down <- nnf_conv2d(padded, weight, stride = stride)
    up <- if (kernel < stride) {
      nnf_conv_transpose2d(x, weight, stride = stride, output_padding = stride - kernel)
    } else if ((kernel - stride) %% 2 == 0) {
      nnf_conv_transpose2d(x, weight, stride = stride, padding = (kernel - stride) / 2)
    } else {
      y <- nnf_conv_transpose2d(x, weight, stride = stride, padding = (kernel - stride - 1) / 2)
      y[, , -dim(y)[3], -dim(y)[4], drop = FALSE]
    }
    expect_identical(dim(up)[3:4], as.integer(large))
    expect_equal(sum(down * x), sum(image * up)) # one is the gradient of the other
  }
})

test_that("states come out as they went in, in every layout", {
  set.seed(2)
  for (m in list(nn_conv2d(4, 6, c(3, 2), groups = 2), nn_conv_transpose2d(4, 6, c(3, 2), groups = 2))) {
    before <- m$state_dict()
    for (layout in c("torch", "onnx", "keras")) {
      state <- m$state_dict(prefix = "a.b/", layout = layout)
      weight <- if (layout == "keras") "kernel" else "weight"
      expect_named(state, paste0("a.b/", c(weight, "bias")))
      shape <- if (layout == "keras") c(3, 2, dim(m$weight)[2:1]) else dim(m$weight)
      expect_equal(dim(state[[1]]), shape)
      copy <- m$clone()$reset_parameters()
      copy$load_state_dict(c(list(other = 1), state), prefix = "a.b/", layout = layout)
      expect_identical(copy$state_dict(), before)
    }
  }
  expect_identical(m$state_dict(layout = "onnx"), before)
})

test_that("chains take prefixes and layouts too", {
  set.seed(3)
  net <- nn_sequential(nn_conv2d(1, 2, 3), nn_relu(), last = nn_conv_transpose2d(2, 1, 2, bias = FALSE))
  state <- net$state_dict(prefix = "decoder.", layout = "keras")
  expect_named(state, paste0("decoder.", c("0.kernel", "0.bias", "last.kernel")))
  copy <- net$clone()$reset_parameters()
  copy$load_state_dict(state, prefix = "decoder.", layout = "keras")
  expect_identical(copy$state_dict(), net$state_dict())
  copy$reset_parameters()
  copy[[1]]$load_state_dict(net$state_dict(), prefix = "0.")
  expect_identical(copy[[1]]$state_dict(), net[[1]]$state_dict())
  expect_identical(nn_relu()$load_state_dict(list(a = 1), prefix = "b")$state_dict(), list())
})

test_that("what does not fit is refused in the words of the layout, and changes nothing", {
  m <- nn_conv_transpose2d(4, 6, c(3, 2))
  before <- m$state_dict()
  load <- function(...) m$load_state_dict(...)
  keras <- m$state_dict(layout = "keras")
  expect_refusal(load(before, layout = "caffe"), "argument", "layout", '"torch", "onnx", "keras"')
  expect_refusal(load(before, layout = 1), "type", "layout", '"torch", "onnx", "keras"')
  expect_refusal(load(before, prefix = 1), "type", "prefix", "a string")
  expect_refusal(m$state_dict(prefix = NA_character_), "argument", "prefix", "a string")
  expect_refusal(m$state_dict(layout = "tf"), "argument", "layout", '"keras"')
  expect_refusal(load(before, layout = "keras"), "shape", "weight", "[3, 2, 6, 4], not a double array [4, 6, 3, 2]")
  expect_refusal(load(list(weight = keras$kernel, bias = m$bias)), "shape", "weight", "of shape [4, 6, 3, 2]")
  expect_refusal(load(keras), "state", "state_dict", "Missing: weight. Unexpected: kernel.")
  expect_refusal(load(c(keras, weight = 1), layout = "keras"), "state", "state_dict", "Twice: weight.")
  own_names <- list(a.kernel = 1, a.bias = m$bias)
  expect_refusal(load(own_names, "a.", "keras"), "shape", "a.kernel", "[3, 2, 6, 4], not 1.")
  expect_refusal(load(before, prefix = "up1."), "state", "state_dict",
                 "one with the names \"weight\", \"bias\". Missing: up1.weight, up1.bias. It fits with")
  expect_refusal(load(m$state_dict(prefix = "a."), prefix = "a"), "state", "state_dict",
                 "Missing: aweight, abias. Unexpected: a.weight, a.bias.")
  expect_identical(m$state_dict(), before)
})
