# Enlarge: pictures in colour, by a network that enlarges luminance.

#' Enlarge a picture
#'
#' Enlarges a picture, in grey or colour, with or without opacity, by a network that enlarges
#' luminance. The default network doubles height and width. The network computes the luminance, in
#' which eyes see most detail; the hues and the opacity are interpolated bicubically.
#'
#' @param x,layout,range A picture, the word for its axes, and its two values for black and
#'   white, as in [as_nchw()]. The default of `range` is that of [as_nchw()]. The picture has one
#'   to four channels: grey; grey and opacity; red, green and blue; or these and opacity.
#' @param net A module that takes images `(N, 1, H, W)` of luminance, from 0 to 1, and enlarges
#'   their height and width by the same whole number; or `NULL` for bicubic interpolation alone, by
#'   a factor of two, with which results of networks are compared.
#' @param tile Size of the pieces that the network computes at a time, in pixels of `x`; see
#'   [predict()][predict.nnconv_module].
#' @param progress `TRUE` to show a progress bar on the standard error.
#'
#' @section Formula:
#' Let \eqn{y = 0.299 r + 0.587 g + 0.114 b} be the luminance (Y of JPEG), \eqn{B}
#' bicubic enlargement ([nn_init_bicubic()]) with the border repeated, and \eqn{f} the network. Red
#' becomes \deqn{B(r) + f(y) - B(y)}{B(r) + f(y) - B(y)} and green and blue likewise: the
#' luminance of the result is \eqn{f(y)}, and its chrominance is interpolated. Values are then
#' cut off at black and white. Where a picture is not opaque everywhere, its colours are
#' multiplied by the opacity before, and divided by the enlarged opacity after, so that the colours
#' of invisible pixels do not appear.
#'
#' @section Memory:
#' The network computes the picture in tiles, one image at a time. Besides `x` and the result,
#' the call takes about twice the memory of the result as doubles, `8 * C * f^2` bytes per pixel of
#' `x` with `C` channels and factor `f`.
#'
#' @return An array like `x`, whose height and width are larger. It has the axes of `layout` and
#'   the values of `range`: raw bytes for raw bytes, else doubles. A raster ([as.raster()]) for
#'   rasters.
#'
#' @section Errors:
#' Signals a classed [nnconv_error] for everything that [as_nchw()] refuses, such as the name of a
#' file; if `x` has other numbers of channels; if `net` is no such module; and for a `tile` or
#' `progress` that [predict()][predict.nnconv_module] refuses. If memory is short, see
#' [nnconv_memory].
#'
#' @references Luminance: ITU-T Recommendation T.871 (2011), *JPEG File Interchange Format*.
#'   Bicubic interpolation: Keys (1981), \doi{10.1109/TASSP.1981.1163711}.
#'
#' @seealso [nn_pretrained()] for the network; `vignette("recipes")`, which reads a file, writes
#'   another, and compares.
#'
#' @examples
#' if (requireNamespace("jpeg", quietly = TRUE)) {
#'   photo <- jpeg::readJPEG(system.file("img", "Rlogo.jpg", package = "jpeg"))
#'   large <- nn_enlarge(photo, "HWC")
#'   plot(as.raster(large))
#'   jpeg::writeJPEG(large, file.path(tempdir(), "large.jpg"), quality = 0.95)
#' }
#' picture <- array(volcano / 200, c(87, 61, 3))
#' dim(nn_enlarge(picture, "HWC"))
#' #> [1] 174 122   3
#' # Four times, and bicubically
#' dim(nn_enlarge(nn_enlarge(picture, "HWC"), "HWC"))
#' #> [1] 348 244   3
#' dim(nn_enlarge(picture, "HWC", net = NULL))
#' #> [1] 174 122   3
#' # A raster, with opacity
#' flag <- as.raster(matrix(c("red", "white", "#FF000080"), 1, 3))
#' dim(nn_enlarge(flag, "HW"))
#' #> [1] 2 6
#' @export
nn_enlarge <- function(x, layout, net = nn_pretrained("upscale2x"), range = NULL, tile = 512,
                       progress = interactive()) {
  images <- if (is.null(range)) as_nchw(x, layout) else as_nchw(x, layout, range)
  if (!dim(images)[2L] %in% 1:4) {
    refuse("x", "a picture of 1 to 4 channels", describe(x), kind = "shape")
  }
  factor <- if (is.null(net)) 2 else factor_of(net)
  enlarged <- enlarge_images(images, factor, function(images) {
    if (is.null(net)) {
      return(bicubic(images, factor))
    }
    predict(net, images, batch_size = 1, tile = tile, progress = progress)
  })
  if (is_colours(x)) {
    return(grDevices::as.raster(from_nchw(enlarged, "HWC")))
  }
  if (is.null(range)) range <- if (is.raw(x)) c(0, 255) else c(0, 1)
  enlarged <- from_nchw(enlarged, layout, range)
  if (is.raw(x)) array(as.raw(round(enlarged)), dim(enlarged)) else enlarged
}

