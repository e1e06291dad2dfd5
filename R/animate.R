# Animation: draws an arithmetic step by step, on the screen or into files.

#' Animate the arithmetic of a layer
#'
#' Draws the steps of [plot.nnconv_arithmetic()] one after the other, on the screen or
#' into files. A transposed convolution visits the cells of its input row by row, a
#' convolution the cells of its result. The shades count the products so far and end
#' as the picture of the whole layer.
#'
#' @param arithmetic A result of [nn_arithmetic()], or a layer, which gets an input of
#'   5 by 5 cells.
#' @param steps Whole numbers of the steps to draw, from 1, or `NULL` for all of them.
#' @param pause Seconds between two steps, on the screen and in a GIF.
#' @param file `NULL` for the open graphics device; a file name that ends in `.gif`
#'   (this needs the package magick); or one that ends in `.png` and contains a format
#'   for the frame's number, as in `"step-%03d.png"`. [nn_save_safetensors()] explains
#'   file names with letters beyond ASCII and what happens to existing files.
#' @param width,height Size of the files in pixels, at most 10,000.
#' @param ... Arguments passed to [plot.nnconv_arithmetic()].
#'
#' @section Formula:
#' See [nn_arithmetic()]. Lengths are in pixels, times in seconds.
#'
#' @return The names of the files, or the numbers of the steps if `file` is `NULL`;
#'   invisibly.
#'
#' @section Errors:
#' Signals a classed [nnconv_error] if `arithmetic` is neither a layer nor a result of
#' [nn_arithmetic()], `steps` are not numbers of steps, `pause` is not one number of at
#' least 0, `width` or `height` is more than 10,000 pixels, `file` has another ending,
#' its folder does not exist or it cannot be written. It also signals one if a GIF file
#' is wanted but the package magick is missing or fails, if R was built without PNG
#' support, or if R cannot write to its temporary folder. After an error, no files are
#' left behind.
#'
#' @references Dumoulin and Visin (2016), *A guide to convolution arithmetic for
#'   deep learning*, <https://arxiv.org/abs/1603.07285>, whose animations these follow.
#'
#' @examples
#' a <- nn_arithmetic(nn_conv_transpose2d(1, 1, 3, stride = 2), input = 2)
#' nn_animate(a, pause = 0)
#' if (capabilities("png")) {
#'   frames <- nn_animate(a, file = file.path(tempdir(), "step-%02d.png"))
#'   basename(frames)
#' }
#' #> [1] "step-01.png" "step-02.png" "step-03.png" "step-04.png"
#' @export
nn_animate <- function(arithmetic, steps = NULL, pause = 0.5, file = NULL, width = 800,
                       height = 520, ...) {
  if (is_module(arithmetic)) arithmetic <- nn_arithmetic(check_layer(arithmetic, "arithmetic"))
  if (!is_arithmetic(arithmetic)) {
    refuse("arithmetic", "what nn_arithmetic() returns, or a layer", describe(arithmetic),
           kind = "type")
  }
  count <- prod(sizes_of(arithmetic)$small)
  steps <- if (is.null(steps)) seq_len(count) else check_places(steps, "steps", count)
  pause <- check_real(pause, "pause", min = 0)
  draw <- function(step) plot(arithmetic, step = step, ...)
  if (is.null(file)) {
    for (step in steps) {
      draw(step)
      if (grDevices::dev.interactive() && pause > 0) Sys.sleep(pause)
    }
    return(invisible(steps))
  }
  width <- check_count(width, "width", most_pixels)
  height <- check_count(height, "height", most_pixels)
  path <- check_frames(file)
  if (!can_draw_png()) {
    refuse("file", "NULL, as this R draws no PNG files (see capabilities())", describe(file),
           kind = "file")
  }
  is_gif <- grepl(gif_pattern, path, useBytes = TRUE)
  if (is_gif) need_package("magick", "for GIF files")
  frames <- draw_frames(draw, steps, width, height)
  if (is_gif) {
    frames <- list(animated_gif(frames, pause, file))
  } else {
    path <- numbered_paths(path, seq_along(steps))
  }
  save_all(frames, path, file)
  invisible(path)
}

