# Engine: the settings of the computation: instruction set, number of threads, algorithm.

#' Threads, instruction sets and algorithms
#'
#' `nn_threads()` gets or sets the number of threads that a layer's call may use, and
#' `nn_simd()` gets or sets the instruction set. The option `nnconv.algorithm` can switch
#' fast algorithms off. `nn_info()` reports all of these and how the package was built.
#'
#' @param n Number of threads, a whole number; 0 restores the default.
#' @param set Name of an instruction set, one of `nn_info()$available`.
#'
#' @details
#' By default, a call uses half as many threads as there are processors. The environment
#' variables `OMP_NUM_THREADS` and `OMP_THREAD_LIMIT` and a container's quota can lower
#' this number. The upper limit is twice the number of processors, or 8 if that is more.
#' Small calls use one thread, and so do forked processes, such as those of
#' `parallel::mclapply()`. Threads begin with the first call that needs them, sleep between
#' calls and end when the package is unloaded. If the system refuses a thread, the existing
#' ones do its work.
#' Worker processes do not know of each other, and would compete for the processors. The
#' default in a session that began as a worker of the packages parallel, future, mirai, crew
#' or clustermq is therefore one thread. Call `nn_threads(1)` in sessions that other programs
#' begin side by side, and `nn_threads(n)` in workers that have several processors each.
#' `vignette("many-machines")` explains when threads are faster and when processes are.
#'
#' The package uses the best instruction set of the processor: `"avx512"` or `"avx2"` (with
#' FMA) on x86-64, `"neon"` on 64-bit ARM, or `"portable"`, which every machine supports. To
#' choose a lower one, call `nn_simd()`, or set the environment variable `NNCONV_SIMD`
#' before the package is loaded.
#'
#' @section Fast algorithms:
#' Layers with many channels can save a factor of 1.6 to 4 in products by the method of
#' Cook and Toom, known in two dimensions as Winograd's. It applies if the kernel, or each
#' phase of the stride, has two or three taps on an axis. A block of 4 result cells is
#' \eqn{y = A ((G w) \cdot (B x))}{y = A ((G w) * (B x))} with fixed matrices \eqn{A},
#' \eqn{G} and \eqn{B}, which takes one product for each of the 5 or 6 rows of \eqn{B}. A
#' cost model chooses this algorithm where it expects a gain; the choice depends on the
#' sizes of the whole batch.
#'
#' A transposed layer with a large kernel or stride, small images or few result channels
#' may use the algorithm known as GEMM and col2im. It multiplies the weights of all taps
#' by each column of the input at once and adds the products to the result columns that
#' the taps lead to. It takes exactly the products of the definition, so it is as precise
#' as the direct algorithm, but it sums them in another order. The input gradient of a
#' convolution can use it too.
#'
#' Where a kernel is large beside its image, most cells lie at a border and have taps of
#' their own. The input is then copied with zeros around it, or with the cells that
#' `padding_mode` shows, so that all cells have the same taps. The sums are those of the
#' direct algorithm in the same order, with products by 0 among them.
#'
#' Where there are too few channels to fill the vectors of the processor, parts of the
#' input are copied so that neighbouring cells of a channel lie side by side, and fill them.
#' The phases of a transposed layer can then be computed together (Shi et al., 2016). The
#' sums are again those of the direct algorithm in the same order, with products by 0
#' among them.
#'
#' `options(nnconv.algorithm = "direct")` switches all of these off. For tests,
#' `"transforms"`, `"col2im"`, `"padded"` and `"planes"` use the algorithms of these
#' paragraphs wherever they are possible. The default is `"automatic"`.
#'
#' The transforms round differently. Results differ from the definition's by at most 1e-12
#' (float64) or 5e-5 (float32) of the largest value of the result, as long as that value
#' is not itself a small difference of large products. Errors of 2e-14 and 1e-5 are usual,
#' against 1e-15 and 2e-6 for the direct algorithm. Small values beside large ones lose
#' relative accuracy. A call whose input or weights contain a `NaN`, an infinite or a huge
#' number (above 1e140, or 1e15 in float32) uses the direct algorithm, so these values
#' spread no further than the definition says. Cells that no tap reaches hold exactly
#' their bias with every algorithm.
#'
#' @section Precision:
#' Let \eqn{\epsilon}{eps} be the distance from 1 to the next number (2.2e-16 in float64,
#' 1.2e-7 in float32), and let an element be a sum of \eqn{n} products \eqn{x w}. With the
#' direct algorithm, the element differs from the exact sum by at most
#' \eqn{n \epsilon \sum |x w|}{n eps sum |x w|}, in any order of summation. In float32,
#' at most 255 products are added in single precision and these partial sums in double
#' precision. The error is therefore at most
#' \eqn{128 \epsilon \sum |x w|}{128 eps sum |x w|}, whatever the numbers and however long
#' the sum; the weight gradient of a large picture is such a sum. In units of
#' \eqn{\epsilon \sum |x w|}{eps sum |x w|}, the largest errors observed were 24 for equal
#' numbers, 32 for pictures and 3 for noise. In both types, layers of random numbers with
#' random signs stayed within
#' \eqn{2 \sqrt{n} \epsilon \sum |x w|}{2 sqrt(n) eps sum |x w|}. Equal numbers and
#' pictures, whose errors do not cancel, may exceed this.
#'
#' The fast algorithms were tested on 10,000 random layers of each type (constant,
#' positive, smooth, and with random signs) in which no product was much larger than the
#' others. They stayed within \eqn{20 \sqrt{n} \epsilon}{20 sqrt(n) eps} times the largest
#' \eqn{\sum |x w|}{sum |x w|} of all elements. With single large numbers, they stayed
#' within \eqn{5 \sqrt{n} \epsilon \, n \max |x| \max |w|}{5 sqrt(n) eps n max |x| max |w|};
#' such a number may meet its weight in a cell that padding crops and that no sum
#' counts. In float32, \eqn{x} and \eqn{w} are the given numbers rounded to float32;
#' numbers above 3.4e38 become infinite.
#'
#' Products and sums that overflow are infinite. If an overflowing product of finite
#' numbers meets an infinite value of the opposite sign in one sum, the result is infinite
#' or `NaN` depending on the instruction set, because fused multiply-adds do not round the
#' product.
#'
#' @section Formula and units:
#' Results are identical bit for bit for any number of threads. They are also identical
#' with `"avx2"`, `"avx512"` and `"neon"`, which sum in the same order with fused
#' multiply-adds. `"portable"` rounds each product on most machines, so its last digits
#' differ.
#'
#' With the direct algorithm, an image also gives identical results alone and in a batch,
#' with one exception. A group of one to three channels that is computed from many
#' channels of a single image is summed in parts, one for each lane of a vector. Its last
#' digits differ from those in a batch, and between instruction sets.
#'
#' @section Kept weights:
#' For one small image, rearranging the weights takes longer than multiplying by them. If a
#' layer of many weights and few cells is called again with the same weights, their
#' rearranged copy is therefore kept from call to call. All such copies together take at
#' most 64 megabytes, and what has not been used for a while makes room for others. The
#' results are the same bit for bit. A change of the weights in R is noticed; code in C or
#' C++ must not change them in place. `options(nnconv.keep_weights = FALSE)` switches this
#' off, and the next call of such a layer frees the memory.
#'
#' @return `nn_threads()` and `nn_simd()` return the current value or, if they set a new
#'   one, the previous value, invisibly. `nn_info()` returns a list of class `nnconv_info`
#'   with the entries `version`, `simd`, `available`, `threads`, `most_threads`,
#'   `algorithm`, `compiler` and `eigen`.
#'
#' @section Errors:
#' Signals a classed [nnconv_error] if `n` is not a whole number of at least 0, or `set`
#' is not an instruction set of this processor. Every call of a layer signals one if the
#' option `nnconv.algorithm` is none of the five values, and those of layers of many weights
#' if `nnconv.keep_weights` is neither `TRUE` nor `FALSE`. The package does not load if
#' `NNCONV_SIMD` contains an unknown name.
#'
#' @references Environment variables: OpenMP Architecture Review Board (2015), *OpenMP
#'   Application Programming Interface*, version 4.5, section 4.
#'
#' Precision: Higham (2002), *Accuracy and Stability of Numerical Algorithms*, 2nd
#' edition, section 3.1, \doi{10.1137/1.9780898718027}.
#'
#' Fast algorithms: Winograd (1980), *Arithmetic complexity of computations*,
#' \doi{10.1137/1.9781611970364}; Lavin and Gray (2016), *Fast algorithms for
#' convolutional neural networks*, <https://arxiv.org/abs/1509.09308>; Jia et al. (2014),
#' *Caffe*, <https://arxiv.org/abs/1408.5093> (col2im); the points
#' 0, 1, -1, 1/2, -2 after Barabasz, Anderson, Soodhalter and Gregg (2020),
#' \doi{10.1145/3412380}.
#'
#' @examples
#' "portable" %in% nn_info()$available
#' #> [1] TRUE
#' before <- nn_threads(1)
#' nn_threads()
#' #> [1] 1
#' nn_threads(before)
#'
#' m <- nn_conv2d(8, 8, 3)
#' x <- array(rnorm(8 * 30 * 30), c(8, 30, 30))
#' best <- m(x)
#' previous <- nn_simd("portable")
#' all.equal(m(x), best)
#' #> [1] TRUE
#' nn_simd(previous)
#'
#' # The fast algorithm agrees with the direct one
#' m <- nn_conv2d(64, 64, 3, padding = 1)
#' x <- array(runif(64 * 40 * 40), c(64, 40, 40))
#' fast <- m(x)
#' options(nnconv.algorithm = "direct")
#' max(abs(m(x) - fast)) / max(abs(fast)) < 1e-12
#' #> [1] TRUE
#' options(nnconv.algorithm = NULL)
#' @export
nn_info <- function() {
  build <- r_build()
  structure(
    list(
      version = as.character(utils::packageVersion("nnconv")),
      simd = r_current_simd(), available = r_available_simd(),
      threads = r_thread_count(), most_threads = r_most_threads(),
      algorithm = algorithm(), compiler = build$compiler, eigen = build$eigen
    ),
    class = "nnconv_info"
  )
}