# The whole number by which a network enlarges images of one channel.
factor_of <- function(net) {
  allowed <- paste("a module that takes images (N, 1, H, W) and enlarges height and width by the",
                   "same whole number, or NULL")
  check_type(net, "net", allowed, is_module)
  from <- c(1, 1, 64, 48)
  to <- tryCatch(module_output_shape(net, from), nnconv_error = function(condition) NULL)
  factor <- if (length(to) == 4L) to[3L] %/% 64 else 0
  if (factor == 0 || any(to != c(1, 1, factor * from[3:4]))) {
    refuse("net", allowed, paste("an", kind_in_words(net)))
  }
  factor
}

# `enlarge` enlarges luminance by the factor. The colours of images with opacity are weighted by it.
enlarge_images <- function(images, factor, enlarge) {
  channels <- dim(images)[2L]
  if (channels %% 2L == 1L) {
    return(within_range(enlarge_colors(images, factor, enlarge)))
  }
  seen <- seq_len(channels - 1L)
  colors <- images[, seen, , , drop = FALSE]
  opacity <- images[, channels, , , drop = FALSE]
  if (all(opacity == 1)) {
    large <- enlarge_images(colors, factor, enlarge)
    result <- array(1, dim(large) + c(0L, 1L, 0L, 0L))
    result[, seen, , ] <- large
    return(result)
  }
  of_channel <- rep(1L, length(seen))
  large <- enlarge_colors(colors * opacity[, of_channel, , , drop = FALSE], factor, enlarge)
  opacity <- within_range(bicubic(opacity, factor))
  result <- array(0, dim(large) + c(0L, 1L, 0L, 0L))
  visible <- opacity[, of_channel, , , drop = FALSE]
  result[, seen, , ] <- ifelse(visible > 0, large / visible, 0)
  result[, channels, , ] <- opacity
  within_range(result)
}

enlarge_colors <- function(images, factor, enlarge) {
  if (dim(images)[2L] == 1L) {
    return(enlarge(images))
  }
  luminance <- nnf_conv2d(images, array(luminance_weights, c(1L, 3L, 1L, 1L)))
  sharper <- enlarge(luminance) - bicubic(luminance, factor)
  bicubic(images, factor) + sharper[, c(1L, 1L, 1L), , , drop = FALSE]
}

luminance_weights <- c(0.299, 0.587, 0.114)

# Enlarges each channel, with the border repeated.
bicubic <- function(images, factor) {
  channels <- dim(images)[2L]
  kernel <- 4 * factor - factor %% 2
  weight <- nn_init_bicubic(channels, channels, kernel, groups = channels)
  extended <- nnf_pad(images, c(2, 2, 2, 2), mode = "replicate")
  # The layer crops what the extension adds.
  nnf_conv_transpose2d(extended, weight, stride = factor, groups = channels,
                       padding = (kernel - factor) / 2 + 2 * factor)
}

within_range <- function(x) {
  x[x < 0] <- 0
  x[x > 1] <- 1
  x
}
