# Side effects: calls leave their arguments as they were, and no memory behind.

test_that("the table has every exported function and refuses what it should", {
  calls <- every_call()
  for (name in names(calls)) {
    value <- run_call(calls[[name]])$value
    is_refused <- is.character(value) && any(grepl("must be", value))
    expect_identical(is_refused, startsWith(name, "refused"), label = name)
  }
  possible <- Filter(function(name) is_possible(list(name = name)), getNamespaceExports("nnconv"))
  for (name in possible) expect_true(name %in% names(calls), label = name)
})

test_that("no call changes its arguments", {
  calls <- every_call()
  arrays_of <- function(call) Filter(function(x) is.atomic(x) || is.list(x), call$arguments)
  for (name in names(calls)) {
    arrays <- arrays_of(calls[[name]])
    before <- serialize(arrays, NULL)
    run_call(calls[[name]])
    expect_identical(serialize(arrays_of(calls[[name]]), NULL), before, label = name)
    expect_identical(unserialize(before), arrays, label = name)
  }
})

# Bytes that R's objects take after a collection, and those of the process.
memory_of_r <- function() {
  used <- gc()
  sum(used[, 1L] * c(56, 8))
}
memory_of_process <- function() {
  line <- grep("VmRSS", readLines("/proc/self/status"), value = TRUE)
  1024 * as.numeric(gsub("[^0-9]", "", line))
}

test_that("a thousand calls of everything leave memory as it was", {
  skip_on_cran()
  skip_if_not(file.exists("/proc/self/status"), "memory is read from /proc")
  skip_if(nzchar(Sys.getenv("NNCONV_SANITIZED")), "sanitizers keep memory of their own")
  calls <- every_call()
  walk <- function(times) for (i in seq_len(times)) for (call in calls) run_call(call)
  times <- ceiling(1000 / length(calls))
  if (identical(Sys.getenv("NNCONV_EXTENDED_TESTS"), "true")) times <- 1000
  walk(3)
  of_r <- memory_of_r()
  of_process <- memory_of_process()
  walk(times)
  # A byte more in every call of one of these would be seen in the extended test.
  expect_lt(memory_of_r() - of_r, 20000)
  expect_lt(memory_of_process() - of_process, 2^22)
})

test_that("vectors that R keeps in another form give what plain ones give", {
  # sort() returns its numbers with a note that they are sorted.
  x <- sort(sin(1:100))
  bias <- sort(cos(1:70))
  dim(x) <- c(1L, 1L, 10L, 10L)
  w <- array(sin(1:70), c(70, 1, 1, 1))
  expect_identical(nnf_conv2d(x, w, bias), nnf_conv2d(x + 0, w, bias + 0))
  expect_identical(nn_relu()(bias), nn_relu()(bias + 0))
})
