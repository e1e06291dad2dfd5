# Predict: applies a module to more data than fits into memory at once.

#' Apply a module to many or large pictures
#'
#' Applies a module to an array part by part, so that little memory is needed besides the
#' input and the result. `batch_size` processes a few images at a time, and `tile` cuts
#' pictures into pieces. Without either, `predict(m, x)` is `m(x)`; with them, the result
#' is the same up to rounding.
#'
#' @param object A layer, activation or chain.
#' @param newdata An input array `(N, C, H, W)` or `(C, H, W)`.
#' @param ... For a transposed layer, `output_size`.
#' @param batch_size Number of images to process at a time, or `NULL` for all.
#' @param tile Size of the pieces in input cells, one whole number or two,
#'   `c(height, width)`; or `NULL` for whole pictures. Each piece computes its share of the
#'   result. Besides its own cells, it reads a margin as wide as the kernels reach.
#' @param progress `TRUE` to show a progress bar on the standard error.
#'
#' @details
#' Kernels reach across the cuts between pieces. The kernels, strides, dilations and
#' paddings of all layers determine which input cells a piece of the result depends on, and
#' `predict()` reads exactly these. It pads nothing inside the picture; at the border, each
#' layer pads as in the whole picture. Pieces are never blended.
#'
#' A module is a function of an array, so that `purrr::map(pictures, m)` applies it to each element
#' of a list, and `mirai::mirai_map(pictures, m)[]` does so in worker processes.
#' `vignette("many-machines")` shares the work among several machines.
#'
#' @section Formula and units:
#' In a chain of convolutions with stride 1, kernel sizes \eqn{k_i} and dilations
#' \eqn{d_i}, each piece has a margin on each side of
#' \deqn{m = \frac{1}{2} \sum_i d_i (k_i - 1)}{m = sum(d * (k - 1)) / 2}
#' cells. A piece of \eqn{t} by \eqn{t} cells takes \eqn{(1 + 2 m / t)^2} times the work of
#' its share. The result of a layer with \eqn{C} channels takes \eqn{8 C (t + 2 m)^2} bytes,
#' and several such results are in memory at a time. Pieces of about 500 cells waste little
#' work; with 20 channels, they take up to about 500 megabytes.
#'
#' With `options(nnconv.algorithm = "direct")`, the result is identical to `m(x)` bit for
#' bit. The only exception is the one that [nn_info()] describes, for single images and
#' layers of one to three channels. It affects a `batch_size` that leaves one image alone,
#' but no `tile`. With other settings, fast algorithms may be chosen for other cells. The
#' results then differ by the error of these algorithms, at most 1e-12 (float64) or 5e-5
#' (float32) of the largest value of each layer's result.
#'
#' @return The double array that `object(newdata, ...)` returns.
#'
#' @section Errors:
#' Signals a classed [nnconv_error] if `batch_size` or `tile` does not consist of whole
#' numbers of at least 1, if `progress` is neither `TRUE` nor `FALSE`, if `tile` is used for
#' layers whose `padding_mode` is `"circular"` (their border shows the far end of the
#' picture), if either cuts the batch of an [nn_batch_norm2d()] that takes its statistics
#' from it, and for everything that `object()` refuses. A result that exceeds the memory is
#' refused before the first part is computed; see [nnconv_memory]. An interrupt ends the
#' call within a fraction of a second.
#'
#' @references Sizes and receptive fields: Araujo, Norris and Sim (2019),
#'   *Computing receptive fields of convolutional neural networks*,
#'   \doi{10.23915/distill.00021}.
#'
#' @seealso [as_nchw()] for pictures of other packages.
#'
#' @examples
#' set.seed(1)
#' net <- nn_sequential(
#'   nn_conv2d(1, 8, 3, padding = 1, padding_mode = "reflect"),
#'   nn_relu(),
#'   nn_conv_transpose2d(8, 1, 4, stride = 2, padding = 1)
#' )
#' x <- array(runif(200 * 300), c(1, 1, 200, 300))
#' y <- predict(net, x, tile = 64)
#' dim(y)
#' #> [1]   1   1 400 600
#' all.equal(y, net(x), tolerance = 1e-12)
#' #> [1] TRUE
#'
#' options(nnconv.algorithm = "direct")
#' identical(predict(net, x, tile = c(50, 100)), net(x))
#' #> [1] TRUE
#' options(nnconv.algorithm = NULL)
#'
#' x <- array(runif(10 * 32 * 32), c(10, 1, 32, 32))
#' all.equal(predict(net, x, batch_size = 4), net(x), tolerance = 1e-12)
#' #> [1] TRUE
#' @importFrom stats predict
#' @export
predict.nnconv_module <- function(object, newdata, ..., batch_size = NULL, tile = NULL,
                                  progress = interactive()) {
  progress <- check_flag(progress, "progress")
  if (!is.null(batch_size)) batch_size <- check_count(batch_size, "batch_size")
  if (!is.null(tile)) tile <- check_pair(tile, "tile", 1)
  if (is.null(batch_size) && is.null(tile)) {
    return(object(newdata, ...))
  }
  steps <- module_steps(object)
  check_states(steps$states)
  if (!is.null(tile)) check_can_be_tiled(steps$states)
  is_1d <- axes_of(steps$states) == 1L
  newdata <- check_newdata(newdata, steps$states, is_1d)
  shapes <- predicted_shapes(object, newdata, ...)
  if (is_1d) {
    steps$states <- lapply(steps$states, function(state) kind_of(state)$in_images(state))
    steps$axes <- 2L
    newdata <- lifted(newdata)
    shapes <- lapply(shapes, lifted_shape)
  }
  shapes <- lapply(shapes, image_shape)
  for (shape in shapes) check_parts(shape, shapes[[1L]])
  images <- cut_axis(shapes[[1L]][1L], if (is.null(batch_size)) Inf else batch_size)
  if (length(images) > 1L) check_can_be_batched(steps$states)
  batched <- length(dim(newdata)) == 4L
  to <- shapes[[length(shapes)]]
  check_memory(8 * prod(to), "newdata", result_in_words(to, batched))
  result <- if (is.null(tile)) {
    sized <- if (!is.null(asked_size(...))) to[3:4]
    run <- function(x) run_steps(steps, x, sized)
    predict_batches(run, newdata, shapes, images, progress)
  } else {
    predict_parts(steps, newdata, shapes, images, tile_parts(steps, shapes, tile), progress)
  }
  if (!batched) dim(result) <- dim(result)[-1L]
  if (is_1d) lowered(result) else result
}

