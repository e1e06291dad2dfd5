# Layouts: arrays of other packages in and out.

# The same by R's own permutation, with axes of one cell where the layout has none.
by_aperm <- function(x, layout) {
  letters <- strsplit(layout, "")[[1L]]
  missing <- setdiff(c("N", "C", "H", "W"), letters)
  x <- array(as.double(x), c(dim(x), rep(1, length(missing))))
  aperm(x, match(c("N", "C", "H", "W"), c(letters, missing)))
}

permutations <- function(x) {
  if (length(x) < 2L) {
    return(list(x))
  }
  do.call(c, lapply(seq_along(x), function(i) lapply(permutations(x[-i]), function(p) c(x[i], p))))
}

all_layouts <- unlist(lapply(
  list(c("H", "W"), c("C", "H", "W"), c("N", "H", "W"), c("N", "C", "H", "W")),
  function(letters) vapply(permutations(letters), paste, "", collapse = "")
))

test_that("every layout is the permutation that it says, and comes back", {
  expect_length(all_layouts, 2 + 6 + 6 + 24)
  set.seed(1)
  for (layout in all_layouts) {
    for (extents in list(c(2, 3, 4, 5), c(1, 3, 7, 1), c(70, 3, 66, 5), c(5, 130, 3, 67))) {
      x <- random_array(extents[seq_len(nchar(layout))])
      y <- as_nchw(x, layout)
      expect_identical(y, by_aperm(x, layout), label = layout)
      expect_identical(from_nchw(y, layout), x, label = layout)
    }
  }
})

test_that("large arrays are permuted the same on any number of threads", {
  before <- nn_threads()
  on.exit(nn_threads(before))
  set.seed(2)
  x <- random_array(3, 512, 300)
  for (threads in c(1, 3)) {
    nn_threads(threads)
    for (layout in c("CWH", "HWC", "WHC", "NWH")) {
      expect_identical(as_nchw(x, layout), by_aperm(x, layout), label = layout)
    }
  }
})

test_that("integers, logicals and bytes become doubles, and NA stays", {
  numbers <- array(c(NA, -5:17), c(4, 3, 2))
  expect_identical(as_nchw(numbers, "HWC"), by_aperm(numbers, "HWC"))
  flags <- array(c(TRUE, FALSE, NA), c(3, 2))
  expect_identical(as_nchw(flags, "WH"), by_aperm(flags, "WH"))
  bytes <- array(as.raw(0:255), c(4, 8, 8))
  expect_identical(as_nchw(bytes, "CWH"), by_aperm(bytes, "CWH") / 255)
  sequence <- 1:12 # compact, and written out when read
  dim(sequence) <- c(3, 4)
  expect_identical(as_nchw(sequence, "HW"), by_aperm(sequence, "HW"))
  values <- array(c(NaN, Inf, -Inf, -0, NA, 1), c(1, 2, 3))
  expect_identical(as_nchw(values, "CHW")[1, , , ], values[1, , ])
  expect_identical(1 / as_nchw(values, "CHW")[1, 1, 2, 2], -Inf)
})

test_that("a range becomes 0 to 1 and comes back, exactly for bytes and 16-bit integers", {
  for (most in c(255, 65535)) {
    x <- array(0:most, c(16, (most + 1) / 16))
    y <- as_nchw(x, "HW", range = c(0, most))
    expect_identical(y[1, 1, , ], x / most)
    expect_identical(from_nchw(y, "HW", range = c(0, most)), x + 0)
  }
  x <- array(c(-1, 0, 1), c(1, 3))
  expect_identical(as_nchw(x, "HW", range = c(-1, 1))[1, 1, 1, ], c(0, 0.5, 1))
  expect_identical(as_nchw(x, "HW", range = c(1, -1))[1, 1, 1, ], c(1, 0.5, 0))
  expect_identical(from_nchw(as_nchw(x, "HW", range = c(-1, 1)), "HW", range = c(-1, 1)), x)
})

