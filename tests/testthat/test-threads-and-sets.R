# The same bits for 1 to 8 threads, and every instruction set within its tolerance of the plain loops:
# random shapes, both layers, all gradients, both types.

shapes <- if (is_extended()) 200L else 20L
worth_threads <- 2^20 # multiply-adds, as in src/system/threads.h

# A layer and an input; every third wide enough for the fast algorithms.
wide_call <- function(i) {
  repeat {
    g <- random_geometry()
    g$batch <- max(g$batch, 1)
    wide <- if (i %% 3 == 0) c(32, 32) else c(8, 10)
    g$in_channels <- wide[1] * g$in_channels
    g$out_channels <- wide[2] * g$out_channels
    g$size <- g$size + 20
    if (is_legal(g)) break
  }
  if (i %% 2 == 0) {
    m <- nn_conv_transpose2d(g$in_channels, g$out_channels, g$kernel_size, g$stride, g$padding,
                             g$output_padding, g$groups, g$bias, g$dilation, g$mode)
    size <- g$size
  } else {
    m <- nn_conv2d(g$in_channels, g$out_channels, g$kernel_size, g$stride, g$padding, g$dilation,
                   g$groups, g$bias, g$mode)
    size <- pmax(g$size, g$dilation * (g$kernel_size - 1) + 1)
  }
  list(m = m, x = random_array(g$batch, g$in_channels, size))
}

test_that("results and gradients are the same bits for any number of threads", {
  set.seed(1)
  counts <- seq_len(min(8, nn_info()$most_threads))
  worth <- 0
  for (i in seq_len(shapes)) {
    call <- wide_call(i)
    worth <- worth + (summary(call$m, dim(call$x))$multiply_adds > worth_threads)
    for (dtype in names(tolerance)) {
      call$m$to(dtype)
      work <- function() call$m$backward(call$x, cos, c("output", "input", "weight", "bias"))
      results <- lapply(counts, function(n) with_threads(n, work()))
      for (result in results[-1L]) expect_identical(result, results[[1L]], label = format(call$m))
    }
  }
  expect_gte(worth, shapes / 4)
  figure("threads 1 to %d: %d shapes, of which %d are worth threads", max(counts), shapes, worth)
})

# Threads share out the channels of these, as there are too few cells.
few_cells <- list(
  direct = list(layer = nn_conv2d(256, 250, 3, stride = 2, padding = 1), size = c(1, 256, 8, 7)),
  one_cell = list(layer = nn_conv2d(700, 500, 1), size = c(1, 700, 2, 1)),
  groups = list(layer = nn_conv2d(256, 256, 5, padding = 2, groups = 2), size = c(1, 256, 6, 6)),
  winograd = list(layer = nn_conv2d(200, 300, 3, padding = 1), size = c(1, 200, 7, 9)),
  winograd_batch = list(layer = nn_conv2d(96, 160, 3, padding = 1), size = c(9, 96, 4, 4)),
  transposed = list(layer = nn_conv_transpose2d(200, 130, 4, 2, 1), size = c(1, 200, 4, 4))
)

test_that("results are the same bits where threads share out channels", {
  set.seed(3)
  for (name in names(few_cells)) for (dtype in names(tolerance)) {
    m <- few_cells[[name]]$layer$to(dtype)
    x <- random_array(few_cells[[name]]$size)
    for (algorithm in c("automatic", "direct", "transforms")) {
      withr::local_options(nnconv.algorithm = algorithm)
      alone <- with_threads(1, m(x))
      for (n in c(2, 3, 5, 8)) {
        expect_identical(with_threads(n, m(x)), alone, label = paste(name, dtype, algorithm, n))
      }
    }
  }
})

narrow_geometry <- function() {
  repeat {
    g <- random_geometry()
    g$batch <- sample(c(1, 1, 2, 7, 8, 20), 1)
    g$in_channels <- g$groups * sample(c(1, 3, 9, 17), 1)
    g$out_channels <- g$groups * sample(c(1, 3, 9, 17), 1)
    g$size <- pmin(g$size, 3)
    if (is_legal(g)) return(g)
  }
}

test_that("every instruction set computes both layers and all gradients as the plain loops do", {
  for_each_simd(function(set) {
    set.seed(2)
    largest <- 0 * tolerance
    for (i in seq_len(shapes)) for (dtype in names(tolerance)) {
      g <- narrow_geometry()
      small <- random_array(g$batch, g$in_channels, g$size)
      large <- random_array(g$batch, g$out_channels, large_size(g))
      up <- nn_conv_transpose2d(
        g$in_channels, g$out_channels, g$kernel_size, g$stride, g$padding, g$output_padding, g$groups,
        FALSE, g$dilation, g$mode, dtype
      )
      expected <- reference_derivatives(large, up$weight, small, g$stride, reference_sides(g$padding),
                                        g$dilation, g$groups, g$mode)
      gradients <- up$backward(small, large)
      errors <- c(relative_error(up(small), expected$large),
                  relative_error(gradients$input, expected$small),
                  relative_error(gradients$weight, expected$weight))
      expect_lte(max(errors), tolerance[[dtype]], label = paste(set, dtype, label_of(g)))
      largest[[dtype]] <- max(largest[[dtype]], errors)
    }
    figure("set %s: errors up to %.1e in float64, %.1e in float32", set, largest[1L], largest[2L])
  })
})
