# Data of a training: which images make a batch, and what is refused.

numbered <- function(n, ...) array(seq_len(n), c(n, ...)) # each image holds its number

test_that("the batches of an epoch are all images once, in nearly equal parts and a new order", {
  set.seed(1)
  data <- data_of_arrays(stored_pair(numbered(23, 2, 1, 3), numbered(23), "x", "y"), 1:23, TRUE)
  plans <- replicate(3, data$plan(6), simplify = FALSE)
  for (plan in plans) {
    expect_identical(lengths(plan), c(5L, 6L, 6L, 6L))
    expect_identical(sort(unlist(plan)), 1:23)
  }
  expect_false(identical(plans[[1]], plans[[2]]))
  set.seed(1)
  expect_identical(data$plan(6), plans[[1]])
  batch <- data$draw(c(4L, 2L))
  expect_identical(batch, list(x = numbered(23, 2, 1, 3)[c(4, 2), , , , drop = FALSE], y = c(4L, 2L)))
})

test_that("images are those of R's own indexing, of any type and number of axes", {
  for (x in list(numbered(5, 2), random_array(5, 2, 3), random_array(5, 1, 2, 2) > 0, 1:5 / 2)) {
    expected <- if (is.null(dim(x))) x[3:2] else asplit(x, 1)[3:2]
    got <- take_images(stored_images(x, "x"), 3:2)
    if (!is.null(dim(x))) expect_identical(dim(got), c(2L, dim(x)[-1]))
    expect_identical(typeof(got), typeof(x))
    got <- if (is.null(dim(x))) got else asplit(got, 1)
    expect_identical(lapply(got, as.vector), lapply(expected, as.vector))
  }
})

test_that("a share for validation leaves the other images for training", {
  x <- numbered(20, 1, 1)
  data <- check_data(x, 1:20, 0.25, NULL)
  apart <- unlist(data$validation$plan(3))
  expect_length(apart, 5)
  expect_identical(sort(c(apart, unlist(data$training$plan(4)))), 1:20)
  expect_identical(data$validation$plan(3), data$validation$plan(3)) # not shuffled
  expect_identical(lengths(data$validation$plan(3)), c(2L, 3L))
})

test_that("validation may be arrays of its own, beside arrays or a function", {
  own <- list(numbered(3, 1, 1), 3:1)
  for (x in list(numbered(4, 1, 1), function(n) list(numbered(n, 1, 1), seq_len(n)))) {
    y <- if (!is.function(x)) 1:4
    validation <- check_data(x, y, own, NULL)$validation
    expect_identical(validation$draw(2:3)$y, 2:1)
    expect_identical(unlist(validation$plan(2)), 1:3)
  }
})

test_that("a function draws so many batches of so many images", {
  asked <- numeric()
  draw <- function(n) {
    asked <<- c(asked, n)
    list(images = numbered(n, 1, 1), targets = seq_len(n))
  }
  data <- check_data(draw, NULL, NULL, 3)$training
  batches <- lapply(data$plan(5), data$draw)
  expect_identical(asked, c(5, 5, 5))
  expect_named(batches[[1]], c("x", "y"))
  expect_length(check_data(draw, NULL, NULL, NULL)$training$plan(5), 100)
})

test_that("what makes no data is refused", {
  x <- numbered(4, 1, 1)
  draw <- function(n) list(x, 1:4)
  expect_refusal(check_data("a", 1, NULL, NULL), "type", "x", "not \"a\".")
  expect_refusal(check_data(1:4, 1:4, NULL, NULL), "shape", "x", "with images along its first axis")
  expect_refusal(check_data(x, NULL, NULL, NULL), "type", "y", "not NULL.")
  expect_refusal(check_data(x, 1:3, NULL, NULL), "shape", "y", "its first axis is that of `x`, 4, not 1:3.")
  expect_refusal(check_data(x, 1:4, NULL, 5), "argument", "steps", "NULL with arrays")
  expect_refusal(check_data(draw, 1:4, NULL, NULL), "argument", "y", "NULL with a function as `x`")
  expect_refusal(check_data(draw, NULL, 0.2, NULL), "argument", "validation", "a list of two arrays, or NULL")
  expect_refusal(check_data(draw, NULL, NULL, 0), "argument", "steps", "between 1 and")
  expect_refusal(check_data(x, 1:4, 0.01, NULL), "argument", "validation", "some of the 4 images")
  expect_refusal(check_data(x, 1:4, 1, NULL), "argument", "validation", "not 1.")
  expect_refusal(check_data(x, 1:4, 2, NULL), "argument", "validation", "from 0 to 1")
  expect_refusal(check_data(x, 1:4, "a", NULL), "type", "validation", "a share of the images")
  expect_refusal(check_data(x, 1:4, list(x, 1:3), NULL), "shape", "validation[[2]]", "`validation[[1]]`, 4")
  for (bad in list(1, list(x), list(x, "a"))) {
    expect_refusal(check_batch(bad, "augment"), "type", "augment", "one that returns")
  }
  expect_refusal(check_batch(list(x, 1:3), "x"), "shape", "x", "one that returns 3 and 4.")
})
