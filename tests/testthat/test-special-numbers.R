# NaN, NA, Inf, huge and denormal numbers spread exactly as in the plain loops: in both layers and
# all gradients, by every instruction set and algorithm.

test_that("special numbers reach exactly the cells of the plain loops", {
  set.seed(1)
  done <- 0
  for (i in seq_len(if (is_extended()) 1000 else 3)) {
    g <- random_geometry()
    g$batch <- max(1, g$batch)
    for_each_simd(function(set) {
      algorithms <- c("automatic", "direct", "transforms", "col2im", "padded")
      for (algorithm in algorithms) for (dtype in names(tolerance)) {
        pairs <- with_algorithm(algorithm, special_results(g, dtype))
        kinds <- lapply(pairs, lapply, kind_of)
        same <- vapply(kinds, function(pair) identical(pair[[1L]], pair[[2L]]), NA)
        expect_true(all(same), label = paste(set, algorithm, dtype, label_of(g)))
        done <<- done + length(pairs)
      }
    })
  }
  figure("special numbers: %d results compared", done)
})
