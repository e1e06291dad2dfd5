# Saved modules: files of this and earlier versions (tools/make_saved.R) work.

saved_files <- list.files(testthat::test_path("fixtures"), "^saved-.*[.]rds$", full.names = TRUE)

test_that("there are files of this version, in both formats", {
  version <- as.character(utils::packageVersion("nnconv"))
  expect_identical(
    basename(saved_files[grepl(paste0("-", version, "-"), saved_files, fixed = TRUE)]),
    sprintf("saved-%s-rds%d.rds", version, 2:3)
  )
})

for (file in saved_files) {
  test_that(paste(basename(file), "holds modules that compute what they did when they were saved"), {
    for (saved in readRDS(file)$modules) {
      m <- saved$module
      for (call in c(format(m), saved$format)) {
        made <- eval(parse(text = call))
        made$load_state_dict(m$state_dict())
        expect_true(all.equal(made, m))
      }
      expect_identical(m$training, saved$training)
      expect_identical(m$state_dict(), saved$state_dict)
      results <- m$backward(saved$x, function(y) y, c("output", "input", "weight", "bias"))
      expect_identical(names(results), names(saved$results))
      dtype <- if (is_layer(m)) m$dtype else "float64"
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
      if (length(saved$state_dict)) expect_false(isTRUE(all.equal(copy, m)))
    }
  })

  test_that(paste(basename(file), "holds an optimizer that goes on"), {
    saved <- readRDS(file)$optimizer
    p <- saved$adam(saved$parameters, saved$parameters^2)
    expect_equal(p, saved$after, tolerance = 1e-14)
  })
}
