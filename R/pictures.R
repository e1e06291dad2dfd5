# Pictures: converts other packages' pictures and arrays, whose axes come in other orders.

#' Convert pictures of other packages
#'
#' `as_nchw()` converts an array of another package into the array `(N, C, H, W)` that
#' layers read. `from_nchw()` converts such an array back. You name the axes of the other
#' array by a word of the letters N (images), C (channels), H (height) and W (width).
#'
#' @param x For `as_nchw()`: an array or matrix of numbers, logicals or raw bytes, an object
#'   that [as.array()] converts into one, such as a tensor of torch, or a raster of colours
#'   (`nativeRaster`, [as.raster()]). For `from_nchw()`: an array `(N, C, H, W)` or
#'   `(C, H, W)`.
#' @param layout Axes of the other array in their order: the letters H and W and, if the
#'   array has these axes, N and C, such as `"HWC"`. There is no default, because an array
#'   does not tell its height from its width.
#' @param range The two values for black and white in the other array; layers get 0 and 1.
#'   The default of `as_nchw()` is `c(0, 255)` for raw bytes and rasters, and `c(0, 1)` for
#'   numbers, even whole ones.
#'
#' @section Formula:
#' Let \eqn{r} be the `range`, and name the index of each axis by its letter. For
#' `layout = "HWC"`,
#' \deqn{y_{n,c,h,w} = (x_{h,w,c} - r_1) / (r_2 - r_1)}{
#'   y[n, c, h, w] = (x[h, w, c] - r[1]) / (r[2] - r[1])}
#' and back \eqn{x = r_1 + y (r_2 - r_1)}{x = r[1] + y * (r[2] - r[1])}. Nothing is rounded
#' or clipped. A letter that is not in `layout` stands for an axis with one cell.
#'
#' @section Layouts:
#' | array | `layout` | `range` |
#' | --- | --- | --- |
#' | `png::readPNG()`, `jpeg::readJPEG()` in colour | `"HWC"` | `c(0, 1)` |
#' | the same functions for a grey picture, a matrix | `"HW"` | `c(0, 1)` |
#' | `readPNG()`, `readJPEG()` and `dev.capture()` with `native = TRUE` | `"HW"` | the default |
#' | `as.raster()`: names of colours | `"HW"` | the default |
#' | `magick::image_data()`: raw bytes | `"CWH"` | the default |
#' | `as.integer(magick::image_data())` | `"HWC"` | `c(0, 255)` |
#' | `imager::load.image()`, whose depth or time axis counts images | `"WHNC"` | `c(0, 1)` |
#' | EBImage: grey, colour, colour in frames | `"WH"`, `"WHC"`, `"WHCN"` | `c(0, 1)` |
#' | keras, channels last | `"NHWC"` | as the model was trained |
#' | torch, also as tensors | `"NCHW"`, `"CHW"` | as the model was trained |
#'
#' In the other direction, `png::writePNG()` and `magick::image_read()` take `"HWC"`, and
#' `imager::as.cimg()` takes `"WHNC"`. A picture's fourth channel is its opacity.
#'
#' A raster of colours is a matrix, height by width, that packs a whole colour into each
#' element. `as_nchw()` always unpacks it into four channels of bytes from 0 to 255: red,
#' green, blue and opacity. Its layout is always `"HW"`. `x[, 1:3, , , drop = FALSE]` keeps
#' the colours alone.
#'
#' @return `as_nchw()` returns a double array `(N, C, H, W)`, always with four axes.
#'   `from_nchw()` returns a double array with the axes of `layout`. Other attributes, such
#'   as classes, are dropped.
#'
#' @section Errors:
#' Signals a classed [nnconv_error] if `layout` is missing, is not such a word, does not have
#' one letter per axis of `x`, or is not `"HW"` for a raster of colours; if `x` contains no
#' numbers, or a raster no colours; and if `range` is not two different finite numbers.
#' `from_nchw()` also refuses several images or channels if their letter is missing. If
#' memory is short, see [nnconv_memory].
#'
#' @references The letters follow the documentation of PyTorch and TensorFlow; see "Channels
#'   last memory format in PyTorch",
#'   <https://docs.pytorch.org/tutorials/intermediate/memory_format_tutorial.html>.
#'
#' @seealso [predict()][predict.nnconv_module] for pictures that are too large
#'   for one call.
#'
#' @examples
#' picture <- array(c(0, 0.5, 1), c(2, 4, 3)) # like png::readPNG(): height, width, channels
#' x <- as_nchw(picture, "HWC")
#' dim(x)
#' #> [1] 1 3 2 4
#' identical(from_nchw(x, "HWC"), picture)
#' #> [1] TRUE
#'
#' # Bytes like those of magick::image_data(): channels, width, height
#' bytes <- array(as.raw(0:23), c(3, 4, 2))
#' x <- as_nchw(bytes, "CWH")
#' dim(x)
#' #> [1] 1 3 2 4
#' x[1, , 1, 1] * 255
#' #> [1] 0 1 2
#'
#' # A raster of colours
#' flag <- as.raster(matrix(c("blue", "white", "#FF000080"), 1, 3))
#' as_nchw(flag, "HW")[1, , 1, ] # red, green, blue, opacity
#' #>      [,1] [,2]      [,3]
#' #> [1,]    0    1 1.0000000
#' #> [2,]    0    1 0.0000000
#' #> [3,]    1    1 0.0000000
#' #> [4,]    1    1 0.5019608
#'
#' m <- nn_conv_transpose2d(3, 3, 4, stride = 2, padding = 1)
#' dim(from_nchw(m(x), "HWC"))
#' #> [1] 4 8 3
#' @export
as_nchw <- function(x, layout, range = if (is.raw(x)) c(0, 255) else c(0, 1)) {
  letters <- check_axes(layout)
  if (is_colours(x)) {
    x <- unpack_colours(x, letters)
    letters <- c("C", "W", "H")
  } else {
    x <- check_pixels(x)
  }
  range <- check_range(range) # lazy: the default depends on the pixels' type
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

axis_letters <- c("N", "C", "H", "W")

# Reorders the values of the axes in `letters` to N, C, H, W.
axes_by_name <- function(letters, values, otherwise) {
  all <- as.double(values)[match(axis_letters, letters)]
  replace(all, is.na(all), otherwise)
}

# Splits a layout into its letters.
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

# Accepts an array of numbers, of any type that src/r_strided_copy.cpp reads.
check_pixels <- function(x) {
  if (is.object(x) && !is.atomic(x)) x <- tryCatch(as.array(x), error = function(e) x)
  because <- if (inherits(x, "magick-image")) {
    "`magick::image_data()` gives its bytes."
  } else if (is.character(x) && length(x) == 1L) {
    "A file is read by, for example, `png::readPNG()` or `jpeg::readJPEG()`."
  }
  check_type(x, "x", "an array of numbers, logicals or raw bytes", function(x) {
    is_array_type(x) || is.raw(x)
  }, because)
}

# Unpacks a raster of colours into an array of bytes: (red, green, blue, opacity), width, height.
unpack_colours <- function(x, letters) {
  kind <- if (inherits(x, "nativeRaster")) "nativeRaster" else "raster"
  colours <- without_class(x)
  if (!(if (kind == "raster") is.character(colours) else is.integer(colours))) {
    refuse("x", sprintf("a %s of colours", kind), describe(colours), kind = "type")
  }
  if (!identical(letters, c("H", "W")) || length(dim(colours)) != 2L) {
    refuse(
      "layout", sprintf("\"HW\" for a %s, a matrix that holds the channels packed", kind),
      sprintf("%s for %s", dQuote(paste(letters, collapse = ""), FALSE), describe(colours)),
      kind = "shape"
    )
  }
  shape <- dim(colours)
  check_memory(24 * length(colours), "x", "its colours as bytes")
  bytes <- if (kind == "raster") bytes_of_names(colours) else bytes_of_packed(colours)
  array(as.raw(bytes), c(4L, rev(shape))) # as.raw(): `bytes` is NULL if there are none
}

bytes_of_names <- function(colours) {
  tryCatch(as.raw(grDevices::col2rgb(colours, alpha = TRUE)), error = function(e) {
    refuse("x", "a raster of names of colours", paste("one of which R says:", conditionMessage(e)))
  })
}

# Splits large rasters: one call of writeBin() returns at most 2^31 - 1 bytes.
bytes_of_packed <- function(colours) {
  parts <- lapply(cut_axis(length(colours), 2^28), function(part) {
    writeBin(colours[part[1L] + seq_len(part[2L])], raw(), endian = "little")
  })
  if (length(parts) == 1L) parts[[1L]] else unlist(parts)
}
