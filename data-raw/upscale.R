# Trains a network that enlarges a picture's luminance two times on photographs and writes
# inst/extdata/upscale2x.rds: the network, what it was made of and how. data-raw/measure.R
# adds how well they do. Run from the top of the repository, with the package installed:
#
#   Rscript data-raw/upscale.R [steps]
#
# Small pictures are made from large ones by bicubic downsampling that is stretched by the factor
# (antialiased); helper-resample.R has it. Only the luminance is used. How close a result is, is the
# peak signal-to-noise ratio of the luminance, from 0 to 1, without `factor` pixels at the borders.

library(nnconv)
source("tests/testthat/helper-resample.R")
source("tests/testthat/helper-decibels.R")
source("data-raw/photographs.R")
source("data-raw/training.R")

factor <- 2
seed <- 1
patches <- 16 # of this many small pixels squared
side <- 24
arguments <- commandArgs(trailingOnly = TRUE)
steps <- if (length(arguments)) as.integer(arguments[1L]) else 24000L
nn_threads(2)

paths <- fetch_photographs()
pairs <- lapply(seq_along(paths), function(i) {
  make_pair(load_luminance(paths[i], photographs$halve[i]), factor)
})
pairs_for <- function(use) pairs[photographs$use == use]

hidden <- function() {
  nn_sequential(nn_conv2d(20, 20, 3, padding = 1, padding_mode = "replicate"),
                nn_leaky_relu(0.1))
}

# The first layer makes its result larger by one cell on each side and the last one crops these
# again: every pixel of the result has all the neighbours that its kernel reaches. The kernel of the
# last layer is divisible by the stride, so that all pixels get as many taps.
upscaler <- function() {
  nn_sequential(
    nn_conv2d(1, 20, 5, padding = 3, padding_mode = "replicate"), nn_leaky_relu(0.1),
    hidden(), hidden(), hidden(), hidden(), hidden(),
    nn_conv_transpose2d(20, 1, 6, stride = 2, padding = 4)
  )
}

# The start is bilinear enlargement, but for small random weights in the last layer: the first
# channel of each layer hands on what it gets, which leaky rectifiers let pass as it is not negative,
# and the last layer interpolates it.
start <- function(net) {
  layers <- c(net[[1]], lapply(net$children[3:7], `[[`, 1), net[[8]])
  for (layer in layers[-7]) {
    shape <- dim(layer$weight)
    layer$weight[] <- stats::rnorm(prod(shape), sd = sqrt(2 / prod(shape[-1])))
    layer$bias <- numeric(shape[1])
    layer$weight[1, , , ] <- 0
    layer$weight[1, 1, (shape[3] + 1) / 2, (shape[4] + 1) / 2] <- 1
  }
  last <- layers[[7]]
  last$weight[] <- stats::rnorm(length(last$weight), sd = 0.01)
  last$weight[1, 1, , ] <- 0
  last$weight[1, 1, 2:5, 2:5] <- nn_init_bilinear(1, 1, 4)
  last$bias <- 0
  net
}

psnr_of <- function(enlarge, pairs) {
  vapply(pairs, function(pair) psnr(clip(enlarge(pair$small)), pair$large, factor), 0)
}

set.seed(seed)
net <- start(upscaler()$to(dtype = "float32"))
time <- system.time(
  curve <- train(
    net, steps = steps, lr = 0.002, pace = 250L,
    draw = function() draw_patches(pairs_for("train"), patches, side, factor),
    judge = function(net) mean(psnr_of(net, pairs_for("validate")))
  )
)

# What is stored has the digits of float32.
rounded <- function(x) {
  x[] <- readBin(writeBin(as.vector(x), raw(), size = 4L), "double", length(x), size = 4L)
  x
}
net$load_state_dict(lapply(net$state_dict(), rounded))

photographs$version <- vapply(photographs$package, version_of, "")
info <- nn_info()
trained <- list(
  factor = factor, network = net$to(dtype = "float64"), state_dict = net$state_dict(),
  photographs = photographs, curve = curve,
  made = list(
    script = "data-raw/upscale.R", date = format(Sys.Date()), seed = seed, nnconv = info$version,
    steps = max(curve$step), patches = patches, side = side, seconds = time[["elapsed"]],
    threads = info$threads, simd = info$simd, compiler = info$compiler, r = R.version.string
  )
)
dir.create("inst/extdata", recursive = TRUE, showWarnings = FALSE)
saveRDS(trained, "inst/extdata/upscale2x.rds", version = 3, compress = "xz")

cat(sprintf("%.0f steps in %.0f s, %.2f dB on the photographs for validation\n", max(curve$step),
            time[["elapsed"]], max(curve$judged)))
