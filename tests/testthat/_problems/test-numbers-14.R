# Extracted from test-numbers.R:14

# setup ------------------------------------------------------------------------
library(testthat)
test_env <- simulate_test_env(package = "nnconv", path = "..")
attach(test_env, warn.conflicts = FALSE)

# test -------------------------------------------------------------------------
set.seed(80)
before <- nn_simd()
on.exit(nn_simd(before))
for (i in 1:30) {
    g <- random_geometry()
    if (g$batch == 0) next
    nn_simd(rep_len(nn_info()$available, i)[i])
    for (algorithm in c("direct", "transforms")) for (dtype in names(tolerance)) {
      withr::with_options(list(nnconv.algorithm = algorithm), {
        for (pair in special_results(g, dtype)) {
          expect_identical(kind_of(pair[[1L]]), kind_of(pair[[2L]]), label = label_of(g))
        }
      })
    }
  }
