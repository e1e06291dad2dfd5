# Conditions: their classes, their fields, their calls, and the modules in which they arise.

test_that("a refusal says what must be, what was given, and what helps, also in its fields", {
  error <- refusal(refuse("x", "one", "two", kind = "shape", because = "It helps to count."))
  expect_identical(class(error), c("nnconv_error_shape", "nnconv_error", "error", "condition"))
  expect_identical(conditionMessage(error), "`x` must be one, not two. It helps to count.")
  fields <- list(argument = "x", allowed = "one", given = "two")
  expect_identical(unclass(error)[names(fields)], fields)
  expect_identical(class(refusal(refuse("x", "one", "two")))[1], "nnconv_error_argument")
})

test_that("a package that is missing is refused by its name", {
  expect_true(is_installed("stats"))
  expect_null(need_package("stats", "for numbers"))
  expect_refusal(need_package("no.such.package", "for tests"), "package", "no.such.package",
                 "`no.such.package` must be installed for tests, not missing.")
})

test_that("a refusal in a chain begins with the module, and is the same otherwise", {
  own <- refusal(refuse("x", "one", "two", kind = "shape"))
  error <- refusal(in_module("1.0", refuse("x", "one", "two", kind = "shape")))
  expect_identical(conditionMessage(error), "In module `1.0`: `x` must be one, not two.")
  expect_identical(class(error), class(own))
  expect_identical(error$argument, "x")
  expect_identical(refusal(in_module(NULL, refuse("x", "one", "two")))$message, "`x` must be one, not two.")
  expect_identical(in_module("1.0", 3), 3)
  expect_error(in_module("1.0", stop("another error")), "^another error$")
})

test_that("conditions carry the call that the user wrote", {
  m <- nn_conv_transpose2d(1, 1, 1)
  expect_identical(conditionCall(refusal(m(NULL))), quote(m(NULL)))
  expect_identical(
    conditionCall(refusal(nn_conv2d(1, 1, stride = 0, kernel_size = 1))),
    quote(nn_conv2d(1, 1, stride = 0, kernel_size = 1))
  )
})
