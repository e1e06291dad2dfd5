# Engine: the settings of the computation: instruction set, number of threads, algorithm.

#' Threads, instruction sets and algorithms
#'
#' `nn_threads()` gets or sets the number of threads that a call of a layer may
#' use, `nn_simd()` the instruction set of the processor; the option
#' `nnconv.algorithm` refuses fast algorithms. `nn_info()` reports all of them
#' and what the package was built with.
#'
#' @param n Number of threads, a whole number; 0 goes back to the default.
#' @param set Name of an instruction set, one of `nn_info()$available`.
#'
#' @details
#' The default number of threads is half of the processors, at most what the
#' environment variables `OMP_NUM_THREADS` and `OMP_THREAD_LIMIT` and the quota
#' of a container allow; it can be set to at most twice the processors, or 8 where
#' these are few. Small calls stay on one thread, and so does a process that was
#' forked, as by `parallel::mclapply()`. Where the system refuses a thread, those
#' that there are do its work. Workers that are sessions of their own (a cluster of
#' the package parallel, future, mirai) know nothing of each other: call
#' `nn_threads(1)` in each of them. `vignette("many-machines")` says when threads
#' and when processes are faster.
#'
#' The best instruction set that the processor has is used: `"avx512"`,
#' `"avx2"` (with FMA), or `"portable"`, which every machine has. A lower one is
#' chosen by `nn_simd()`, or by the environment variable `NNCONV_SIMD` when the
#' package is loaded.
#'
#' @section Fast algorithms:
#' Layers with many channels whose kernel has two or three taps on an axis, or as
#' many in each phase of the stride, take 1.6 to 4 times fewer products by the
#' method of Cook and Toom, known in two dimensions as Winograd's: a block of 4
#' cells of the result is \eqn{y = A ((G w) \cdot (B x))}{y = A ((G w) * (B x))} with
#' fixed matrices \eqn{A}, \eqn{G}, \eqn{B}, one product for each of the 5 or 6 rows of
#' \eqn{B}. It is chosen where a cost model expects it to be faster, which depends on
#' the sizes of the whole batch. In float32, transposed layers with at most four
#' channels in the result compute all phases of the stride together, filled up with
#' weights of 0.
#'
#' A transposed layer whose kernel or stride is large, whose images are small or whose
#' result has few channels may multiply the weights of all taps by each column of the
#' input at once, and then add the products to the columns of the result that the taps
#' lead to, which is known as GEMM and col2im. It takes the products of the definition and
#' no others, so that its precision is that of the direct algorithm; its sums are in
#' another order. So may the gradient of a convolution by its input.
#'
#' `options(nnconv.algorithm = "direct")` refuses all of them,
#' `"transforms"` takes those of the first paragraph and `"col2im"` that of the second
#' wherever they are possible, which is for tests, and `"automatic"` is the default.
#'
#' The transforms round otherwise: results differ from the definition's by at most 1e-12
#' (float64) or 5e-5 (float32) of the largest value of the result, as long as
#' that value is not itself the small difference of large products; 2e-14 and 1e-5
#' are usual, against 1e-15 and 2e-6 of the direct way. Small values
#' beside large ones lose relative accuracy. A call with a `NaN`, an infinite or a
#' huge number (above 1e140, or 1e15 in float32) in its input or weights takes
#' the direct way, so that these spread no further than the definition says. Cells
#' that no tap reaches hold their bias exactly in every way.
#'
#' @section Precision:
#' With \eqn{\epsilon}{eps} the distance from 1 to the next number (2.2e-16 in float64,
#' 1.2e-7 in float32), an element that is a sum of \eqn{n} products \eqn{x w} differs
#' from the exact sum by at most \eqn{n \epsilon \sum |x w|}{n eps sum |x w|} with the
#' direct algorithm, in any order of summation. In float32, at most 255 products are
#' added up in single precision and these sums in double, so that it differs by at most
#' \eqn{128 \epsilon \sum |x w|}{128 eps sum |x w|}, whatever the numbers are and however
#' long the sum is; the gradient of the weights by a large picture is such a sum. Equal
#' numbers reached 24 of these units (\eqn{\epsilon \sum |x w|}{eps sum |x w|}), pictures
#' 32, and noise 3. In both types, layers of random numbers with random signs stayed within
#' \eqn{2 \sqrt{n} \epsilon \sum |x w|}{2 sqrt(n) eps sum |x w|}; equal numbers and
#' pictures, whose errors do not cancel, may exceed that.
#'
#' The fast algorithms stayed within \eqn{20 \sqrt{n} \epsilon}{20 sqrt(n) eps} times the
#' largest \eqn{\sum |x w|}{sum |x w|} of all elements over 10,000 random layers of each
#' type (constant, positive, smooth, and with random signs), where no product was much
#' larger than the others. With single large numbers, which may meet their weight in a cell
#' that padding crops and no sum counts, they stayed within \eqn{5 \sqrt{n} \epsilon \, n
#' \max |x| \max |w|}{5 sqrt(n) eps n max |x| max |w|}. In float32,
#' \eqn{x} and \eqn{w} are the given numbers rounded to float32, and those above 3.4e38
#' are infinite.
#'
#' Products and sums that overflow are infinite. Where such products of finite
#' numbers meet an infinite value of the other sign in one sum, it depends on the
#' instruction set whether that is infinite or `NaN`, as fused multiply-adds do not
#' round the product.
#'
#' @section Formula and units:
#' Results are the same bit for bit for any number of threads, and with `"avx2"`
#' and `"avx512"`, which sum in the same order with fused multiply-adds.
#' `"portable"` rounds each product on most machines and differs in the last
#' digits. With the direct algorithm they are also the same for an image alone
#' and in a batch, but for one case: a group of one to three channels, computed
#' from many channels of a single image, is summed in parts, one for each lane of
#' a vector, and differs in the last digits from the same image in a batch and
#' between instruction sets.
#'
#' @return `nn_threads()` and `nn_simd()` return the present value; when they set
#'   one, the previous value, invisibly. `nn_info()` returns a list of class
#'   `nnconv_info` with `version`, `simd`, `available`, `threads`,
#'   `most_threads`, `algorithm`, `compiler` and `eigen`.
#'
#' @section Errors:
#' A classed [nnconv_error] when `n` is not a whole number from 0, or `set` is
#' not a set that this processor has; at every call of a layer when the option
#' `nnconv.algorithm` is none of those four. With a wrong name in `NNCONV_SIMD`, the
#' package does not load.
#'
#' @references The environment variables are those of OpenMP Architecture Review
#'   Board (2015), *OpenMP Application Programming Interface*, version 4.5, section 4.
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
#' # The fast algorithm and the definition's products
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
  r_set_thread_count(check_whole(n, "n", 0, 1L, "one whole number"))
  invisible(before)
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
    c("automatic", "direct", "transforms", "col2im")
  )
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
