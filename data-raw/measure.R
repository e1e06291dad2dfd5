# Judges the trained network on the photographs for testing, adds the table to
# inst/extdata/upscale2x.rds, and measures its speed beside PyTorch's, where the python3 that
# NNCONV_PYTHON names, or the one on the path, has it. Writes bench/training.md. Run from the top of
# the repository, with the package installed, after data-raw/upscale.R:
#
#   Rscript data-raw/measure.R

library(nnconv)
source("tests/testthat/helper-resample.R")
source("tests/testthat/helper-decibels.R")
source("data-raw/photographs.R")
source("data-raw/training.R")

file <- "inst/extdata/upscale2x.rds"
trained <- readRDS(file)
factor <- trained$factor
net <- trained$network

# How well it does.
paths <- fetch_photographs()
test <- lapply(which(photographs$use == "test"), function(i) {
  make_pair(load_luminance(paths[i], photographs$halve[i]), factor)
})
psnr_of <- function(enlarge) {
  vapply(test, function(pair) psnr(clip(enlarge(pair$small)), pair$large, factor), 0)
}
results <- data.frame(
  photograph = basename(photographs$file[photographs$use == "test"]),
  width = vapply(test, function(pair) dim(pair$large)[3L], 1L),
  height = vapply(test, function(pair) dim(pair$large)[2L], 1L),
  bicubic = psnr_of(resamplers(factor)$up),
  network = psnr_of(net)
)
results$gain <- results$network - results$bicubic
trained$results <- results
photographs$version <- vapply(photographs$package, version_of, "")
trained$photographs <- photographs
saveRDS(trained, file, version = 3, compress = "xz")
print(results, digits = 4)

# How fast it is: a picture of a megapixel, from one of 500 x 500.
set.seed(1)
x <- array(stats::runif(500 * 500), c(1, 500, 500))
folder <- tempfile()
dir.create(folder)

# The last index runs fastest, as in PyTorch; a line of the table for each array.
dump <- function(arrays) {
  rows <- Map(function(a, name) {
    extents <- if (is.null(dim(a))) length(a) else dim(a)
    writeBin(as.vector(aperm(array(a, extents))), file.path(folder, paste0(name, ".bin")))
    paste(c(name, extents), collapse = "\t")
  }, arrays, names(arrays))
  writeLines(unlist(rows), file.path(folder, "arrays.tsv"))
}
dump(c(list(input = x), net$state_dict()))

# Asks the other side once, for both types, and all times in milliseconds; NULL without it.
pytorch <- function(threads, rounds) {
  out <- suppressWarnings(system2(
    Sys.getenv("NNCONV_PYTHON", "python3"),
    c("data-raw/upscale_pytorch.py", folder, threads, rounds), stdout = TRUE, stderr = FALSE
  ))
  if (is.null(attr(out, "status"))) utils::read.delim(text = out)
}

# Milliseconds of calls of ours, after one.
rounds <- 11L
ours <- function(run) {
  run()
  vapply(seq_len(rounds), function(i) system.time(run())[["elapsed"]] * 1000, 0)
}

# A step of training, of a copy.
small <- array(stats::runif(16 * 24^2), c(16, 1, 24, 24))
large <- array(stats::runif(16 * 48^2), c(16, 1, 48, 48))
learner <- net$clone()
adam <- nn_optim_adam()
step <- function() {
  found <- learner$backward(small, function(y) 2 * (y - large) / length(y), c("weight", "bias"))
  nn_parameters_vector(learner) <- adam(nn_parameters_vector(learner), nn_parameters_vector(found))
}

speed <- NULL
difference <- NULL
for (threads in 1:2) {
  nn_threads(threads)
  peer <- pytorch(threads, rounds)
  for (dtype in c("float64", "float32")) {
    for (module in list(net, learner)) module$to(dtype = dtype)
    own <- list(megapixel = ours(function() net(x)), step = ours(step))
    for (what in names(own)) {
      theirs <- peer$ms[peer$what == what & peer$dtype == dtype]
      speed <- rbind(speed, data.frame(
        what = what, type = dtype, threads = threads, nnconv = min(own[[what]]),
        pytorch = if (length(theirs)) min(theirs) else NA
      ))
    }
    if (!is.null(peer) && threads == 1L) {
      result <- net(x)
      numbers <- readBin(file.path(folder, paste0(dtype, ".out")), "double", length(result))
      difference[dtype] <- max(abs(result - aperm(array(numbers, rev(dim(result))))))
    }
  }
}
speed <- speed[order(speed$what), ]
speed$ratio <- speed$pytorch / speed$nnconv

