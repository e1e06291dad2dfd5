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
source("bench/facts.R")
source("bench/report.R")

settings <- bench_settings(rounds = "5", seconds = "0.05")
settings$algorithms <- "direct"

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
facts <- c(
  bench_facts(settings, peers, others, tables),
  list(
    minutes = round((proc.time()[["elapsed"]] - begin) / 60, 1),
    large.call = round(large[1], 1), large.garbage = round(large[2], 1)
  ),
  as.list(round(stats::setNames(overhead, paste0("overhead.", names(overhead))), 1)),
  as.list(stats::setNames(limits, paste0("limit.", names(limits))))
)

data_file <- file.path(if (nzchar(Sys.getenv("NNCONV_BENCH_SHAPES"))) "build" else "vignettes",
                       "speed.tsv")
write_data(facts, bind_tables(tables), data_file)
write_report(data_file)
message("measured in ", facts$minutes, " minutes")
