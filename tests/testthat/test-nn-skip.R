# Skips: networks whose modules use a value twice, against the same by hand.

bind_channels <- function(x, y) {
  shape <- dim(x)
  shape[2] <- shape[2] + dim(y)[2]
  both <- array(0, shape)
  for (c in seq_len(dim(x)[2])) both[, c, , ] <- x[, c, , ]
  for (c in seq_len(dim(y)[2])) both[, dim(x)[2] + c, , ] <- y[, c, , ]
  both
}

small_unet <- function(...) {
  nn_sequential(
    nn_conv2d(2, 3, 3, padding = 1), nn_tanh(),
    outer = nn_skip(
      down = nn_conv2d(3, 4, 4, stride = 2, padding = 1), nn_leaky_relu(0.3),
      inner = nn_skip(
        nn_conv2d(4, 5, 2, stride = 2), nn_skip(nn_conv2d(5, 5, 3, padding = "same"), nn_sigmoid(), join = "add"),
        nn_conv_transpose2d(5, 3, 2, stride = 2)
      ),
      up = nn_conv_transpose2d(7, 2, 4, stride = 2, padding = 1), nn_tanh(), ...
    ),
    nn_conv2d(5, 1, 3, padding = 1)
  )
}

unet_by_hand <- function(net, x) {
  a <- tanh(net[[1]](x))
  b <- net$outer$down(a)
  b <- ifelse(b > 0, b, 0.3 * b)
  inner <- net$outer$inner
  c <- inner[[1]](b)
  c <- c + stats::plogis(inner[[2]][[1]](c))
  d <- bind_channels(b, inner[[3]](c, output_size = dim(b)))
  net[[4]](bind_channels(a, tanh(net$outer$up(d, output_size = dim(a)))))
}

test_that("a U-Net is its modules and their joins, for images of any size", {
  set.seed(301)
  net <- small_unet()
  for (size in list(c(8, 12), c(9, 7), c(5, 6), c(11, 13))) {
    x <- random_array(2, 2, size[1], size[2])
    y <- net(x)
    expect_identical(dim(y), c(2L, 1L, as.integer(size)))
    expect_equal(y, unet_by_hand(net, x), tolerance = 1e-14)
    expect_equal(net$output_shape(dim(x)), dim(y))
    expect_equal(summary(net, dim(x))$output_shape, dim(y))
    expect_equal(net(x[1, , , ]), array(y[1, , , ], c(1, size)), tolerance = 1e-12)
    expect_equal(predict(net, x, batch_size = 1), y, tolerance = 1e-12)
  }
  expect_identical(dim(net(random_array(0, 2, 8, 8))), c(0L, 1L, 8L, 8L))
})

test_that("a sum is a sum, also of arrays that are no images", {
  set.seed(302)
  block <- nn_skip(nn_tanh(), nn_activation(sin, cos), join = "add")
  for (x in list(random_array(7), random_array(2, 3), random_array(1, 2, 3, 4, 2))) {
    expect_equal(block(x), x + sin(tanh(x)))
    expect_equal(block$backward(x, x)$input, x * (1 + cos(tanh(x)) * (1 - tanh(x)^2)))
  }
  expect_identical(nn_skip(nn_relu(), join = "add")(-2:2), c(-2, -1, 0, 2, 4))
  x <- array(1:16, c(2, 2, 2, 2)) # of integers
  expect_identical(nn_skip(nn_relu())(x), bind_channels(x, x))
  expect_identical(nn_skip(nn_relu())(x > 8), bind_channels(x > 8, x > 8))
})

test_that("the gradients are those of finite differences", {
  set.seed(303)
  net <- small_unet()
  x <- random_array(2, 2, 7, 6)
  target <- random_array(dim(net(x)))
  loss <- function(parameters, input = x) {
    nn_parameters_vector(net) <- parameters
    sum((net(input) - target)^2) / 2
  }
  start <- nn_parameters_vector(net)
  got <- net$backward(x, function(y) y - target, c("output", "input", "weight", "bias"))
  expect_named(got, c("output", "input", names(net$parameters)))
  expect_identical(got$output, net(x))
  h <- 1e-5
  for (i in 1:20) {
    step <- stats::rnorm(length(start))
    expect_equal((loss(start + h * step) - loss(start - h * step)) / (2 * h),
                 sum(nn_parameters_vector(got) * step), tolerance = 1e-6)
    step <- random_array(dim(x))
    expect_equal((loss(start, x + h * step) - loss(start, x - h * step)) / (2 * h),
                 sum(got$input * step), tolerance = 1e-6)
  }
  nn_parameters_vector(net) <- start
  gradient <- net(x) - target
  expect_identical(net$backward(x, gradient), got[-1])
  expect_identical(net$backward(x, gradient, "bias"), got[grepl("bias", names(got))])
  expect_identical(net$backward(x, gradient, "input"), got["input"])
})

