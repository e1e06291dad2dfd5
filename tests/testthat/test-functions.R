# Functions of the user in activations: what they carry into files, and how they are written.

bytes_of <- function(x) length(serialize(x, NULL))
reloaded <- function(x) unserialize(serialize(x, NULL))

# Functions that need nothing of the place: `make` returns an activation. Functions of this file are
# in the environment of testthat's, and would take it along.
at_top <- function(f) `environment<-`(f, globalenv())

independent <- lapply(list(
  "formulas" = function() {
    data <- numeric(1e5)
    nn_activation(function(x) x * pnorm(x), function(x) pnorm(x) + x * dnorm(x))
  },
  "variables of its own" = function() {
    data <- numeric(1e5)
    nn_activation(function(x, n = 2) {
      y <- x
      y[] <- pmax(x, -1)
      for (i in seq_len(n)) y <- y + i / (1 + pi)
      y
    }, function(x) {
      slope <- function(u, below = -1) u > below
      vapply(x, slope, NA)
    })
  },
  "another package" = function() {
    data <- numeric(1e5)
    nn_activation(function(x) stats::plogis(x), function(x) stats::dlogis(x))
  },
  "a maker that has returned" = function() {
    make <- function(data) function(x) log1p(exp(x))
    nn_activation(make(numeric(1e5)), function(x) 1 / (1 + exp(-x)))
  },
  "a maker in a maker" = function() {
    data <- numeric(1e5)
    inner <- function(more) nn_activation(function(x) sin(2 * x), function(x) 2 * cos(2 * x))
    inner(data)
  },
  "parts of lists" = function() {
    data <- numeric(1e5)
    nn_activation(function(x) {
      parts <- list(data = x)
      parts$data
    }, function(x) x^0)
  }
), at_top)

for (name in names(independent)) {
  test_that(paste("a function leaves the place where it was made behind:", name), {
    for (keep in c(TRUE, FALSE)) {
      withr::local_options(keep.source = keep)
      m <- independent[[name]]()
      x <- seq(-2, 2, 0.25)
      invisible(lapply(1:5, function(i) m$backward(x, m(x)))) # compiled by now
      expect_lt(bytes_of(m), 10000)
      expect_identical(reloaded(m)(x), m(x))
      expect_identical(reloaded(m)$backward(x, x), m$backward(x, x))
      expect_identical(environment(m$f), if (is.primitive(m$f)) NULL else globalenv())
    }
  })
}

# Functions that need it, now, later or possibly: `make` returns the activation and the plain
# function in one list.
with_plain <- function(f) list(m = nn_activation(f, function(x) x^0), plain = f)

dependent <- lapply(list(
  "a variable" = function() {
    slope <- 3
    with_plain(function(x) slope * x)
  },
  "a function" = function() {
    sqrt <- function(x) x + 1
    with_plain(function(x) sqrt(x))
  },
  "a function by a string" = function() {
    helper <- function(u) u * 5
    with_plain(function(x) sapply(x, "helper"))
  },
  "a name that is put together" = function() {
    helper <- function(u) u * 5
    with_plain(function(x) do.call(paste0("hel", "per"), list(x)))
  },
  "a name that is got" = function() {
    slope <- 7
    with_plain(function(x) x * get(paste0("slo", "pe")))
  },
  "a default" = function() {
    slope <- 9
    with_plain(function(x, a = slope) x * a)
  },
  "an inner default" = function() {
    slope <- 9
    with_plain(function(x) (function(u, a = slope) u * a)(x))
  },
  "a replacement" = function() {
    `half<-` <- function(x, value) x + value / 2
    with_plain(function(x) {
      half(x) <- 4
      x
    })
  },
  "an operator" = function() {
    `%by%` <- function(x, y) x * y + 1
    with_plain(function(x) x %by% 2)
  },
  "a method" = function() {
    `scale.numeric` <- function(x, ...) x * 11
    with_plain(function(x) scale(x))
  },
  "a method of a group" = function() {
    `Ops.nnconv_test` <- function(e1, e2) unclass(e1) + 100
    with_plain(function(x) structure(x, class = "nnconv_test") * 2)
  },
  "a variable that comes later" = function() {
    made <- with_plain(function(x) x * beta) # R has a function of this name
    beta <- 13
    made
  },
  "a function that comes later" = function() {
    made <- with_plain(function(x) round(x))
    round <- function(x) x * 15
    made
  },
  "a function that is assigned later" = function() {
    made <- with_plain(function(x) round(x))
    assign("round", function(x) x * 17)
    made
  },
  "a function that code gives" = function() {
    made <- with_plain(function(x) round(x))
    eval(quote(round <- function(x) x * 19))
    made
  },
  "a variable that changes" = function() {
    slope <- 1
    made <- with_plain(function(x) x * slope)
    slope <- 21
    made
  },
  "a local block" = function() {
    local({
      made <- with_plain(function(x) round(x))
      round <- function(x) x * 23
      made
    })
  },
  "a place that is gone on with" = function() {
    place <- new.env(parent = globalenv())
    place$with_plain <- with_plain
    made <- eval(quote(with_plain(function(x) round(x))), place)
    eval(quote(round <- function(x) x * 25), place)
    made
  },
  "a maker of its own" = function() {
    make <- function(slope) function(x) x * slope
    with_plain(make(27))
  },
  "an argument that is not used yet" = function(slope = 29) with_plain(function(x) x * slope)
), function(make) {
  environment(make) <- list2env(list(with_plain = with_plain), parent = globalenv())
  make
})

