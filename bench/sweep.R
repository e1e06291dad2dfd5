# Sweep: both layers and their gradients on random shapes, beside ONNX Runtime, oneDNN and PyTorch
# where they are installed, in one run. The shapes of bench/run.R are known to whoever works on the
# core; these are not. Choose a seed that nobody has looked at, and look at it once:
#
#   Rscript bench/sweep.R SEED COUNT [FILE]
#
# It writes FILE.md, FILE.png and FILE.tsv (build/sweep). The same seed gives the same shapes.
#
#   NNCONV_BENCH_ROUNDS    how often the candidates take turns (3)
#   NNCONV_BENCH_SECONDS   for how long each is called in a round (0.03)
#   NNCONV_BENCH_PASSES    forward, backward or both (forward,backward)
#   NNCONV_NODE_MODULES    the folder that has onnxruntime-node (node_modules)
#   NNCONV_PYTHON          the Python to look for torch and onnx in (python3)

library(nnconv)
source("bench/shapes.R")
source("bench/peers.R")
source("bench/measure.R")
source("bench/facts.R")
source("bench/sweep-report.R")

given <- commandArgs(TRUE)
seed <- as.integer(given[1])
count <- as.integer(given[2])
file <- if (length(given) > 2) given[3] else "build/sweep"
passes <- strsplit(Sys.getenv("NNCONV_BENCH_PASSES", "forward,backward"), ",")[[1]]
settings <- bench_settings(rounds = "3", seconds = "0.03")
# What the choice of an algorithm is compared with.
settings$algorithms <- c("direct", "transforms", "col2im", "padded", "planes")

begin <- proc.time()[["elapsed"]]
others <- company()
limits <- measure_limits(settings$cores)
peers <- c(start_pytorch(settings$cores), start_onednn(settings$cores),
           start_onnxruntime(settings$cores))
shapes <- random_shapes(seed, count)
tables <- list()
for (layer in c("conv_transpose2d", "conv2d")) for (pass in passes) {
  of_layer <- if (layer == "conv2d") lapply(shapes, mirrored) else shapes
  tables <- c(tables, list(measure_all(layer, pass, of_layer, peers, settings)))
  others <- c(others, company())
}
facts <- c(
  bench_facts(settings, peers, others, tables),
  list(seed = seed, shapes = count,
       minutes = round((proc.time()[["elapsed"]] - begin) / 60, 1)),
  as.list(stats::setNames(limits, paste0("limit.", names(limits))))
)
write_data(facts, bind_tables(tables), paste0(file, ".tsv"))
write_sweep(paste0(file, ".tsv"), file)
