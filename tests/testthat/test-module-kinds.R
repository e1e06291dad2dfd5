# The tables of kinds, and a kind of the tests' own, with a parameter, a buffer and a saved value.

# Multiplies by its weight; in training, adds the mean of the input, and counts its calls.
define_kind(
  "counted",
  forward = function(input, state, size) {
    if (!state$training) {
      return(input * state$weight)
    }
    list(output = input * state$weight + mean(input), saved = length(input),
         buffers = list(count = state$count + 1))
  },
  backward = function(grad_output, input, state, wanted, output, saved) {
    list(input = grad_output * state$weight + sum(grad_output) / saved, weight = sum(grad_output * input))
  },
  parameters = "weight", buffers = "count"
)
withr::defer(rm("counted", envir = kinds), teardown_env())

counted <- function(weight) {
  state <- list(config = list(layer = "counted"), training = TRUE, weight = weight, count = 0)
  with_state(state, list(class = c("nnconv_counted", "nnconv_module")))
}

test_that("every kind has all entries, and those that modules need", {
  for (kind in setdiff(ls(kinds), c("sequential", "skip"))) {
    table <- kinds[[kind]]
    expect_named(table[names(usual_kind)], names(usual_kind))
    expect_true(is.function(table$forward) && is.function(table$backward), label = kind)
    expect_setequal(names(formals(table$forward)), c("input", "state", "size"))
  }
  m <- nn_relu()
  environment(m)$config$layer <- "no such kind"
  expect_error(m(1), "`layer` must be as the layer", class = "nnconv_error_state")
})

test_that("buffers are in the state, apart from the parameters, and change with calls in training", {
  m <- counted(3)
  x <- c(1, 2, 6)
  expect_identical(m(x), 3 * x + 3)
  expect_identical(m$count, 1)
  expect_identical(m$buffers, list(count = 1))
  expect_identical(m$parameters, list(weight = 3))
  expect_identical(m$state_dict(), list(weight = 3, count = 1))
  expect_identical(nn_parameters_vector(m), 3)
  net <- nn_sequential(m, nn_tanh(), counted(2))
  expect_named(net$state_dict(), c("0.weight", "0.count", "2.weight", "2.count"))
  copy <- net$clone()
  net(x)
  expect_identical(unlist(net$buffers), c(`0.count` = 2, `2.count` = 1))
  expect_identical(unlist(copy$buffers), c(`0.count` = 1, `2.count` = 0))
  expect_match(all.equal(copy, net), "count: ", fixed = TRUE)
  expect_identical(copy$load_state_dict(net$state_dict())$buffers, net$buffers)
  expect_identical(serialize(copy, NULL), serialize(net, NULL))
  net$eval()
  net(x)
  expect_identical(unlist(net$buffers), c(`0.count` = 2, `2.count` = 1))
  net$`0.count` <- 7
  expect_identical(m$count, 7)
})

test_that("the backward pass runs forward once, and uses what that saved", {
  set.seed(330)
  net <- nn_sequential(counted(0.5), nn_tanh(), nn_skip(counted(2), join = "add"))
  x <- random_array(6)
  step <- random_array(6)
  got <- net$backward(x, function(y) y, c("output", "input", "weight", "bias"))
  expect_identical(unlist(net$buffers), c(`0.count` = 1, `2.0.count` = 1))
  loss <- function(x) sum(net(x)^2) / 2
  h <- 1e-5
  expect_equal((loss(x + h * step) - loss(x - h * step)) / (2 * h), sum(got$input * step), tolerance = 1e-6)
  for (i in 1:2) {
    m <- counted(3) # by itself and last, with and without its result
    m$backward(x, x, c("input", if (i == 2) "output"))
    expect_identical(m$count, 1)
    expect_equal(m$backward(x, x)$weight, sum(x^2))
  }
})

test_that("a call that fails changes no buffer", {
  m <- counted(2)
  fails <- nn_sequential(m, nn_activation(function(x) stop("no"), function(x) stop("no")))
  expect_error(fails(1:3), "no")
  expect_error(fails$backward(1:3, 1:3), "no")
  expect_identical(m$count, 0)
})