for (name in names(dependent)) {
  test_that(paste("a function keeps what it needs of its place:", name), {
    made <- dependent[[name]]()
    x <- c(-1.5, 0.25, 2)
    expect_identical(made$m(x), as.double(made$plain(x)))
    expect_identical(reloaded(made$m)(x), made$m(x))
    expect_identical(environment(made$m$f), environment(made$plain))
  })
}

test_that("functions of packages, primitives and functions of a class are kept as they are", {
  linear <- nn_conv2d(1, 1, 1)
  memo <- structure(function(x) x, class = "memoised", note = 1)
  noted <- structure(function(x) x, note = 1)
  for (f in list(sin, stats::plogis, scale, linear, memo, noted)) {
    expect_identical(nn_activation(f, cos)$f, f)
  }
  expect_lt(bytes_of(nn_activation(stats::plogis, stats::dlogis)), 4096)
})

test_that("a function made at top level takes nothing along, with and without its source", {
  skip_on_cran()
  out <- in_fresh_process(c(
    "library(nnconv)",
    "data <- numeric(1e5)",
    "options(keep.source = FALSE)",
    "m <- nn_activation(function(x) x * pnorm(x), function(x) pnorm(x) + x * dnorm(x))",
    "options(keep.source = TRUE)",
    "k <- nn_activation(function(x) x * pnorm(x), function(x) {",
    paste("  #", strrep("a long comment ", 1000)),
    "  pnorm(x) + x * dnorm(x)",
    "})",
    "train <- function(data) {",
    "  net <- nn_sequential(nn_activation(function(x) x * pnorm(x), function(x) {",
    "    pnorm(x) + x * dnorm(x) # as above",
    "  }))",
    "  for (i in 1:5) net$backward(1:3, net(1:3), 'input')",
    "  net",
    "}",
    "net <- train(data)",
    "for (i in 1:5) for (f in list(m, k)) f$backward(1:3, f(1:3))",
    "cat(sapply(list(m, k, net), function(m) length(serialize(m, NULL))))"
  ))
  expect_lt(max(as.numeric(strsplit(out, " ")[[1L]])), 8192)
})

test_that("functions are written as code that makes them", {
  expect_identical(function_text(function(x) x * pnorm(x)), "function (x) x * pnorm(x)")
  expect_identical(function_text(function(x, n = 2) {
    x^n
  }), "function (x, n = 2) {\n    x^n\n}")
  expect_identical(function_text(sin), "sin")
  expect_identical(function_text(`+`), "`+`")
  expect_identical(function_text(scale), "scale")
  expect_identical(function_text(stats::plogis), "stats::plogis")
  expect_identical(function_text(nn_conv2d(1, 1, 1)), "nn_conv2d(1, 1, kernel_size = 1)")
  many <- function(alpha_of_many = 1, beta_of_many = 2, gamma_of_many = (3), delta_of_many = (4),
                   epsilon_of_many = 5) {
    alpha_of_many
  }
  for (f in list(many, function(x) {
    y <- ") \n"
    y
  }, stats::plogis, mean, `[[`)) {
    expect_equal(eval(parse(text = function_text(f))), f, ignore_attr = TRUE, ignore_function_env = TRUE)
  }
})

test_that("print() and format() show a function once, in lines", {
  m <- nn_activation(function(x) x * pnorm(x), function(x) {
    pnorm(x) + x * dnorm(x)
  })
  expect_identical(capture.output(print(m))[4:7], c(
    "* f: function (x) x * pnorm(x)", "* derivative: function (x) {",
    "      pnorm(x) + x * dnorm(x)", "  }"
  ))
  again <- eval(parse(text = format(m)))
  x <- c(-1, 0, 2)
  expect_identical(again(x), m(x))
  expect_identical(again$backward(x, x), m$backward(x, x))
  expect_identical(format(nn_activation(sin, stats::dlogis)),
                   "nn_activation(f = sin, derivative = stats::dlogis)")
})
