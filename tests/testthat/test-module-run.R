# Runs: earlier values are kept as long as steps ask for them.

test_that("values are kept from where they are made to the last step that joins them", {
  net <- nn_sequential(nn_relu(), nn_skip(nn_skip(nn_tanh(), join = "add"), nn_relu(), join = "add"), nn_tanh())
  steps <- module_steps(net) # relu, tanh, join with 1, relu, join with 1, tanh
  kept <- earlier_values(steps, 0)
  for (i in 1:6) {
    kept <- keep_value(kept, i, i * 10)
    expect_identical(value_at(kept, 1), if (i < 5) 10)
  }
  expect_null(value_at(kept, 2))
})

test_that("modules of earlier versions call by the names that they were saved with", {
  x <- -2:2
  expect_identical(run_activation(x, list(layer = "relu")), pmax(x, 0))
  expect_identical(run_sequential(x, list(`0` = nn_relu(), `1` = nn_tanh())), tanh(pmax(x, 0)))
  m <- nn_conv2d(1, 1, 2)
  x <- random_array(1, 3, 3)
  expect_identical(run_conv2d(x, m$weight, m$bias, config_of(m)), m(x))
})
