# Instruction sets: what only the chosen one computes, as a proof that it ran.

# Runs code with each instruction set that this processor has.
for_each_simd <- function(code) {
  before <- nn_simd()
  on.exit(nn_simd(before))
  for (set in nn_info()$available) {
    nn_simd(set)
    code(set)
  }
}

with_algorithm <- function(name, code) withr::with_options(list(nnconv.algorithm = name), code)

with_threads <- function(n, code) {
  before <- nn_threads(n)
  on.exit(nn_threads(before))
  code
}

# Lanes of the vectors that ran: one channel of a single image is summed lane by lane, channel c in
# lane c modulo the lanes. 1 is lost beside a huge number of its lane, which a later channel takes
# away again, and kept in any other lane.
lanes_that_ran <- function(dtype) {
  huge <- if (dtype == "float64") 2^60 else 2^30
  is_lost <- function(distance) {
    x <- array(0, c(1, 256, 3, 3))
    x[, 1, , ] <- huge
    x[, 1 + distance, , ] <- 1
    x[, 129, , ] <- -huge
    all(nnf_conv2d(x, array(1, c(1, 256, 1, 1)), dtype = dtype) == 0)
  }
  2^Find(function(i) is_lost(2^i), 0:6)
}

# Does one rounding serve product and sum? (1 + e)^2 - 1 - 2e is e^2, and 0 when the product is
# rounded. One value for each family of kernels: channels, images, groups of one channel.
fused_that_ran <- function(dtype) {
  e <- if (dtype == "float64") 2^-30 else 2^-13
  one <- function(batch, channels, groups) {
    x <- array(1 + e, c(batch, groups, 3, 3))
    w <- array(1 + e, c(channels, 1, 1, 1))
    y <- nnf_conv2d(x, w, bias = rep(-1 - 2 * e, channels), groups = groups, dtype = dtype)
    if (all(y == e^2)) TRUE else if (all(y == 0)) FALSE else NA
  }
  c(channel = one(1, 20, 1), image = one(40, 3, 1), depthwise = one(1, 20, 20))
}

# Lanes of a set by its definition: vectors of 16, 32 and 64 bytes.
lanes_of_set <- function(set, dtype) {
  c(portable = 16, neon = 16, avx2 = 32, avx512 = 64)[[set]] / c(float64 = 8, float32 = 4)[[dtype]]
}

# One algorithm's result is the same on any number of threads; whether the automatic mode chooses it
# is the same for all instruction sets.
expect_same_choice <- function(m, x, algorithm) {
  for (dtype in names(tolerance)) {
    m$to(dtype)
    by_set <- list()
    for_each_simd(function(set) {
      alone <- with_threads(1, with_algorithm(algorithm, m(x)))
      for (threads in 2:4) {
        expect_identical(with_threads(threads, with_algorithm(algorithm, m(x))), alone)
      }
      by_set[[set]] <<- identical(with_algorithm("automatic", m(x)), alone)
    })
    expect_length(unique(by_set), 1L)
  }
}
