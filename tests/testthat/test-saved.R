# Saved modules: files of this and earlier versions (tools/make_saved.R) work.

saved_files <- list.files(testthat::test_path("fixtures"), "^saved-.*[.]rds$", full.names = TRUE)

test_that("there are files of this version, in both formats", {
  version <- as.character(utils::packageVersion("nnconv"))
  expect_identical(
    basename(saved_files[grepl(paste0("-", version, "-"), saved_files, fixed = TRUE)]),
    sprintf("saved-%s-rds%d.rds", version, 2:3)
  )
})

test_that("those of this version hold modules of every kind", {
  version <- as.character(utils::packageVersion("nnconv"))
  file <- testthat::test_path("fixtures", sprintf("saved-%s-rds3.rds", version))
  states <- unlist(lapply(readRDS(file)$modules, function(saved) nodes_of(saved$module)$modules))
  layers <- vapply(states, function(module) environment(module)$config$layer, "")
  # test-module-kinds.R defines one of its own.
  expect_identical(setdiff(ls(kinds), c(layers, "counted")), character())
})

for (file in saved_files) {
  test_that(paste(basename(file), "holds modules that compute what they did when they were saved"), {
    for (saved in readRDS(file)$modules) {
      m <- saved$module
      for (call in c(format(m), saved$format)) {
        made <- eval(parse(text = call), globalenv()) # the environment of functions
        made$load_state_dict(m$state_dict())
        expect_true(all.equal(made, m))
      }
      expect_identical(m$training, saved$training)
      expect_identical(m$state_dict(), saved$state_dict)
      used <- m$clone()
      results <- used$backward(saved$x, function(y) y, c("output", "input", "weight", "bias"))
      if (!is.null(saved$buffers)) expect_equal(used$buffers, saved$buffers, tolerance = 1e-12)
      expect_identical(names(results), names(saved$results))
      dtype <- if ("dtype" %in% names(m)) m$dtype else "float64"
      for (name in names(results)) {
        error <- relative_error(
          as.matrix(results[[name]]), as.matrix(saved$results[[name]])
        )
        expect_lte(error, tolerance[[dtype]], label = paste(saved$format, name))
      }
      # They can do what new ones can.
      copy <- m$clone()
      copy$load_state_dict(saved$state_dict)
      expect_true(all.equal(copy, m))
      expect_output(print(m), "An `nn_")
      nn_parameters_vector(copy) <- nn_parameters_vector(copy) + 1
      if (length(m$parameters)) expect_false(isTRUE(all.equal(copy, m)))
    }
  })

  test_that(paste(basename(file), "holds an optimizer that goes on"), {
    saved <- readRDS(file)$optimizer
    p <- saved$adam(saved$parameters, saved$parameters^2)
    expect_equal(p, saved$after, tolerance = 1e-14)
  })
}
