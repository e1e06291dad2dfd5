# Transforms: the fast algorithm of large layers gives what the definition gives, within its bound.

# kernel, stride, padding, dilation, groups, mode, batch, channels, height, width. Odd counts of
# channels and cells, blocks that end inside a tile, every number of taps, and borders of all modes.
transformed_layers <- list(
  list(3, 1, 1, 1, 1, "zeros", 1, c(40, 50), c(21, 30)),
  list(3, 1, 0, 1, 1, "zeros", 3, c(33, 35), c(17, 22)),
  list(c(2, 3), 1, c(0, 1), 1, 1, "zeros", 9, c(30, 40), c(13, 18)),
  list(c(3, 1), 1, c(2, 0), 1, 1, "zeros", 2, c(50, 48), c(26, 11)),
  list(c(1, 2), 1, 0, 1, 1, "zeros", 20, c(50, 48), c(6, 19)),
  list(3, 1, 1, 1, 2, "reflect", 4, c(64, 80), c(19, 23)),
  list(3, 1, 2, 1, 1, "circular", 2, c(48, 37), c(18, 27)),
  list(3, 1, 1, 1, 1, "replicate", 33, c(32, 24), c(9, 15)),
  list(3, 1, 2, 2, 1, "zeros", 1, c(64, 40), c(34, 29)),
  list(4, 2, 1, 1, 1, "zeros", 8, c(48, 50), c(12, 15)),
  list(4, 2, 1, 1, 1, "circular", 1, c(72, 90), c(16, 17)),
  list(5, 2, 2, 1, 1, "zeros", 3, c(61, 40), c(15, 18)),
  list(c(6, 4), c(3, 2), 1, 1, 1, "zeros", 2, c(50, 60), c(14, 19)),
  list(3, 1, 1, 1, 1, "zeros", 1, c(300, 70), c(14, 15))
)

# Calls code for both layers of the table's rows, with an input and the definition's result.
for_each_transformed <- function(code) {
  for (i in seq_along(transformed_layers)) {
    set.seed(700 + i)
    l <- stats::setNames(transformed_layers[[i]], c(
      "kernel", "stride", "padding", "dilation", "groups", "mode", "batch", "channels", "size"
    ))
    large <- (l$size - 1) * l$stride - 2 * l$padding + l$dilation * (l$kernel - 1) + 1
    x <- random_array(l$batch, l$channels[2], large)
    y <- random_array(l$batch, l$channels[1], l$size)
    conv <- nn_conv2d(
      l$channels[2], l$channels[1], l$kernel, l$stride, l$padding, l$dilation, l$groups,
      padding_mode = l$mode
    )
    up <- nn_conv_transpose2d(
      l$channels[1], l$channels[2], l$kernel, l$stride, l$padding,
      groups = l$groups, dilation = l$dilation, padding_mode = l$mode
    )
    up$weight <- conv$weight
    definition <- definition_by_tap(
      x, conv$weight, y, rep_len(l$stride, 2), rep_len(l$padding, 2), rep_len(l$dilation, 2),
      l$groups, l$mode
    )
    code(i, conv, x, sweep(definition$small, 2, conv$bias, `+`))
    code(i, up, y, sweep(definition$large, 2, up$bias, `+`))
  }
}

directly <- function(code) with_algorithm("direct", code)
transformed <- function(code) with_algorithm("transforms", code)

test_that("transforms give the definition's results within their bound, and really ran", {
  ran <- 0
  for_each_transformed(function(i, m, x, definition) {
    for (dtype in c("float64", "float32")) {
      m$to(dtype)
      y <- transformed(m(x))
      expect_lte(
        relative_error(y, definition), c(float64 = 1e-13, float32 = 3e-5)[[dtype]],
        label = paste(i, class(m)[1], dtype)
      )
      ran <<- ran + !identical(y, directly(m(x)))
    }
  })
  expect_identical(ran, 4 * length(transformed_layers)) # two layers, two types
})

test_that("transforms give the same bits for any number of threads and in every call", {
  before <- nn_threads()
  on.exit(nn_threads(before))
  for_each_transformed(function(i, m, x, definition) {
    nn_threads(1)
    y <- transformed(m(x))
    for (threads in c(2, 3, 8)) {
      nn_threads(threads)
      expect_identical(transformed(m(x)), y)
    }
  })
})

