# Measures the layers and their gradients, the machine's limits, and PyTorch and oneDNN beside them
# where they are installed, in one run. Run by `make bench`; it writes vignettes/speed.tsv, and from
# that bench/results.md and bench/results.png (`Rscript bench/report.R` writes these two again).
#
#   NNCONV_BENCH_ROUNDS   how often the candidates take turns (5)
#   NNCONV_BENCH_SECONDS  for how long each is called in a round (0.05)
#   NNCONV_BENCH_SHAPES   a regular expression; only shapes of that name, and all files to build/
#   NNCONV_PYTHON         the Python to look for torch in (python3)

library(nnconv)
source("bench/shapes.R")
source("bench/peers.R")
source("bench/measure.R")
source("bench/report.R")

settings <- list(
  rounds = as.numeric(Sys.getenv("NNCONV_BENCH_ROUNDS", "5")),
  seconds = as.numeric(Sys.getenv("NNCONV_BENCH_SECONDS", "0.05")),
  cores = parallel::detectCores()
)

processor <- function() {
  info <- if (file.exists("/proc/cpuinfo")) readLines("/proc/cpuinfo") else character()
  name <- sub(".*: ", "", grep("model name", info, value = TRUE)[1])
  if (is.na(name)) Sys.info()[["machine"]] else name
}

compiler <- function() {
  cxx <- strsplit(system2(file.path(R.home("bin"), "R"), c("CMD", "config", "CXX17"),
                          stdout = TRUE), " ")[[1]][1]
  system2(cxx, "--version", stdout = TRUE)[1]
}

# Percent of the processors' time that others take, while nothing of ours runs.
company <- function(seconds = 2) {
  if (!file.exists("/proc/stat")) return(NA)
  Sys.sleep(0.5)
  ticks <- function() as.numeric(strsplit(readLines("/proc/stat", 1), " +")[[1]][2:9])
  before <- ticks()
  Sys.sleep(seconds)
  passed <- ticks() - before
  100 * (1 - sum(passed[4:5]) / sum(passed)) # idle, waiting for a disk
}

write_data <- function(facts, table, file) {
  facts <- facts[!is.na(facts)]
  header <- sprintf("# %s: %s", names(facts), unlist(facts))
  writeLines(header, file)
  suppressWarnings(utils::write.table(
    table, file, append = TRUE, sep = "\t", quote = FALSE, row.names = FALSE
  ))
}

begin <- proc.time()[["elapsed"]]
others <- company()
shapes <- read_shapes()
large <- large_call() # before more memory has been in use
overhead <- call_overhead() # before other processes are there
limits <- measure_limits(settings$cores)
peers <- c(start_pytorch(settings$cores), start_onednn(settings$cores))
tables <- list()
for (layer in c("conv_transpose2d", "conv2d")) {
  of_layer <- if (layer == "conv2d") lapply(shapes, mirrored) else shapes
  for (pass in c("forward", "backward")) {
    tables <- c(tables, list(measure_all(layer, pass, of_layer, peers, settings)))
    others <- c(others, company())
    limits <- pmax(limits, measure_limits(settings$cores)) # a limit is the best that was seen
  }
}
names_of <- unique(unlist(lapply(tables, names)))
table <- do.call(rbind, lapply(tables, function(part) {
  part[setdiff(names_of, names(part))] <- NA
  part[names_of]
}))

versions <- vapply(peers, function(p) paste(p$name, p$version), "")
facts <- c(
  list(
    date = format(Sys.Date()), processor = processor(), cores = settings$cores,
    compiler = compiler(), r = R.version.string,
    nnconv = as.character(utils::packageVersion("nnconv")), simd = nn_simd(),
    peers = toString(unique(versions)), rounds = settings$rounds, seconds = settings$seconds,
    company = round(mean(others)),
    spread = signif(stats::median(unlist(lapply(tables, attr, "spread"))), 2),
    minutes = round((proc.time()[["elapsed"]] - begin) / 60, 1),
    large.call = round(large[1], 1), large.garbage = round(large[2], 1)
  ),
  as.list(round(stats::setNames(overhead, paste0("overhead.", names(overhead))), 1)),
  as.list(stats::setNames(limits, paste0("limit.", names(limits))))
)

data_file <- file.path(if (nzchar(Sys.getenv("NNCONV_BENCH_SHAPES"))) "build" else "vignettes",
                       "speed.tsv")
write_data(facts, table, data_file)
write_report(data_file)
message("measured in ", facts$minutes, " minutes")
