# Threads and instruction sets: the same bits for 1 to 8 threads on random shapes, in both layers,
# all gradients and both types; and every set of this processor within its tolerance of the plain
# loops, with its lanes and its rounding seen in the results. NNCONV_EXTENDED_TESTS=true takes
# 200 shapes, otherwise 40.

library(nnconv)
for (part in c("geometries", "reference", "sets")) {
  source(file.path("tests/testthat", paste0("helper-", part, ".R")))
}

extended <- identical(Sys.getenv("NNCONV_EXTENDED_TESTS"), "true")
shapes <- if (extended) 200L else 40L
worth_threads <- 2^22 # multiply-adds, as in src/system/threads.h

row <- function(test, aim, measured, ok) {
  cat(sprintf("row: %s | %s | %s | %s\n", test, aim, measured, if (ok) "ok" else "missed"))
  ok
}

# A layer, an input and a gradient of the result; every third wide enough for the fast algorithms.
random_call <- function(i) {
  repeat {
    g <- random_geometry()
    g$batch <- max(g$batch, 1)
    wide <- if (i %% 3 == 0) c(32, 32) else c(8, 10)
    g$in_channels <- wide[1] * g$in_channels
    g$out_channels <- wide[2] * g$out_channels
    g$size <- g$size + 20
    if (is_legal(g)) break
  }
  m <- if (i %% 2 == 0) {
    nn_conv_transpose2d(g$in_channels, g$out_channels, g$kernel_size, g$stride, g$padding,
                        g$output_padding, g$groups, g$bias, g$dilation, g$mode)
  } else {
    nn_conv2d(g$in_channels, g$out_channels, g$kernel_size, g$stride, g$padding, g$dilation,
              g$groups, g$bias, g$mode)
  }
  size <- if (i %% 2 == 0) g$size else pmax(g$size, g$dilation * (g$kernel_size - 1) + 1)
  list(m = m, x = random_array(g$batch, g$in_channels, size))
}

set.seed(1)
counts <- seq_len(min(8, nn_info()$most_threads))
compared <- 0
differ <- 0
parallel_shapes <- 0
for (i in seq_len(shapes)) {
  call <- random_call(i)
  parallel_shapes <- parallel_shapes +
    (summary(call$m, dim(call$x))$multiply_adds > worth_threads)
  for (dtype in names(tolerance)) {
    call$m$to(dtype)
    results <- lapply(counts, function(threads) {
      with_threads(threads, call$m$backward(
        call$x, function(y) cos(y), c("output", "input", "weight", "bias")
      ))
    })
    same <- vapply(results, identical, NA, results[[1L]])
    compared <- compared + length(unlist(lapply(results[-1L], names)))
    differ <- differ + sum(!same)
  }
}
ok <- row(
  sprintf("%s threads: forward and all gradients, both layers, both types", toString(counts)),
  "bitwise equal on 200 shapes",
  sprintf("%d differ of %d comparisons on %d shapes, of which %d are worth threads", differ,
          compared, shapes, parallel_shapes),
  differ == 0 && parallel_shapes >= shapes / 4
)

# Both layers and their gradients with one random layer; the largest errors of each.
set_errors <- function(g, dtype) {
  small <- random_array(g$batch, g$in_channels, g$size)
  large <- random_array(g$batch, g$out_channels, large_size(g))
  up <- nn_conv_transpose2d(
    g$in_channels, g$out_channels, g$kernel_size, g$stride, g$padding, g$output_padding, g$groups,
    FALSE, g$dilation, g$mode, dtype
  )
  of <- reference_derivatives(large, up$weight, small, g$stride, reference_sides(g$padding),
                              g$dilation, g$groups, g$mode)
  gradients <- up$backward(small, large)
  c(relative_error(up(small), of$large), relative_error(gradients$input, of$small),
    relative_error(gradients$weight, of$weight))
}

random_wide <- function() {
  repeat {
    g <- random_geometry()
    g$batch <- sample(c(1, 1, 2, 7, 8, 20), 1)
    g$in_channels <- g$groups * sample(c(1, 3, 9, 17), 1)
    g$out_channels <- g$groups * sample(c(1, 3, 9, 17), 1)
    g$size <- pmin(g$size, 3)
    if (is_legal(g)) return(g)
  }
}

for (set in nn_info()$available) {
  nn_simd(set)
  set.seed(2)
  errors <- c(float64 = 0, float32 = 0)
  for (i in seq_len(shapes)) for (dtype in names(errors)) {
    errors[dtype] <- max(errors[dtype], set_errors(random_wide(), dtype))
  }
  lanes <- vapply(names(errors), lanes_that_ran, 0)
  fused <- vapply(names(errors), fused_that_ran, c(NA, NA, NA))
  proven <- all(lanes == vapply(names(errors), lanes_of_set, 0, set = set)) &&
    (set == "portable" || all(fused))
  ok <- c(ok, row(
    paste0("instruction set ", set, ": both layers, all gradients against plain loops"),
    sprintf("error <= %g and %g of the largest value; its lanes and rounding in the bits",
            tolerance[["float64"]], tolerance[["float32"]]),
    sprintf("%.1e and %.1e in %d layers; ran with %d and %d lanes, %s products",
            errors[1], errors[2], shapes, lanes[1], lanes[2],
            if (all(fused)) "fused" else if (any(fused)) "partly fused" else "rounded"),
    all(errors <= tolerance[names(errors)]) && proven
  ))
}
for (set in setdiff(c("portable", "avx2", "avx512"), nn_info()$available)) {
  cat(sprintf("row: instruction set %s | as above | not run: this processor has none | not run\n", set))
}
quit(status = as.integer(!all(ok)))
