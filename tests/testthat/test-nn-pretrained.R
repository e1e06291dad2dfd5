# Networks that come with the package. test-upscaling.R says how good they are.

test_that("a pretrained network is a module of its own at each call", {
  set.seed(1)
  before <- .Random.seed
  net <- nn_pretrained("upscale2x")
  expect_identical(.Random.seed, before)
  expect_s3_class(net, "nnconv_sequential")
  expect_identical(net$output_shape(c(2, 1, 5, 7)), c(2, 1, 10, 14))
  other <- nn_pretrained("upscale2x")
  expect_equal(other, net)
  other[[1]]$weight[] <- 0
  expect_identical(nn_pretrained("upscale2x")$state_dict(), net$state_dict())
})

test_that("its call makes a network that takes its parameters", {
  net <- nn_pretrained("upscale2x")
  again <- eval(getCall(net))$load_state_dict(net$state_dict())
  x <- random_array(1, 6, 5)
  expect_identical(again(x), net(x))
})

test_that("other names are refused", {
  expect_refusal(nn_pretrained("upscale3x"), "argument", "name", "one of \"upscale2x\", not \"upscale3x\"")
  expect_refusal(nn_pretrained(2), "type", "name", "one of \"upscale2x\"")
})