#' @rdname nn_info
#' @export
nn_threads <- function(n) {
  before <- r_thread_count()
  if (missing(n)) {
    return(before)
  }
  n <- check_whole(n, "n", 0, 1L, "one whole number")
  r_set_thread_count(if (n == 0) default_threads() else n)
  invisible(before)
}

# 0 leaves it to the core.
default_threads <- function() if (is_worker()) 1 else 0

# Tells whether the command that began this session makes it a worker, one of several as a rule.
is_worker <- function(command = commandArgs()) {
  any(grepl(
    "[.](work|slave)RSOCK\\b|mirai::daemon\\(|crew::crew_worker\\(|clustermq:::worker\\(", command
  ))
}

#' @rdname nn_info
#' @export
nn_simd <- function(set) {
  before <- r_current_simd()
  if (missing(set)) {
    return(before)
  }
  r_choose_simd(check_choice(set, "set", r_available_simd()))
  invisible(before)
}

algorithm <- function() {
  check_choice(
    getOption("nnconv.algorithm", "automatic"), "nnconv.algorithm",
    c("automatic", "direct", "transforms", "col2im", "padded", "planes")
  )
}

# Whether packed weights are kept; the core asks if the option is no flag.
keeps_weights <- function() {
  check_flag(getOption("nnconv.keep_weights", TRUE), "nnconv.keep_weights")
}

#' @export
print.nnconv_info <- function(x, ...) {
  cat("nnconv", x$version, "\n")
  cat("instruction set:", x$simd, sprintf("(of %s)\n", toString(x$available)))
  cat("threads:        ", x$threads, "\n")
  cat("algorithm:      ", x$algorithm, "\n")
  cat("compiler:       ", x$compiler, "\n")
  cat("Eigen:          ", x$eigen, "\n")
  invisible(x)
}

# Selects the instruction set that the environment variable names.
choose_simd_at_load <- function() {
  wanted <- Sys.getenv("NNCONV_SIMD")
  if (nzchar(wanted)) r_choose_simd(check_choice(wanted, "NNCONV_SIMD", r_available_simd()))
}