test_that("the gradient of a linear skip is its adjoint, and its matrix its map", {
  set.seed(304)
  for (join in c("concat", "add")) {
    net <- nn_sequential(
      nn_conv2d(1, 2, 1, bias = FALSE),
      nn_skip(nn_conv2d(2, 2, 3, stride = 2, padding = 1, bias = FALSE),
              nn_conv_transpose2d(2, 2, 3, stride = 2, padding = 1, bias = FALSE), join = join)
    )
    x <- random_array(2, 1, 5, 4)
    y <- random_array(net$output_shape(dim(x)))
    expect_equal(sum(net(x) * y), sum(net$backward(x, y)$input * x))
    map <- as.matrix(net, dim(x))
    expect_equal(as.vector(map %*% as.vector(x)), as.vector(net(x)))
    skip <- net[[2]]
    x <- random_array(2, 5, 4)
    expect_equal(as.vector(as.matrix(skip, dim(x)) %*% as.vector(x)), as.vector(skip(x)))
    if (requireNamespace("Matrix", quietly = TRUE)) {
      expect_equal(as.matrix(as.matrix(skip, dim(x), sparse = TRUE)), as.matrix(skip, dim(x)), ignore_attr = TRUE)
    }
  }
})

test_that("tiles of a U-Net are the same bits in the direct algorithm", {
  set.seed(305)
  withr::local_options(nnconv.algorithm = "direct")
  net <- small_unet()
  x <- random_array(2, 2, 23, 19)
  y <- net(x)
  for (tile in list(1, 4, c(7, 30), c(30, 5))) expect_identical(predict(net, x, tile = tile), y)
  expect_identical(predict(net, x, tile = 6, batch_size = 1), y)
  block <- nn_skip(nn_conv2d(2, 2, 5, padding = 2, padding_mode = "reflect"), nn_relu(), join = "add")
  expect_identical(predict(block, x, tile = 5), block(x))
  around <- nn_skip(nn_conv2d(2, 2, 3, padding = 1, padding_mode = "circular"))
  expect_refusal(predict(around, x, tile = 5), "argument", "tile", "NULL for layers with padding_mode")
})

test_that("a skip has the members, state and copies of a chain", {
  set.seed(306)
  net <- small_unet(nn_identity())
  expect_named(net$state_dict(), c(
    "0.weight", "0.bias", "outer.down.weight", "outer.down.bias", "outer.inner.0.weight",
    "outer.inner.0.bias", "outer.inner.1.0.weight", "outer.inner.1.0.bias", "outer.inner.2.weight",
    "outer.inner.2.bias", "outer.up.weight", "outer.up.bias", "3.weight", "3.bias"
  ))
  expect_identical(net$outer.inner.1$join, "add")
  expect_identical(net$outer$inner$`2.weight`, net$outer.inner.2.weight)
  expect_length(net$outer, 6)
  expect_identical(net$outer$children$up, net$outer[[4]])
  x <- random_array(1, 2, 6, 9)
  made <- eval(parse(text = format(net)))
  expect_false(isTRUE(all.equal(made, net)))
  expect_identical(made$load_state_dict(net$state_dict())(x), net(x))
  expect_true(all.equal(made, net))
  expect_identical(eval(getCall(net))$load_state_dict(net$state_dict())(x), net(x))
  copy <- net$clone()
  expect_identical(serialize(copy, NULL), serialize(net, NULL))
  expect_identical(unserialize(serialize(net, NULL))(x), net(x))
  copy$outer.up.bias <- c(7, 8)
  expect_match(all.equal(copy, net), "outer.up.bias: ", fixed = TRUE)
  other <- nn_skip(nn_relu(), join = "add")
  expect_match(all.equal(other, nn_skip(nn_relu())), "join: ", fixed = TRUE)
  expect_match(all.equal(other, nn_sequential(nn_relu())), "one is an nn_skip of")
  net$eval()
  expect_false(net$outer$inner[[2]]$training)
  expect_identical(net$to("float32")$outer$up$dtype, "float32")
  expect_identical(toString(other), "nn_skip [1]")
  expect_output(print(net), "\n* outer.inner.1: nn_skip(..., join = \"add\")\n", fixed = TRUE)
  expect_output(print(other), "An `nn_skip` module with 0 parameters.", fixed = TRUE)
  expect_output(print(other), "* join: add", fixed = TRUE)
  expect_output(print(summary(other, c(1, 2, 2))), "nn_skip() of 1 module\n", fixed = TRUE)
  expect_identical(rownames(summary(net)$modules), names(states_of(net)))
})

test_that("replaced modules have to fit the joins, or nothing is replaced", {
  net <- small_unet()
  before <- net$outer$up
  expect_refusal(net$outer.up <- nn_conv_transpose2d(7, 3, 4, 2, 1), "argument", "outer.up",
                 "after `outer`, one that reads 6 channels, not `3`: nn_conv2d(5, 1, kernel_size = 3, padding = 1)")
  expect_identical(net$outer$up, before)
  expect_refusal(net$outer.inner.1.0 <- nn_conv2d(5, 4, 1), "argument", "outer.inner.1.0",
                 "5 channels in the branch of `outer.inner.1`, to add to its input, not 4.")
  net$outer.inner.1 <- nn_identity()
  expect_identical(dim(net(random_array(1, 2, 5, 5))), c(1L, 1L, 5L, 5L))
  skip <- nn_skip(nn_relu())
  expect_refusal(skip$`0` <- skip, "argument", "0", "does not hold the chain itself")
})

test_that("skips nest as deep as chains do", {
  set.seed(307)
  net <- nn_skip(nn_conv2d(1, 1, 1), join = "add")
  for (i in 1:600) net <- nn_skip(net, nn_leaky_relu(0.999), join = "add")
  x <- random_array(1, 3, 3) * 2^-600
  y <- x + net$parameters[[1]][1] * x + net$parameters[[2]]
  for (i in 1:600) y <- x + ifelse(y > 0, y, 0.999 * y)
  expect_equal(net(x), y)
  expect_identical(dim(net$backward(x, y)$input), dim(x))
})
