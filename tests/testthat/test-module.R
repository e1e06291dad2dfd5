# Modules as values: their calls, second names, clones and copies from files.

input <- array(as.numeric(1:60), c(1, 2, 5, 6))

test_that("forward() and predict() are the call", {
  for (m in some_layers()) {
    expect_identical(m$forward(input), m(input))
    expect_identical(predict(m, input), m(input))
  }
  m <- some_layers()[[1]]
  expect_identical(m$forward(input, c(10, 12)), m(input, c(10, 12)))
  expect_identical(predict(m, input, output_size = c(10, 12)), m(input, c(10, 12)))
})

test_that("a second name is the same layer, a clone is another one", {
  for (m in some_layers()) {
    same <- m
    copy <- m$clone()
    before <- m$weight
    m$weight <- before + 1
    expect_identical(same$weight, before + 1)
    expect_identical(copy$weight, before)
    expect_identical(class(copy), class(m))
    copy$to("float32")
    expect_identical(m$dtype, "float64")
    expect_identical(dim(copy(input)), dim(m(input)))
  }
})

test_that("a saved layer is plain numbers, and computes the same elsewhere", {
  for (m in some_layers()) {
    invisible(lapply(1:5, function(i) m(input))) # compiled by now, which saves more
    bytes <- serialize(m, NULL, refhook = function(object) {
      if (!is.environment(object)) stop("a reference object")
    })
    numbers <- 8 * sum(lengths(m$parameters))
    expect_lte(length(bytes) - numbers, 4096)
    back <- unserialize(bytes)
    expect_true(all.equal(back, m))
    expect_identical(back(input), m(input))
    back$weight <- back$weight * 2
    expect_false(isTRUE(all.equal(back, m)))
  }
})

test_that("readRDS() in a fresh process gives a working layer", {
  skip_on_cran()
  m <- some_layers()[[1]]
  files <- withr::local_tempfile(pattern = c("layer", "input", "result"), fileext = ".rds")
  saveRDS(m, files[1])
  saveRDS(input, files[2])
  in_fresh_process(sprintf(
    "m <- readRDS('%s'); saveRDS(m(readRDS('%s')), '%s')", files[1], files[2], files[3]
  ))
  expect_identical(readRDS(files[3]), m(input))
})
