# Every refusal: its class, the argument it names, what was given and what is allowed.

test_that("conditions carry the call that the user wrote", {
  m <- nn_conv_transpose2d(1, 1, 1)
  expect_identical(conditionCall(refusal(m(NULL))), quote(m(NULL)))
  expect_identical(
    conditionCall(refusal(nn_conv2d(1, 1, stride = 0, kernel_size = 1))),
    quote(nn_conv2d(1, 1, stride = 0, kernel_size = 1))
  )
})
