# Measures large jobs: pictures in and out, files of weights, batches, tiles of a picture of 100
# million pixels. Run from the top of the repository with the package installed:
# Rscript bench/large.R [part] with layout, files, batches or tiles; without one, all of them.
# Prints a line per figure; each is a ratio of medians of candidates that take turns.
#
#   NNCONV_LARGE_SIDE  height and width of the picture that is cut into tiles (10000)

library(nnconv)
net <- nn_pretrained("upscale2x")

# Medians in seconds of functions that take turns.
medians <- function(candidates, rounds) {
  times <- replicate(rounds, vapply(candidates, function(f) system.time(f())[["elapsed"]], 0))
  apply(times, 1L, stats::median)
}

report <- function(what, ratios, unit) {
  cat(sprintf("%-34s %6.2f %s\n", paste(what, names(ratios), sep = ", "), ratios, unit), sep = "")
}

# 12 million pixels, and an order of axes that is a whole transposition, of a power of 2.
layout <- function() {
  x <- array(stats::runif(3000 * 4000 * 3), c(3000, 4000, 3))
  y <- as_nchw(x, "HWC")
  bytes <- array(as.raw(0:255), c(3, 4000, 3000))
  times <- medians(list(
    copy = function() x + 0,
    as_nchw_hwc = function() as_nchw(x, "HWC"),
    from_nchw_hwc = function() from_nchw(y, "HWC"),
    as_nchw_bytes = function() as_nchw(bytes, "CWH", range = c(0, 255)),
    aperm = function() aperm(x, c(3, 1, 2))
  ), 9L)
  report("12 MP in colour", times[-1L] / times[1L], "copies")
  x <- array(stats::runif(4096 * 4096 * 3), c(4096, 4096, 3))
  y <- as_nchw(x, "WHC")
  times <- medians(list(
    copy = function() x + 0,
    as_nchw_whc = function() as_nchw(x, "WHC"),
    from_nchw_whc = function() from_nchw(y, "WHC"),
    aperm = function() aperm(x, c(3, 2, 1))
  ), 9L)
  report("4096 x 4096 in colour", times[-1L] / times[1L], "copies")
}

# Weights of 170 MB in double precision, and their reading as bare bytes.
files <- function() {
  x <- array(stats::rnorm(512 * 512 * 9 * 9), c(512, 512, 9, 9))
  for (dtype in c("F32", "F64")) {
    file <- tempfile(fileext = ".safetensors")
    nn_save_safetensors(list(x = x), file, dtype = dtype)
    times <- medians(list(
      bytes = function() readBin(file, "raw", file.size(file)),
      load = function() nn_load_safetensors(file)
    ), 9L)
    report(paste("safetensors,", dtype), 1 / (times[-1L] / times[1L]), "of the speed of bare reading")
    unlink(file)
  }
}

batches <- function() {
  x <- array(stats::runif(32 * 128 * 128), c(32, 1, 128, 128))
  times <- medians(list(
    whole = function() net(x),
    of_8 = function() predict(net, x, batch_size = 8, progress = FALSE),
    of_1 = function() predict(net, x, batch_size = 1, progress = FALSE)
  ), 7L)
  report("32 pictures in batches", times[-1L] / times[1L], "of the time of one call")
}

# Peak memory of a process, in MB.
peak <- function() {
  line <- grep("VmHWM", readLines("/proc/self/status"), value = TRUE)
  as.numeric(gsub("[^0-9]", "", line)) / 1024
}

tiles <- function() {
  side <- as.numeric(Sys.getenv("NNCONV_LARGE_SIDE", "10000"))
  x <- array(0, c(1, 1, side, side))
  x[] <- seq(0, 1, length.out = 1000)
  before <- peak()
  time <- system.time(y <- predict(net, x, tile = 512, progress = FALSE))
  megabytes <- 8 * c(length(x), length(y)) / 2^20
  cat(sprintf("%.0f MP in tiles of 512: %.0f s, %.0f s of a processor\n", side^2 / 1e6,
              time[["elapsed"]], time[["user.self"]] + time[["sys.self"]]))
  cat(sprintf("input %.0f MB, result %.0f MB, besides at the peak %.0f MB\n", megabytes[1L],
              megabytes[2L], peak() - before - megabytes[2L]))
}

all_parts <- list(tiles = tiles, layout = layout, files = files, batches = batches)
chosen <- commandArgs(TRUE)
for (part in if (length(chosen)) all_parts[chosen] else all_parts) part()