test_that("bytes are 0 to 255 unless a range is given, numbers 0 to 1", {
  bytes <- array(as.raw(c(0, 51, 255, 102)), c(1, 2, 2))
  expect_identical(as_nchw(bytes, "CWH")[1, 1, , ], matrix(c(0, 1, 0.2, 0.4), 2))
  expect_identical(as_nchw(bytes, "CWH", c(0, 1))[1, 1, 2, 1], 255)
  expect_identical(as_nchw(bytes, "CWH", c(255, 0))[1, 1, 1, ], c(1, 0.8))
  expect_identical(as_nchw(structure(bytes, class = c("bitmap", "gray")), "CWH"), as_nchw(bytes, "CWH"))
  lazy <- structure(list(bytes), class = "some_bytes")
  registerS3method("as.array", "some_bytes", function(x, ...) x[[1]], asNamespace("base"))
  expect_identical(as_nchw(lazy, "CWH"), as_nchw(bytes, "CWH"))
  expect_identical(as_nchw(matrix(c(0L, 255L), 1), "HW")[1, 1, 1, ], c(0, 255))
  expect_match(deparse1(formals(as_nchw)$range), "c(0, 255)", fixed = TRUE)
})

# A raster whose colours pack these bytes, each an array of height, width and four channels.
packed <- function(bytes) {
  at <- aperm(bytes, c(2, 1, 3)) # rasters go row by row
  whole <- at[, , 1] + 256 * at[, , 2] + 65536 * at[, , 3] + 16777216 * at[, , 4]
  signed <- as.vector(ifelse(whole >= 2^31, whole - 2^32, whole))
  signed[signed == -2^31] <- NA # the integer that R calls so
  structure(as.integer(signed), dim = dim(bytes)[1:2], class = "nativeRaster")
}

test_that("a raster of colours is read as its four channels", {
  set.seed(6)
  bytes <- array(sample(0:255, 3 * 5 * 4, TRUE), c(3, 5, 4))
  bytes[1, 1, ] <- c(0, 0, 0, 128) # NA_integer_
  bytes[2, 5, ] <- 255
  native <- packed(bytes)
  expect_true(is.na(native[1]))
  x <- as_nchw(native, "HW")
  expect_identical(x, by_aperm(bytes, "HWC") / 255)
  expect_identical(as_nchw(native, "HW", range = c(0, 1)), by_aperm(bytes, "HWC"))
  expect_identical(as_nchw(native, "HW", range = c(255, 0)), 1 - x, tolerance = 1e-15)
  expect_identical(as_nchw(structure(native, channels = 3L), "HW"), x)

  named <- as.raster(bytes / 255)
  expect_identical(as_nchw(named, "HW"), x)
  expect_identical(as_nchw(named[2, , drop = FALSE], "HW"), x[, , 2, , drop = FALSE])
  colours <- as.raster(matrix(c("red", NA, "#00000000", "white"), 2))
  expect_identical(as_nchw(colours, "HW")[1, , 1, 1], c(1, 0, 0, 1))
  expect_identical(as_nchw(colours, "HW")[1, 4, , ], matrix(c(1, 0, 0, 1), 2)) # NA is transparent

  nothing <- structure(integer(), dim = c(0L, 3L), class = "nativeRaster")
  expect_identical(dim(as_nchw(nothing, "HW")), c(1L, 4L, 0L, 3L))
})

test_that("a raster of png is the picture that png reads without one", {
  skip_if_not_installed("png")
  file <- withr::local_tempfile()
  set.seed(7)
  for (channels in c(3, 4)) {
    png::writePNG(array(sample(0:255, 5 * 7 * channels, TRUE) / 255, c(5, 7, channels)), file)
    x <- as_nchw(png::readPNG(file, native = TRUE), "HW")
    expect_identical(dim(x), c(1L, 4L, 5L, 7L))
    expect_identical(x[, seq_len(channels), , , drop = FALSE], as_nchw(png::readPNG(file), "HWC"))
    if (channels == 3) expect_identical(unique(as.vector(x[, 4, , ])), 1)
  }
})

