# Pictures: arrays of other packages, and the order of their axes.

#' Arrays of other packages
#'
#' `as_nchw()` turns an array of another package into the array `(N, C, H, W)`
#' that layers read, and `from_nchw()` turns such an array into one of another
#' package. The user says which axes there are, as a word of the letters N
#' (images), C (channels), H (height) and W (width).
#'
#' @param x For `as_nchw()`, an array or matrix of numbers, logicals or raw
#'   bytes, or an object that [as.array()] makes into one, such as a tensor of
#'   torch. For `from_nchw()`, an array `(N, C, H, W)` or `(C, H, W)`.
#' @param layout The axes of the other array, the first one first: the letters H
#'   and W and, where it has these axes, N and C, in any order, such as `"HWC"`.
#'   There is no default, as nothing in an array tells its height from its width.
#' @param range The two values that stand for black and white in the other array,
#'   where layers get 0 and 1.
#'
#' @section Formula:
#' With the index of each axis named by its letter, as in `layout = "HWC"`,
#' \deqn{y_{n,c,h,w} = (x_{h,w,c} - r_1) / (r_2 - r_1)}{
#'   y[n, c, h, w] = (x[h, w, c] - r[1]) / (r[2] - r[1])}
#' for `range` \eqn{r}, and back \eqn{x = r_1 + y (r_2 - r_1)}{x = r[1] + y *
#' (r[2] - r[1])}. Nothing is rounded or cut off. A letter that is not in
#' `layout` is an axis of one cell.
#'
#' @section Layouts:
#' | array | `layout` | `range` |
#' | --- | --- | --- |
#' | `png::readPNG()`, `jpeg::readJPEG()` in colour | `"HWC"` | `c(0, 1)` |
#' | the same of a grey picture, which is a matrix | `"HW"` | `c(0, 1)` |
#' | `magick::image_data()`: raw bytes | `"CWH"` | `c(0, 255)` |
#' | `as.integer()` of that | `"HWC"` | `c(0, 255)` |
#' | `imager::load.image()`; its depth or time axis counts images | `"WHNC"` | `c(0, 1)` |
#' | EBImage: grey, colour, colour in frames | `"WH"`, `"WHC"`, `"WHCN"` | `c(0, 1)` |
#' | keras, channels last | `"NHWC"` | as the model was trained |
#' | torch, also as tensors | `"NCHW"`, `"CHW"` | as the model was trained |
#'
#' In the other direction, `png::writePNG()` and `magick::image_read()` take
#' `"HWC"`, `imager::as.cimg()` takes `"WHNC"`. A fourth channel of a picture is
#' its opacity.
#'
#' @return `as_nchw()` a double array `(N, C, H, W)`, always with four axes.
#'   `from_nchw()` a double array with the axes of `layout`. Other attributes,
#'   such as classes, are dropped.
#'
#' @section Errors:
#' A classed [nnconv_error] when `layout` is missing, is no such word, or has
#' another number of letters than `x` has axes; when `x` has no numbers; when
#' `range` is not two finite numbers that differ; and in `from_nchw()` for
#' several images or channels without their letter; for a result beyond the memory, see
#' [nnconv_memory].
#'
#' @references The letters are those of PyTorch's and TensorFlow's documentation,
#'   "Channels last memory format in PyTorch",
#'   <https://docs.pytorch.org/tutorials/intermediate/memory_format_tutorial.html>.
#'
#' @seealso [predict()][predict.nnconv_module] for pictures that are too large
#'   for one call.
#'
#' @examples
#' picture <- array(c(0, 0.5, 1), c(2, 4, 3)) # as of png::readPNG(): height, width, channels
#' x <- as_nchw(picture, "HWC")
#' dim(x)
#' #> [1] 1 3 2 4
#' identical(from_nchw(x, "HWC"), picture)
#' #> [1] TRUE
#'
#' # Bytes, as of magick::image_data(): channels, width, height
#' bytes <- array(as.raw(0:23), c(3, 4, 2))
#' x <- as_nchw(bytes, "CWH", range = c(0, 255))
#' dim(x)
#' #> [1] 1 3 2 4
#' x[1, , 1, 1] * 255
#' #> [1] 0 1 2
#'
#' m <- nn_conv_transpose2d(3, 3, 4, stride = 2, padding = 1)
#' dim(from_nchw(m(x), "HWC"))
#' #> [1] 4 8 3
#' @export
as_nchw <- function(x, layout, range = c(0, 1)) {
  letters <- check_axes(layout)
  range <- check_range(range)
  x <- check_pixels(x)
  extents <- dim(x)
  if (length(extents) != length(letters)) {
    refuse(
      "layout", sprintf("one letter for each axis of `x`, which is %s", describe(x)),
      describe(layout), kind = "shape"
    )
  }
  permuted(x, axes_by_name(letters, extents, 1), axes_by_name(letters, steps_of(extents), 0),
           range, c(0, 1))
}

