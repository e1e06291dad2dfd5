# Losses: their values against plain loops and PyTorch, their gradients against differences.

cases <- pytorch_training()
for (case in grep("loss", names(cases), value = TRUE)) {
  test_that(paste("PyTorch returns the same for", case), {
    arrays <- cases[[case]]
    loss <- eval(parse(text = sub(" of .*", "", case)))
    expect_equal(loss(arrays$output, arrays$target), arrays$value, tolerance = 1e-13)
    got <- loss$backward(arrays$output, arrays$target)
    expect_identical(dim(got), dim(arrays$output))
    expect_lte(max(abs(got - arrays$gradient)) / max(abs(arrays$gradient)), 1e-12)
  })
}

# The terms of the definition, one by one.
terms_of <- list(
  nn_mse_loss = function(y, t) (y - t)^2,
  nn_l1_loss = function(y, t) abs(y - t),
  nn_bce_with_logits_loss = function(y, t) {
    p <- 1 / (1 + exp(-y))
    -t * log(p) - (1 - t) * log(1 - p)
  }
)
sum_of_terms <- function(term, output, target) {
  sum <- 0
  for (i in seq_along(output)) sum <- sum + term(output[i], target[i])
  sum
}

sum_of_entropies <- function(output, target) {
  shape <- dim(output)
  sum <- 0
  for (n in seq_len(shape[1])) for (i in seq_len(shape[3])) for (j in seq_len(shape[4])) {
    p <- exp(output[n, , i, j]) / sum(exp(output[n, , i, j]))
    t <- if (length(dim(target)) == 4L) target[n, , i, j] else seq_len(shape[2]) == target[n, i, j]
    sum <- sum - sum(t * log(p))
  }
  sum
}

differences <- function(f, x, h = 1e-6) {
  gradient <- x
  for (i in seq_along(x)) {
    up <- down <- x
    up[i] <- x[i] + h
    down[i] <- x[i] - h
    gradient[i] <- (f(up) - f(down)) / (2 * h)
  }
  gradient
}

expect_loss <- function(make, output, target, sum, terms) {
  for (reduction in c("mean", "sum")) {
    loss <- make(reduction)
    expected <- if (reduction == "mean") sum / terms else sum
    expect_equal(loss(output, target), expected, tolerance = 1e-13)
    gradient <- loss$backward(output, target)
    expect_equal(gradient, differences(function(y) loss(y, target), output), tolerance = 1e-6)
    expect_identical(loss$reduction, reduction)
    # Saved and read again, it is the same.
    again <- unserialize(serialize(loss, NULL))
    expect_identical(again(output, target), loss(output, target))
    expect_identical(again$backward(output, target), gradient)
  }
}

test_that("losses of elements are their definitions, on arrays of any shape", {
  set.seed(1)
  for (name in names(terms_of)) {
    make <- getExportedValue("nnconv", name)
    for (shape in list(7, c(2, 3), c(2, 3, 2, 2))) {
      output <- if (length(shape) == 1L) stats::rnorm(shape) else random_array(shape)
      target <- output
      target[] <- stats::runif(length(output))
      expect_loss(make, output, target, sum_of_terms(terms_of[[name]], output, target), length(output))
    }
  }
})

test_that("cross entropy is its definition, with classes and with probabilities", {
  set.seed(2)
  for (channels in c(1, 2, 5)) {
    output <- random_array(2, channels, 3, 2)
    classes <- array(sample(channels, 12, TRUE), c(2, 3, 2))
    expect_loss(nn_cross_entropy_loss, output, classes, sum_of_entropies(output, classes), 12)
    # Probabilities that are classes, and some that do not add up to 1.
    sure <- output
    for (k in seq_len(channels)) sure[, k, , ] <- classes == k
    expect_loss(nn_cross_entropy_loss, output, sure, sum_of_entropies(output, classes), 12)
    loose <- sure + 0.3
    expect_loss(nn_cross_entropy_loss, output, loose, sum_of_entropies(output, loose), 12)
  }
  flat <- random_array(3, 4)
  expect_equal(nn_cross_entropy_loss()(flat, c(2L, 4L, 1L)),
               sum_of_entropies(array(flat, c(3, 4, 1, 1)), array(c(2, 4, 1), c(3, 1, 1))) / 3)
})

test_that("huge outputs neither overflow nor lose small losses", {
  bce <- nn_bce_with_logits_loss("sum")
  expect_identical(bce(1e300, 0), 1e300)
  expect_identical(bce(-1e300, 1), 1e300)
  expect_identical(bce(c(1e300, -1e300), c(1, 0)), 0)
  expect_identical(bce$backward(c(1e300, -1e300), c(0, 1)), c(1, -1))
  expect_equal(bce(40, 1), exp(-40), tolerance = 1e-12) # 1 - p is 0 in double precision
  expect_equal(bce$backward(-40, 0), exp(-40), tolerance = 1e-12)
  ce <- nn_cross_entropy_loss("sum")
  scores <- matrix(c(1e300, 0, -1e300), 1)
  expect_identical(ce(scores, 1), 0)
  expect_identical(ce(scores, 3), 2e300)
  expect_identical(ce$backward(scores, 3), matrix(c(1, 0, -1), 1))
  expect_equal(ce(matrix(c(0, 1000, 1000), 1), 2), log(2))
  expect_identical(ce(matrix(c(0, -Inf), 1), 1), 0)
  expect_identical(ce(matrix(c(0, -Inf), 1), matrix(c(1, 0), 1)), 0)
})

