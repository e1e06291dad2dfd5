# Chains: modules one after the other, and which of them fit.

test_that("a chain is its modules one after the other", {
  set.seed(81)
  net <- small_chain()
  for (x in list(chain_input(3), chain_input(), chain_input(0))) {
    by_hand <- tanh(net[[3]](net$act(net[[1]](x))))
    expect_identical(net(x), by_hand)
    expect_identical(net$forward(x), by_hand)
    expect_identical(predict(net, x), by_hand)
    expect_equal(net$output_shape(dim(x)), dim(by_hand))
  }
})

test_that("a chain is made of modules that fit", {
  l <- nn_conv2d(2, 3, 3)
  expect_refusal(nn_sequential(), "argument", "...", "at least one layer or activation, not nothing.")
  expect_refusal(nn_sequential(l, 1), "type", "..2", "a layer, an activation or a chain of them")
  expect_refusal(nn_sequential(f = sin), "type", "f", "class function. `nn_activation()` makes")
  expect_refusal(nn_sequential(l, l), "argument", "...", "each come once, not one that comes twice.")
  expect_refusal(nn_sequential(l, nn_relu(), nn_conv2d(2, 3, 3)), "argument", "...", paste(
    "such that modules fit: after `0`, one that reads 3 channels,",
    "not `2`: nn_conv2d(2, 3, kernel_size = 3)."
  ))
  for (bad in c("a.b", "forward", "children")) {
    arguments <- stats::setNames(list(l), bad)
    expect_refusal(do.call(nn_sequential, arguments), "argument", "...", "named differently, without dots")
  }
  expect_refusal(nn_sequential(`1` = nn_relu(), l), "argument", "...", 'not "1".')
  net <- nn_sequential(l, act = nn_relu())
  expect_refusal(net[[1]] <- 3, "type", "0", "a layer, an activation or a chain of them, not 3.")
  expect_refusal(net$act <- nn_conv2d(1, 1, 1), "argument", "act", "one that reads 3 channels")
  expect_refusal(net[[3]], "member", "name", "a place from 1 to 2, not 3.")
  expect_refusal(net$weight <- 1, "member", "name", "can be changed: 0, act, training, not \"weight\".")
  error <- refusal(net(array(0, c(1, 4, 4))))
  expect_match(conditionMessage(error), "In module `0`: `input` must be an array (N, 2, H, W)",
               fixed = TRUE)
  expect_identical(error$argument, "input")
  expect_identical(conditionCall(error), quote(net(array(0, c(1, 4, 4)))))
  small <- nn_sequential(net, nn_sequential(nn_conv2d(3, 1, 3)))
  expect_error(small(array(0, c(2, 4, 4))), "In module `1.0`: `input` must be as large as",
               class = "nnconv_error_shape", fixed = TRUE)
})