#' @rdname as_nchw
#' @export
from_nchw <- function(x, layout, range = c(0, 1)) {
  letters <- check_axes(layout)
  range <- check_range(range)
  x <- check_numeric(x, "x")
  check_image_shape(x, NULL, "x")
  extents <- image_shape(dim(x))
  names(extents) <- axis_letters
  lost <- setdiff(axis_letters[extents != 1], letters)
  if (length(lost)) {
    refuse(
      "layout", sprintf("one with %s, as `x` is [%s]", toString(lost), toString(dim(x))),
      describe(layout), kind = "shape"
    )
  }
  steps <- stats::setNames(steps_of(extents), axis_letters)
  permuted(x, extents[letters], steps[letters], c(0, 1), range)
}

permuted <- function(x, shape, steps, from_range, to_range) {
  check_memory(8 * prod(shape), "x", result_in_words(shape))
  r_permute(x, shape, steps, from_range, to_range)
}

axis_letters <- c("N", "C", "H", "W")

# Values of the axes that `letters` name, in the order N, C, H, W.
axes_by_name <- function(letters, values, otherwise) {
  all <- as.double(values)[match(axis_letters, letters)]
  replace(all, is.na(all), otherwise)
}

# The distance of neighbours on each axis.
steps_of <- function(extents) cumprod(c(1, as.double(extents)))[seq_along(extents)]

# The letters of a layout.
check_axes <- function(layout) {
  allowed <- paste(
    "a word of the letters H, W and, where there are such axes, N and C, each once, such as",
    "\"HWC\" (png, jpeg), \"HW\" (the same in grey), \"CWH\" (magick), \"WHNC\" (imager),",
    "\"WHC\" (EBImage), \"NHWC\" (keras) or \"NCHW\" (torch)"
  )
  if (missing(layout)) {
    refuse("layout", allowed, "missing")
  }
  layout <- check_type(layout, "layout", allowed, is.character)
  is_word <- length(layout) == 1L && !is.na(layout) && validUTF8(layout)
  letters <- if (is_word) strsplit(layout, "")[[1L]]
  if (anyDuplicated(letters) || !all(letters %in% axis_letters) || !all(c("H", "W") %in% letters)) {
    refuse("layout", allowed, describe(layout))
  }
  letters
}

check_range <- function(range) {
  range <- check_real(range, "range", count = 2L)
  if (range[1L] == range[2L]) {
    refuse("range", "two numbers that differ, for black and white", describe(range))
  }
  range
}

# An array of numbers, of any type that src/r_box.cpp reads.
check_pixels <- function(x) {
  if (is.object(x) && !is.atomic(x)) x <- tryCatch(as.array(x), error = function(e) x)
  check_type(x, "x", "an array of numbers, logicals or raw bytes", function(x) {
    is_array_type(x) || is.raw(x)
  })
}