test_that("NaN passes through, and nothing else does", {
  x <- matrix(c(1, NaN, 3, 4), 2)
  for (loss in list(nn_mse_loss(), nn_l1_loss(), nn_bce_with_logits_loss())) {
    for (bad in c(NaN, NA)) {
      x[2] <- bad
      expect_true(is.nan(loss(x, x - 0.5)) || is.na(loss(x, x - 0.5)))
      expect_identical(is.na(loss$backward(x, array(0.5, c(2, 2)))), is.na(x))
      expect_identical(is.na(loss$backward(array(0.5, c(2, 2)), x)), is.na(x))
    }
  }
  ce <- nn_cross_entropy_loss()
  expect_true(is.na(ce(x, 1:2)))
  expect_identical(is.na(ce$backward(x, 1:2)), matrix(c(FALSE, TRUE), 2, 2))
  expect_true(is.na(ce(matrix(0, 2, 2), x)))
  expect_identical(nn_mse_loss("sum")(numeric(), numeric()), 0)
  expect_true(is.nan(nn_mse_loss()(numeric(), numeric())))
})

test_that("the derivative of the absolute error is 0 at 0", {
  expect_identical(nn_l1_loss("sum")$backward(c(-1, 0, 2), c(1, 0, 1)), c(-1, 0, 1))
})

test_that("sums of many terms are accurate", {
  set.seed(3)
  x <- stats::runif(1e6)
  expect_equal(nn_mse_loss()(x, numeric(1e6)), mean(x^2), tolerance = 1e-14)
})

test_that("a loss of the user's is what its functions return, and carries nothing else along", {
  make <- function() {
    large <- numeric(1e5)
    nn_loss(function(output, target) sum((output - target)^4),
            function(output, target) 4 * (output - target)^3)
  }
  environment(make) <- globalenv()
  loss <- make()
  expect_identical(loss(c(1, 2), c(0, 0)), 17)
  expect_identical(loss$backward(c(1, 2), c(0, 0)), c(4, 32))
  expect_null(loss$reduction)
  expect_output(print(loss), "nn_loss(value, gradient)", fixed = TRUE)
  expect_lt(length(serialize(loss, NULL)), 1e5)
  expect_identical(unserialize(serialize(loss, NULL))(3, 1), 16)
})

test_that("losses print what makes them and tell their members", {
  expect_output(print(nn_l1_loss("sum")), "nn_l1_loss(reduction = \"sum\")", fixed = TRUE)
  expect_named(nn_mse_loss(), c("backward", "reduction"))
  for (name in names(losses)) {
    loss <- getExportedValue("nnconv", sprintf("nn_%s_loss", name))()
    expect_identical(eval(parse(text = utils::capture.output(print(loss)))), loss)
  }
})

test_that("losses check their arguments, and recycle nothing", {
  mse <- nn_mse_loss()
  ce <- nn_cross_entropy_loss()
  x <- random_array(2, 3, 4, 4)
  expect_refusal(nn_mse_loss("none"), "argument", "reduction", "not \"none\".")
  expect_refusal(mse(1:2, 1), "shape", "target", "of the output's shape, [2], not 1.")
  expect_refusal(mse(x, x[1, , , ]), "shape", "target", "not a double array [3, 4, 4].")
  expect_refusal(mse$backward("a", 1), "type", "output", "not \"a\".")
  expect_refusal(mse(1, NULL), "type", "target", "not NULL.")
  expect_refusal(ce(1:3, 1:3), "shape", "output", "with the channels on the second axis")
  expect_refusal(ce(x, x[, 1, , 1]), "shape", "target",
                 "classes of shape [2, 4, 4] or probabilities of the output's shape, [2, 3, 4, 4]")
  for (bad in list(0, 4, 1.5, NA)) {
    classes <- array(1, c(2, 4, 4))
    classes[7] <- bad
    expect_refusal(ce(x, classes), "argument", "target", "classes, whole numbers from 1 to 3, not ")
    expect_refusal(ce$backward(x, classes), "argument", "target", "whole numbers from 1 to 3")
  }
  expect_refusal(nn_loss(1, sum), "type", "value", "a function of two arguments, not 1.")
  expect_refusal(nn_loss(sum, function(x) x), "type", "gradient", "not one of one argument.")
  own <- nn_loss(function(y, t) y - t, function(y, t) 1)
  expect_refusal(own(1:2, 1:2), "type", "value", "one that returns")
  expect_refusal(own$backward(1:2, 1:2), "shape", "gradient", "of the output's shape, [2]")
  expect_refusal(mse$forward, "member", "name", "a member of a loss: backward, reduction")
})

test_that("losses of large arrays do not depend on the threads, and are those of plain sums", {
  before <- nn_threads(1)
  on.exit(nn_threads(before))
  y <- array(sin(1:300000), c(3, 2, 250, 200))
  target <- array(cos(1:300000)^2, dim(y))
  losses <- list(nn_mse_loss("sum"), nn_l1_loss("sum"), nn_bce_with_logits_loss("sum"),
                 nn_cross_entropy_loss("sum"))
  alone <- vapply(losses, function(loss) loss(y, target), 0)
  nn_threads(2)
  for (i in 1:10) expect_identical(vapply(losses, function(loss) loss(y, target), 0), alone)
  expect_equal(alone[1:2], c(sum((y - target)^2), sum(abs(y - target))), tolerance = 1e-12)
})
