# Arrays: their axes in another order, and in parts.

test_that("an axis is cut into nearly equal parts that cover it once", {
  for (size in c(1, 2, 7, 10, 100)) {
    for (step in c(0.3, 1, 2.5, 3, 10, 1000, Inf)) {
      parts <- cut_axis(size, step)
      first <- vapply(parts, `[`, 0, 1L)
      count <- vapply(parts, `[`, 0, 2L)
      label <- paste(size, "by", step)
      expect_identical(unlist(Map(function(a, n) a + seq_len(n) - 1, first, count)), seq_len(size) - 1,
                       label = label)
      expect_lte(max(count), max(1, step), label = label)
      expect_lte(max(count) - min(count), 1, label = label)
    }
  }
  expect_identical(cut_axis(10, 4), list(c(0, 3), c(3, 3), c(6, 4)))
  expect_identical(cut_axis(0, 4), list())
})

test_that("the first index varies fastest", {
  expect_identical(steps_of(c(2L, 3L, 4L)), c(1, 2, 6))
  expect_identical(steps_of(5L), 1)
  expect_identical(steps_of(c(65536L, 65536L, 2L)), c(1, 65536, 2^32))
})

test_that("axes in another order are those of aperm()", {
  x <- array(as.double(1:24), c(2, 3, 4))
  for (order in list(1:3, 3:1, c(2, 3, 1), c(2, 1, 3))) {
    shape <- dim(x)[order]
    got <- permuted(x, as.double(shape), steps_of(dim(x))[order], c(0, 1), c(0, 1))
    expect_identical(array(got, shape), aperm(x, order))
  }
})

test_that("an array in another order is refused where memory does not hold it", {
  withr::local_options(nnconv.memory = 100)
  expect_refusal(permuted(0, c(1e5, 1e5, 4), c(1, 1, 1), c(0, 1), c(0, 1)), "memory", "x",
                 "320 GB for the result [100000, 100000, 4]")
})