test_that("transforms agree between instruction sets", {
  before <- nn_simd()
  on.exit(nn_simd(before))
  sets <- setdiff(nn_info()$available, before)
  for_each_transformed(function(i, m, x, definition) {
    for (dtype in c("float64", "float32")) {
      nn_simd(before)
      m$to(dtype)
      y <- transformed(m(x))
      for (set in sets) {
        nn_simd(set)
        z <- transformed(m(x))
        expect_lte(relative_error(z, y), c(float64 = 1e-13, float32 = 3e-5)[[dtype]])
        if (setequal(c(set, before), c("avx2", "avx512"))) expect_identical(z, y)
      }
    }
  })
})

test_that("small layers of any geometry may be transformed", {
  set.seed(719)
  ran <- 0
  for (i in seq_len(400)) {
    g <- random_geometry()
    x <- as_input(random_array(g$batch, g$in_channels, g$size), g)
    m <- nn_conv_transpose2d(
      g$in_channels, g$out_channels, g$kernel_size, g$stride, g$padding, g$output_padding,
      g$groups, g$bias, g$dilation, g$mode
    )
    y <- directly(m(x))
    z <- transformed(m(x))
    expect_lte(relative_error(z, y), 1e-13, label = label_of(g))
    ran <- ran + !identical(y, z)
  }
  expect_gte(ran, 30)
})

test_that("values that would spread or overflow take the direct algorithm", {
  set.seed(720)
  m <- nn_conv2d(48, 50, 3, padding = 1)
  x <- random_array(1, 48, 24, 25)
  expect_false(identical(transformed(m(x)), directly(m(x))))
  for (value in c(NaN, NA, Inf, -Inf, 1e200, -1e300)) {
    z <- x
    z[1, 7, 10, 12] <- value
    expect_identical(transformed(m(z)), directly(m(z)))
    expect_identical(sum(!is.finite(m(z))) > 0, !is.finite(value))
    w <- m$clone()
    w$weight[4, 5, 2, 2] <- value
    expect_identical(transformed(w(x)), directly(w(x)))
  }
  m$to("float32")
  z[1, 7, 10, 12] <- 1e20
  expect_identical(transformed(m(z)), directly(m(z)))
})

test_that("an infinite bias makes its channel infinite and no other", {
  set.seed(721)
  m <- nn_conv_transpose2d(48, 50, 4, stride = 2, padding = 1)
  x <- random_array(1, 48, 24, 25)
  y <- transformed(m(x))
  m$bias[3] <- -Inf
  z <- transformed(m(x))
  expect_true(all(z[1, 3, , ] == -Inf))
  expect_identical(z[1, -3, , ], y[1, -3, , ])
})

test_that("tiny values keep their relative accuracy when all are tiny", {
  set.seed(722)
  m <- nn_conv2d(48, 50, 3, padding = 1, bias = FALSE)
  x <- random_array(1, 48, 24, 25)
  y <- transformed(m(x))
  expect_equal(transformed(m(x * 2^-900)), y * 2^-900, tolerance = 0)
})

test_that("the option is automatic or direct, and the report says which", {
  expect_identical(nn_info()$algorithm, "automatic")
  expect_identical(directly(nn_info()$algorithm), "direct")
  m <- nn_conv2d(1, 1, 1)
  x <- array(1, c(1, 1, 1))
  for (wrong in list("fast", 1, NA_character_, c("direct", "direct"))) {
    withr::with_options(list(nnconv.algorithm = wrong), {
      error <- expect_error(m(x), class = "nnconv_error")
      expect_match(conditionMessage(error), "nnconv.algorithm", fixed = TRUE)
      expect_match(conditionMessage(error), "direct", fixed = TRUE)
    })
  }
})

test_that("a huge number leaves a call to the direct algorithm, and one below the limit does not", {
  set.seed(171)
  limits <- c(float64 = 1e140, float32 = 1e15)
  for (dtype in names(limits)) {
    m <- nn_conv2d(32, 32, 3, padding = 1, dtype = dtype)
    x <- random_array(1, 32, 24, 24)
    is_direct <- function(value) {
      x[1, 1, 12, 12] <- value
      identical(with_algorithm("transforms", m(x)), with_algorithm("direct", m(x)))
    }
    expect_true(is_direct(1.01 * limits[[dtype]]))
    expect_true(is_direct(-1.01 * limits[[dtype]]))
    expect_false(is_direct(0.99 * limits[[dtype]]))
  }
})