test_that("rasters of other shapes and values are refused, and taken for no numbers", {
  native <- packed(array(1:60, c(3, 5, 4)))
  for (bad in c("HWC", "WH", "NHW")) {
    expect_refusal(as_nchw(native, bad), "shape", "layout",
                   "\"HW\" for a nativeRaster, a matrix that holds the channels packed, not ")
  }
  expect_refusal(as_nchw(as.raster(matrix(0)), "CWH"), "shape", "layout", "\"HW\" for a raster, a ")
  expect_refusal(as_nchw(structure(1:3, class = "nativeRaster"), "HW"), "shape", "layout", "for 1:3.")
  expect_refusal(as_nchw(structure(matrix(1.5), class = "nativeRaster"), "HW"), "type", "x",
                 "a nativeRaster of colours, not a double array [1, 1].")
  expect_refusal(as_nchw(structure(matrix(1L), class = "raster"), "HW"), "type", "x",
                 "a raster of colours, not an integer array")
  no_colour <- structure(matrix("no such colour"), class = "raster")
  expect_refusal(as_nchw(no_colour, "HW"), "argument", "x", "no such colour")
  for (f in list(nn_conv2d(1, 1, 1), nn_relu(), function(input) nnf_pad(input, c(1, 1)))) {
    expect_refusal(f(native), "type", "input", paste(
      "a numeric or logical array, not an object of class nativeRaster.",
      "`as_nchw(x, \"HW\")` makes an array of it."
    ))
  }
  expect_refusal(from_nchw(as.raster(matrix(0)), "HW"), "type", "x", "an object of class raster. `as")
  image <- structure(list(), class = "magick-image")
  expect_refusal(as_nchw(image, "CWH"), "type", "x", "magick-image. `magick::image_data()` gives")
})

test_that("attributes are dropped, inputs untouched, empty arrays allowed", {
  x <- structure(random_array(4, 3, 2), class = "picture", note = "a")
  copy <- structure(x + 0, class = "picture")
  expect_identical(attributes(as_nchw(x, "HWC")), list(dim = c(1L, 2L, 4L, 3L)))
  expect_identical(unclass(x)[], unclass(copy)[])
  expect_identical(dim(as_nchw(array(0, c(0, 3, 4, 5)), "NCHW")), c(0L, 3L, 4L, 5L))
  expect_identical(dim(from_nchw(array(0, c(0, 3, 4, 5)), "NWHC")), c(0L, 5L, 4L, 3L))
  expect_identical(dim(from_nchw(array(1:6, c(1, 2, 3)), "NHWC")), c(1L, 2L, 3L, 1L))
})

test_that("an object becomes an array by its own method", {
  tensor <- structure(list(values = array(1:24, c(2, 3, 4))), class = "some_tensor")
  registerS3method("as.array", "some_tensor", function(x, ...) x$values, asNamespace("base"))
  expect_identical(as_nchw(tensor, "CHW")[1, , , ], array(1:24, c(2, 3, 4)) + 0)
})

test_that("pictures of png and jpeg go in and out", {
  skip_if_not_installed("png")
  set.seed(3)
  file <- withr::local_tempfile()
  for (channels in c(3, 4)) {
    picture <- array(sample(0:255, 5 * 7 * channels, TRUE) / 255, c(5, 7, channels))
    png::writePNG(picture, file)
    x <- as_nchw(png::readPNG(file), "HWC")
    expect_identical(dim(x), c(1L, as.integer(channels), 5L, 7L))
    png::writePNG(from_nchw(x, "HWC"), file)
    expect_identical(png::readPNG(file), picture)
  }
  grey <- matrix(sample(0:255, 35, TRUE) / 255, 5, 7)
  png::writePNG(grey, file)
  x <- as_nchw(png::readPNG(file), "HW")
  expect_identical(x[1, 1, , ], grey)
  expect_identical(from_nchw(x, "HW"), png::readPNG(file))
  skip_if_not_installed("jpeg")
  photo <- jpeg::readJPEG(system.file("img", "Rlogo.jpg", package = "jpeg"))
  x <- as_nchw(photo, "HWC")
  expect_identical(x[1, 2, , ], photo[, , 2])
  expect_identical(from_nchw(x, "HWC"), photo)
  jpeg::writeJPEG(from_nchw(x, "HWC"), file, quality = 1)
  expect_lt(max(abs(jpeg::readJPEG(file) - photo)), 0.05)
})

