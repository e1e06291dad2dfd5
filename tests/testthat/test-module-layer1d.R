# Layers of one axis: lifting and lowering.

test_that("an array that was lifted and lowered is the same", {
  for (x in list(random_array(2, 3, 4), random_array(3, 4))) {
    expect_identical(dim(lifted(x)), as.integer(append(dim(x), 1, length(dim(x)) - 1)))
    expect_identical(lowered(lifted(x)), x)
  }
  expect_identical(lifted(1:3), 1:3)
  expect_identical(lifted_size(7, 3), c(1, 7))
  expect_identical(lifted_size(c(2, 4, 7), 3), c(1, 7))
  expect_null(lifted_size(NULL, 3))
})
