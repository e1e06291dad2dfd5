# Whole networks with PyTorch's parameters return PyTorch's numbers.

expect_close <- function(value, reference, tolerance = 1e-12) {
  expect_identical(dim(value), dim(reference))
  expect_lte(max(abs(value - reference)), tolerance * max(abs(reference)))
}

test_that("a DCGAN generator, its batch normalizations folded into its layers", {
  arrays <- pytorch_network("dcgan")
  generator <- dcgan_generator(arrays$state)
  expect_close(generator(arrays$input), arrays$output)
  expect_close(generator$to("float32")(arrays$input), arrays$output, 1e-5)
})

test_that("the decoder of a variational autoencoder, from a latent vector on", {
  arrays <- pytorch_network("vae")
  decode <- vae_decoder(arrays$state)
  expect_close(decode(arrays$input), arrays$output)
})

test_that("batch normalization folds into a convolution as well", {
  set.seed(820)
  norm <- list(weight = c(0.5, 2, -1), bias = c(1, 2, 3), running_mean = c(-1, 0, 1),
               running_var = c(1, 4, 0.25))
  x <- array(stats::rnorm(2 * 2 * 5 * 6), c(2, 2, 5, 6))
  layers <- list(nn_conv2d(2, 3, 3), nn_conv_transpose2d(2, 3, 3, stride = 2))
  for (out in 1:2) {
    m <- layers[[out]]
    y <- m(x)
    for (o in 1:3) {
      y[, o, , ] <- (y[, o, , ] - norm$running_mean[o]) / sqrt(norm$running_var[o] + 1e-5) *
        norm$weight[o] + norm$bias[o]
    }
    m$load_state_dict(fold_batch_norm(m$state_dict(), norm, out))
    expect_close(m(x), y)
  }
})

test_that("the expansive path of a U-Net, and all its gradients by hand", {
  arrays <- expansive_path()
  net <- unet_up(arrays)
  x <- arrays$input
  both1 <- bind_channels(crop_cells(arrays$skip1, 2), net$up1(x))
  h <- net$block1(both1)
  both2 <- bind_channels(crop_cells(arrays$skip2, 4), net$up2(h))
  features <- net$block2(both2)
  expect_close(net$head(features), arrays$output)

  back <- list()
  back$head <- net$head$backward(features, arrays$grad_output)
  back$block2 <- net$block2$backward(both2, back$head$input)
  back$up2 <- net$up2$backward(h, back$block2$input[, 3:4, , , drop = FALSE])
  back$block1 <- net$block1$backward(both1, back$up2$input)
  back$up1 <- net$up1$backward(x, back$block1$input[, 5:8, , , drop = FALSE])
  expect_close(back$up1$input, arrays$grad.input)
  expect_close(crop_cells(back$block1$input[, 1:4, , , drop = FALSE], -2), arrays$grad.skip1)
  expect_close(crop_cells(back$block2$input[, 1:2, , , drop = FALSE], -4), arrays$grad.skip2)
  compared <- 0
  for (part in names(net)) for (name in names(net[[part]]$parameters)) {
    expected <- arrays[[paste("grad", part, name, sep = ".")]]
    gradient <- back[[part]][[name]]
    expect_close(gradient, expected)
    compared <- compared + 1
  }
  expect_equal(compared, 14)
})
