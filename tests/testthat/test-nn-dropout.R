# Dropout: what is dropped, how often, and that the way back drops the same.

test_that("elements or channels become 0, and the rest is scaled", {
  set.seed(31)
  x <- array(1 + runif(8 * 50 * 6 * 5), c(8, 50, 6, 5))
  for (p in c(0.2, 0.5)) {
    y <- nn_dropout(p)(x)
    dropped <- y == 0
    expect_identical(y[!dropped], x[!dropped] / (1 - p))
    expect_lt(abs(mean(dropped) - p), 0.03)
    y <- nn_dropout2d(p)(x)
    share <- apply(y == 0, 1:2, mean)
    expect_true(all(share %in% 0:1))
    expect_identical(y[y != 0], x[y != 0] / (1 - p))
    expect_lt(abs(mean(share) - p), 0.1)
  }
  one <- nn_dropout2d()(array(1, c(40, 2, 3)))
  expect_true(all(apply(one, 1, function(channel) length(unique(as.vector(channel)))) == 1))
  expect_setequal(one, c(0, 2))
})

test_that("nothing or everything may be dropped", {
  x <- array(c(-1, NaN, Inf, 2), c(1, 2, 1, 2))
  for (make in list(nn_dropout, nn_dropout2d)) {
    expect_identical(make(0)(x), x)
    expect_identical(make(1)(x), array(0, dim(x)))
    expect_identical(make(1)$backward(x, x)$input, array(0, dim(x)))
    expect_identical(make(0)(x[0, , , , drop = FALSE]), x[0, , , , drop = FALSE])
  }
})

test_that("R's generator draws, and the way back of a call drops what the call dropped", {
  x <- random_array(3, 4, 5, 6)
  for (m in list(nn_dropout(0.4), nn_dropout2d(0.4))) {
    set.seed(32)
    y <- m(x)
    expect_false(identical(m(x), y))
    set.seed(32)
    expect_identical(m(x), y)
    set.seed(32)
    step <- m$backward(x, x, c("output", "input"))
    expect_identical(step$input, step$output)
    expect_identical(step$output, y)
    net <- nn_sequential(m, nn_relu())
    set.seed(32)
    expect_identical(net$backward(x, x)$input, ifelse(y > 0, y, 0))
    m$eval()
    expect_identical(m(x), x)
    expect_identical(m$backward(x, x)$input, x)
    expect_identical(m$state_dict(), list())
  }
})

test_that("dropout is refused in tiles in training, and has its place in chains and text", {
  net <- nn_sequential(nn_conv2d(1, 2, 1), nn_dropout(0.1), nn_dropout2d())
  x <- random_array(1, 6, 5)
  expect_refusal(predict(net, x, tile = 2), "argument", "tile", "NULL for dropout in training")
  net$eval()
  expect_equal(predict(net, x, tile = 2), net[[1]](x), tolerance = 1e-12)
  expect_identical(format(net[[2]]), "nn_dropout(p = 0.1)")
  expect_identical(format(eval(parse(text = format(net)))), format(net))
  expect_true(all.equal(net$clone(), net))
})

test_that("dropout checks its arguments and input", {
  for (bad in list(-0.1, 1.1, NA_real_, 1:2, numeric())) {
    expect_refusal(nn_dropout(bad), "argument", "p", "one number from 0 to 1, not ")
    expect_refusal(nn_dropout2d(bad), "argument", "p", "one number from 0 to 1, not ")
  }
  expect_refusal(nn_dropout("a"), "type", "p", "one number from 0 to 1, not \"a\".")
  expect_refusal(nn_dropout()("a"), "type", "input", "a numeric or logical array")
  expect_refusal(nn_dropout2d()(1:3), "shape", "input", "an array (N, C, H, W) or (C, H, W)")
  expect_refusal(nn_dropout()$backward(1:3, 1:2), "shape", "grad_output", "shape, [3], not 1:2.")
  expect_refusal(nn_dropout2d()$output_shape(3), "argument", "dim", "(N, C, H, W) or (C, H, W)")
})
