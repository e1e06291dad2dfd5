# Chains in chains, however deep: R's own limits on nested calls are near 1,000.

deep_chain <- function(depth) {
  net <- nn_sequential(nn_conv2d(1, 2, 3, padding = 1))
  for (i in seq_len(depth)) {
    net <- nn_sequential(net, if (i %% 100 == 0) nn_conv2d(2, 2, 1) else nn_leaky_relu(0.9))
  }
  net
}

# The leaves of such a chain, innermost first.
leaves_by_hand <- function(net) {
  leaves <- list()
  while (length(net) == 2L) {
    leaves <- c(list(net[[2]]), leaves)
    net <- net[[1]]
  }
  c(list(net[[1]]), leaves)
}

test_that("a chain that is nested 1,000 deep does all that a flat one does", {
  set.seed(90)
  net <- deep_chain(1000)
  flat <- do.call(nn_sequential, leaves_by_hand(net))
  expect_length(flat, 1001)
  x <- random_array(2, 1, 4, 5)
  y <- net(x)
  expect_identical(y, flat(x))
  expect_identical(predict(net, x, batch_size = 1), y)
  expect_identical(unname(net$backward(x, y)), unname(flat$backward(x, y)))
  expect_identical(unname(net$parameters), unname(flat$parameters))
  expect_identical(names(net$parameters)[1L], paste0(strrep("0.", 1001), "weight"))
  expect_identical(nn_parameters_vector(net), nn_parameters_vector(flat))
  expect_identical(net[[names(net$parameters)[1L]]], flat$parameters[[1L]])
  expect_identical(net$output_shape(dim(x)), flat$output_shape(dim(x)))
  expect_identical(net$to("float32")$eval()(x), flat$to("float32")(x))
  expect_false(leaves_by_hand(net)[[1L]]$training)

  copy <- net$clone()
  expect_true(all.equal(copy, net))
  copy[[names(net$parameters)[2L]]] <- c(7, 8)
  expect_match(all.equal(copy, net), paste0("^", strrep("0[.]", 1001), "bias: "))
  expect_identical(copy$load_state_dict(net$state_dict()), copy)
  expect_true(all.equal(copy, net))
  set.seed(91)
  copy$reset_parameters()
  set.seed(91)
  flat$reset_parameters()
  expect_identical(nn_parameters_vector(copy), nn_parameters_vector(flat))

  lines <- strsplit(format(net), "\n", fixed = TRUE)[[1L]]
  expect_identical(lines[1:2], c("nn_sequential(", "  nn_sequential("))
  expect_identical(lines[length(lines) - 1:0], c("  nn_conv2d(2, 2, kernel_size = 1, dtype = \"float32\")", ")"))
  expect_length(grep("nn_leaky_relu", capture.output(print(net))), 990)
  expect_identical(nrow(summary(net, c(1, 4, 5))$modules), 1001L)
  expect_length(getCall(net), 3)
  expect_length(capture.output(str(net)), length(lines) + 22)

  file <- withr::local_tempfile()
  saveRDS(net, file)
  expect_identical(readRDS(file)(x), net(x))
})

test_that("chains that are nested too deep, or in themselves by hand, are refused", {
  net <- nn_sequential(nn_relu())
  for (i in 1:5000) { # as nn_sequential() would, which looks at all of it each time
    outer <- nn_sequential(nn_relu())
    environment(outer)$children <- list("0" = net)
    net <- outer
  }
  message <- "`...` must be such that at most 5000 chains are nested, not chains that"
  expect_error(nn_sequential(net), message, class = "nnconv_error_argument", fixed = TRUE)
  expect_error(format(net), message, class = "nnconv_error_argument", fixed = TRUE)
  expect_identical(net(-1:1), c(0, 0, 1)) # in which 5000 are nested

  circle <- nn_sequential(nn_relu(), nn_tanh())
  expect_refusal(circle[[1]] <- circle, "argument", "0", "that does not hold the chain itself")
  environment(circle)$children[[1]] <- circle
  for (f in list(circle, print, format, summary, nn_parameters_vector, function(m) m$clone())) {
    expect_error(f(circle), message, class = "nnconv_error_argument", fixed = TRUE)
  }
})

test_that("chains fit as a whole, whatever is nested in them", {
  inner <- nn_sequential(a = nn_sequential(nn_conv2d(1, 3, 1), nn_relu()))
  expect_refusal(
    nn_sequential(inner, nn_sequential(nn_tanh(), b = nn_conv2d(4, 1, 1))), "argument", "...",
    "after `0.a.0`, one that reads 3 channels, not `1.b`: nn_conv2d(4, 1, kernel_size = 1)."
  )
  expect_refusal(nn_sequential(inner, nn_sequential(inner[["a"]])), "argument", "...", "each come once")
})