# How many programs wanted to run, on the average of a minute, this one included; NULL if not known.
load <- if (file.exists("/proc/loadavg")) scan("/proc/loadavg", n = 1L, quiet = TRUE)

# The report.
line <- function(...) paste0("| ", paste(..., sep = " | "), " |")
rule <- function(columns) paste0("|", strrep(" --- |", columns))
cpu <- if (file.exists("/proc/cpuinfo")) {
  sub(".*: ", "", grep("^model name", readLines("/proc/cpuinfo"), value = TRUE)[1L])
} else {
  Sys.info()[["machine"]]
}
cxx <- system2(file.path(R.home("bin"), "R"), c("CMD", "config", "CXX17"), stdout = TRUE)
compiler <- system2(sub(" .*", "", cxx), "--version", stdout = TRUE)[1L]
info <- nn_info()
made <- trained$made
used <- photographs
report <- c(
  "# The network of inst/extdata/upscale2x.rds",
  "",
  sprintf("%s. %s, %d cores. %s. %s. nnconv %s with %s%s.", format(Sys.Date()), cpu,
          parallel::detectCores(), compiler, R.version.string, info$version, info$simd,
          if (is.null(peer)) "" else sprintf(", PyTorch %s", peer$version[1L])),
  "",
  "Made by `data-raw/upscale.R` (training) and `data-raw/measure.R` (this page).",
  "",
  "## Training",
  "",
  sprintf(paste(
    "The network has %s parameters. Its training took %s steps of %d patches of %d x %d small pixels",
    "and %.0f s of wall time, %.0f ms per step, on %d threads with %s in float32; seed %d, %s."
  ), format(length(nn_parameters_vector(net)), big.mark = ","), format(made$steps, big.mark = ","),
  made$patches, made$side, made$side, made$seconds, 1000 * made$seconds / made$steps, made$threads,
  made$simd, made$seed, made$date),
  "",
  "## Results",
  "",
  paste(
    "The table gives peak signal-to-noise ratios of the luminance (Y of JPEG's YCbCr, 0 to 1) in",
    "decibels, without two pixels at the borders. A bicubic convolution stretched by 2 (antialiased,",
    "a = -1/2) makes the small pictures, which are not rounded. The transposed convolution with the",
    "same weights (bicubic) or the network enlarges them. Results are clipped to 0 and 1. None of",
    "these photographs was used in training."
  ),
  "",
  line("photograph", "size", "bicubic", "network", "gain"), rule(5L),
  with(results, line(photograph, sprintf("%d x %d", width, height), sprintf("%.2f", bicubic),
                     sprintf("%.2f", network), sprintf("%.2f", gain))),
  with(results, line("mean", "", sprintf("%.2f", mean(bicubic)), sprintf("%.2f", mean(network)),
                     sprintf("%.2f", mean(gain)))),
  "",
  "## Speed",
  "",
  sprintf(paste(
    "The table gives milliseconds for a result of one megapixel, from 500 x 500, and for a training",
    "step with %d patches of %d x %d (gradients and Adam, without drawing the patches). Each is the",
    "minimum of %d calls, which other programs disturb least."
  ), made$patches, made$side, made$side, rounds),
  "",
  line("job", "type", "threads", "nnconv", "PyTorch", "PyTorch / nnconv"), rule(6L),
  with(speed, line(what, type, threads, sprintf("%.1f", nnconv), sprintf("%.1f", pytorch),
                   sprintf("%.2f", ratio))),
  "",
  if (length(load)) {
    sprintf(paste(
      "In the last minute of the measurement, %.1f threads competed for %d cores. If there are more",
      "threads than cores, repeat the measurement before relying on ratios."
    ), load, parallel::detectCores())
  },
  "",
  if (length(difference)) {
    sprintf("The two results differ by at most %.1e in float64 and %.1e in float32.",
            difference["float64"], difference["float32"])
  },
  "",
  "## Photographs",
  "",
  line("use", "package", "version", "file", "by", "license"), rule(6L),
  with(used, line(use, package, version, basename(file), author, license))
)
writeLines(report, "bench/training.md")
print(speed, digits = 3)
print(difference)
