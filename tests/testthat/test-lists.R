# Lists: their names, and lists of lists.

test_that("names are there for every entry, empty where there are none", {
  expect_identical(names_of(list(1, 2)), c("", ""))
  expect_identical(names_of(list(a = 1, 2)), c("a", ""))
  expect_identical(names_of(list()), character())
})

test_that("a list of lists becomes one list, with names joined by dots", {
  lists <- list(`0` = list(weight = 1:2, bias = 3), inner.act = list(), `1` = list(weight = "a"))
  expect_identical(
    flatten_lists(lists), list(`0.weight` = 1:2, `0.bias` = 3, `1.weight` = "a")
  )
  expect_identical(flatten_lists(list(list(1), list(2))), list(1, 2))
  expect_identical(flatten_lists(list()), list())
})

test_that("of many names a few are shown, with their number", {
  expect_identical(some_of(character()), "there are none")
  expect_identical(some_of(c("a", "b")), '"a", "b"')
  expect_identical(some_of(letters[1:5], most = 3), '"a", "b", "c", ... (5 in all)')
  expect_identical(some_of(letters[1:3], most = 3), '"a", "b", "c"')
})

test_that("a prefix is taken off, however long the name is", {
  expect_identical(without_prefix(c("a.weight", "a."), "a."), c("weight", ""))
  expect_identical(without_prefix("weight", ""), "weight")
  long <- strrep("n", 1e6 + 10)
  expect_identical(nchar(without_prefix(paste0("a.", long), "a.")), nchar(long))
})