test_that("pictures of magick go in and out", {
  skip_if_not_installed("magick")
  set.seed(4)
  picture <- array(sample(0:255, 5 * 7 * 3, TRUE) / 255, c(5, 7, 3))
  image <- magick::image_read(picture)
  bytes <- magick::image_data(image, "rgb")
  x <- as_nchw(bytes, "CWH")
  expect_identical(x, by_aperm(picture, "HWC"))
  expect_identical(as_nchw(as.integer(bytes), "HWC", range = c(0, 255)), x)
  back <- magick::image_read(from_nchw(x, "HWC"))
  expect_identical(as.integer(magick::image_data(back, "rgb")), as.integer(bytes))
})

test_that("pictures of imager go in and out", {
  set.seed(5)
  numbers <- random_array(6, 4, 2, 3) # x, y, frames, colours
  picture <- structure(numbers, class = c("cimg", "imager_array", "numeric"))
  x <- as_nchw(picture, "WHNC")
  expect_identical(dim(x), c(2L, 3L, 4L, 6L))
  expect_identical(x[2, 3, 4, 5], numbers[5, 4, 2, 3])
  expect_identical(from_nchw(x, "WHNC"), numbers)
})

test_that("a layout that is missing, no word or of another rank is refused", {
  x <- array(0, c(4, 5, 3))
  choices <- "a word of the letters H, W"
  expect_refusal(as_nchw(x), "argument", "layout", "\"CWH\" (magick), \"WHNC\" (imager)")
  expect_identical(refusal(from_nchw(x))$given, "missing")
  for (bad in list("", "CC", "HH", "HWX", "hwc", "HWCC", "NC", NA_character_, c("HWC", "CHW"))) {
    expect_refusal(as_nchw(x, bad), "argument", "layout", choices)
    expect_refusal(from_nchw(x, bad), "argument", "layout", choices)
  }
  for (bad in list(NULL, 3, quote(HWC), list("HWC"))) {
    expect_refusal(as_nchw(x, bad), "type", "layout", choices)
  }
  expect_refusal(as_nchw(x, "HW"), "shape", "layout",
                 "one letter for each axis of `x`, which is a double array [4, 5, 3]")
  expect_refusal(as_nchw(1:3, "HW"), "shape", "layout", "which is 1:3")
  expect_refusal(from_nchw(array(0, c(2, 3, 4, 5)), "HWC"), "shape", "layout",
                 "one with N, as `x` is [2, 3, 4, 5]")
  expect_refusal(from_nchw(array(0, c(2, 3, 4)), "HW"), "shape", "layout", "one with C")
  expect_refusal(from_nchw(array(0, c(2, 3)), "HW"), "shape", "x", "(N, C, H, W) or (C, H, W)")
})

test_that("arrays without numbers and impossible ranges are refused", {
  for (bad in list("a", 1i, NULL, list(1), factor("a"), mean, new.env())) {
    expect_refusal(as_nchw(bad, "HW"), "type", "x", "an array of numbers, logicals or raw bytes")
    expect_refusal(from_nchw(bad, "HW"), "type", "x", "a numeric or logical array")
  }
  x <- array(0, c(4, 5))
  expect_refusal(as_nchw(x, "HW", range = c(1, 1)), "argument", "range", "two numbers that differ")
  for (bad in list(1, c(0, NA), c(0, Inf), numeric())) {
    expect_refusal(as_nchw(x, "HW", range = bad), "argument", "range", "2 finite numbers")
    expect_refusal(from_nchw(x, "HW", range = bad), "argument", "range", "2 finite numbers")
  }
  expect_refusal(as_nchw(x, "HW", range = "255"), "type", "range", "2 finite numbers")
})