# Calls `run` with batches; `images` holds each one's first image (from 0) and number of images.
predict_batches <- function(run, x, shapes, images, progress) {
  from <- shapes[[1L]]
  to <- shapes[[length(shapes)]]
  result <- r_allocate(to)
  finish <- finish_parts(progress, length(images), most_garbage_of_batches)
  on.exit(finish(NULL))
  elements <- sum(vapply(shapes, function(shape) prod(shape[-1L]), 0))
  for (image in images) {
    values <- run(r_take(x, from, c(image[1L], 0, 0, 0), c(image[2L], from[-1L])))
    counts <- c(image[2L], to[-1L])
    check_parts(as.double(dim(values)), counts, counts)
    r_put(result, to, c(image[1L], 0, 0, 0), counts, values)
    values <- NULL
    finish(image[2L] * elements)
  }
  result
}

# The same tile by tile; `parts` comes from R/predict-tiles.R.
predict_parts <- function(steps, x, shapes, images, parts, progress) {
  from <- shapes[[1L]]
  to <- shapes[[length(shapes)]]
  result <- r_allocate(to)
  finish <- finish_parts(progress, length(images) * length(parts), most_garbage_of_tiles)
  on.exit(finish(NULL))
  for (part in parts) {
    windows <- tile_windows(steps, shapes, part)
    source <- windows[[1L]]$given
    for (image in images) {
      made <- run_tile(steps, windows, r_take(
        x, from, c(image[1L], 0, source[1:2]), c(image[2L], from[2L], source[3:4])
      ))
      counts <- c(image[2L], to[2L], part[3:4])
      check_parts(as.double(dim(made$result)), counts, counts)
      r_put(result, to, c(image[1L], 0, part[1:2]), counts, made$result)
      elements <- made$elements
      made <- NULL
      finish(elements)
    }
  }
  result
}

# Returns a function to call after each of `count` parts, with the elements that it has left behind,
# and with NULL at the end. It shows how many are done, and lets R collect garbage: next to a large
# result, R would let the intermediate results of many parts accumulate.
finish_parts <- function(progress, count, most_garbage) {
  show <- progress_bar(progress, count)
  done <- garbage <- 0
  function(elements) {
    if (is.null(elements)) {
      return(show(NULL))
    }
    garbage <<- garbage + 8 * elements
    if (garbage > most_garbage) {
      gc(full = FALSE)
      garbage <<- 0
    }
    done <<- done + 1
    show(done)
  }
}

# Bytes of garbage tolerated before a collection, which takes milliseconds. Batches may be small and
# take less.
most_garbage_of_tiles <- 2^21
most_garbage_of_batches <- 2^25

# Refuses what depends on all images of a batch, such as its mean.
check_can_be_batched <- function(states) {
  for (state in states) {
    refusal <- kind_of(state)$not_batched(state)
    if (!is.null(refusal)) {
      refuse(
        "batch_size", refusal$allowed, "fewer images than there are", because = refusal$because
      )
    }
  }
}

# Refuses what a user's function may make of images: no images, others, or not as many.
check_parts <- function(shape, from, to = shape) {
  if (length(shape) != 4L || shape[1L] != from[1L] || !identical(shape, to)) {
    refuse(
      "object", "a module that makes one image of each image, to predict in parts",
      sprintf("one that makes [%s] of [%s]", toString(in_full(shape)), toString(in_full(from))),
      kind = "shape"
    )
  }
}

asked_size <- function(output_size = NULL) output_size

# Returns the shapes of the input and of what each step makes.
predicted_shapes <- function(object, newdata, output_size = NULL) {
  if (!is.null(output_size) && !kind_of(environment(object))$takes_size) {
    refuse("output_size", "left out for all but a transposed layer", describe(output_size))
  }
  shapes_through(object, dim(newdata), output_size, "newdata")
}

# Checks `newdata` without converting it, as the parts are converted one by one.
check_newdata <- function(x, states, is_1d) {
  numbers <- check_array(x, "newdata")
  check <- if (is_1d) check_sequence_shape else check_image_shape
  check(numbers, channels_read(states), "newdata")
  numbers
}

# The channels that the first step reads that tells them; NULL if one before it changes them.
channels_read <- function(states) {
  for (state in states) {
    kind <- kind_of(state)
    channels <- kind$in_channels(state$config)
    if (!is.null(channels) || is_skip(state) || !passes_channels(state)) {
      return(channels)
    }
  }
}

# Returns a function that shows how many of `count` parts are done; call it with NULL to finish.
progress_bar <- function(show, count) {
  if (!show || count < 2) {
    return(function(done) NULL)
  }
  bar <- utils::txtProgressBar(max = count, style = 3, file = stderr())
  function(done) if (is.null(done)) close(bar) else utils::setTxtProgressBar(bar, done)
}