is_arithmetic <- function(x) {
  inherits(x, "nnconv_arithmetic") && is.list(x) && is.list(unclass(x)$config)
}

# Returns one file's name, or the pattern of several, in the system's encoding.
check_frames <- function(file) {
  allowed <- "the name of a file in a folder that exists, *.gif, or *.png with %d for the number"
  path <- check_path(
    file, "file", "the name of a file, *.gif, or *.png with %d for the number"
  )
  ok <- r_has_folder(path) &&
    (grepl(gif_pattern, path, useBytes = TRUE) || grepl(frames_pattern, path, useBytes = TRUE))
  if (!ok) {
    refuse("file", allowed, describe(file))
  }
  path
}

# No `ignore.case`: a Turkish locale does not match I with i.
gif_pattern <- "\\.[gG][iI][fF]$"
frames_pattern <- "^(([^%]|%%)*)(%[0-9]{0,2}d)(([^%]|%%)*\\.[pP][nN][gG])$"

# Does sprintf()'s work, because sprintf() refuses bytes that are invalid in the locale.
numbered_paths <- function(pattern, numbers) {
  part <- function(i) {
    text <- sub(frames_pattern, paste0("\\", i), pattern, useBytes = TRUE)
    text <- gsub("%%", "%", text, fixed = TRUE, useBytes = TRUE)
    Encoding(text) <- Encoding(pattern)
    text
  }
  paste0(part(1L), sprintf(part(3L), numbers), part(4L))
}

can_draw_png <- function() isTRUE(capabilities("png")[[1L]])

most_pixels <- 10000 # per side; graphics devices have their own limits

# Draws each step as a PNG file and returns the files' bytes.
draw_frames <- function(draw, steps, width, height) {
  frame <- tempfile("frame", fileext = ".png")
  on.exit(if (file.exists(frame)) file.remove(frame))
  pattern <- gsub("%", "%%", frame, fixed = TRUE, useBytes = TRUE)
  Encoding(pattern) <- Encoding(frame)
  resolution <- 72 * max(0.5, min(width / 520, height / 340))
  lapply(steps, function(step) {
    tryCatch(
      grDevices::png(pattern, width, height, res = resolution),
      error = function(e) refuse("tempdir()", "a folder to draw in", describe(tempdir()), "file")
    )
    tryCatch(draw(step), finally = grDevices::dev.off())
    readBin(frame, "raw", file.size(frame))
  })
}

# magick fails to recognize "GIF" in a Turkish locale, so this runs in the C locale.
animated_gif <- function(frames, pause, file) {
  locale <- Sys.getlocale("LC_CTYPE")
  Sys.setlocale("LC_CTYPE", "C")
  on.exit(Sys.setlocale("LC_CTYPE", locale))
  tryCatch({
    pictures <- magick::image_join(lapply(frames, magick::image_read))
    delay <- max(1, round(100 * pause)) # in hundredths of a second
    magick::image_write(magick::image_animate(pictures, delay = delay), format = "gif")
  }, error = function(e) {
    refuse("file", "*.png, as the package magick makes no GIF file here", describe(file),
           kind = "file", because = conditionMessage(e))
  })
}

# Saves all files or, if one fails, none.
save_all <- function(contents, paths, file) {
  is_done <- FALSE
  saved <- 0L
  on.exit(if (!is_done) suppressWarnings(file.remove(paths[seq_len(saved)])))
  for (i in seq_along(paths)) {
    problem <- r_save_bytes(paths[i], contents[[i]])
    check_problem(problem, file, "the name of a file that can be made")
    saved <- i
  }
  is_done <- TRUE
}
