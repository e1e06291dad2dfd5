# Measures many pictures on one thread, on all threads of one process, and on as many workers with one
# thread each: daemons of mirai, and a cluster of parallel. Run from the top of the repository with the
# package, mirai and png installed: Rscript bench/workers.R. Prints the table of
# vignette("many-machines") and writes it to vignettes/workers.tsv. On Linux, which tells, a measurement
# is made again, up to four times, if its processes waited for a processor for more than 5 % of the
# time: run it alone, or by `chrt -r 1`.
#
#   NNCONV_BENCH_ROUNDS  measurements of each candidate, which take turns (7)

library(nnconv)
source("bench/facts.R")

rounds <- as.integer(Sys.getenv("NNCONV_BENCH_ROUNDS", "7"))
cores <- parallel::detectCores()
Sys.setenv(R_LIBS = paste(.libPaths(), collapse = .Platform$path.sep))
pids <- list()
start <- list() # seconds until the package is loaded and each worker has answered
start$mirai <- system.time({
  mirai::daemons(cores)
  pids$mirai <- unlist(mirai::everywhere({
    nnconv::nn_threads(1)
    Sys.getpid()
  })[])
})[["elapsed"]]
start$parallel <- system.time({
  cluster <- parallel::makePSOCKcluster(cores, useXDR = FALSE)
  pids$parallel <- unlist(parallel::clusterCall(cluster, function() {
    nnconv::nn_threads(1)
    Sys.getpid()
  }))
})[["elapsed"]]
stopifnot(lengths(lapply(pids, unique)) == cores)
workers <- unlist(pids)

# Functions of the workspace; one made inside another takes that one's arrays along.
enlarge <- function(batch, net) net(batch)
enlarge_file <- function(file, net) {
  y <- net(nnconv::as_nchw(png::readPNG(file), "HW"))
  png::writePNG(nnconv::from_nchw(pmin(pmax(y, 0), 1), "HW"), sub("[.]png$", "-large.png", file))
}

# A picture is of 128 x 128 cells; a smooth one, as photographs are where PNG files are compressed.
pictures <- function(count) {
  rough <- array(stats::runif(count * 17 * 17), c(count, 1, 17, 17))
  smooth <- nn_conv_transpose2d(1, 1, 16, stride = 8, padding = 8, bias = FALSE)
  smooth$weight <- nn_init_bilinear(1, 1, 16)
  smooth(rough)
}
batches <- function(count, size) {
  x <- pictures(count)
  lapply(split(seq_len(count), (seq_len(count) - 1) %/% size), function(i) x[i, , , , drop = FALSE])
}
files <- function(count) {
  x <- pictures(count)
  vapply(seq_len(count), function(i) {
    file <- tempfile(fileext = ".png")
    png::writePNG(from_nchw(x[i, , , , drop = FALSE], "HW"), file)
    file
  }, "")
}

bilinear <- nn_conv_transpose2d(1, 1, 4, stride = 2, padding = 1, bias = FALSE)
bilinear$weight <- nn_init_bilinear(1, 1, 4)
wide <- nn_sequential(
  nn_conv2d(1, 64, 3, padding = 1), nn_relu(), nn_conv2d(64, 64, 3, padding = 1), nn_relu(),
  nn_conv2d(64, 64, 3, padding = 1), nn_relu(), nn_conv_transpose2d(64, 1, 4, stride = 2, padding = 1)
)
jobs <- list(
  list(job = "wide", net = wide, items = batches(8, 2), f = enlarge),
  list(job = "trained", net = nn_pretrained("upscale2x"), items = batches(32, 4), f = enlarge),
  list(job = "files", net = nn_pretrained("upscale2x"), items = files(16), f = enlarge_file),
  list(job = "bilinear", net = bilinear, items = batches(128, 4), f = enlarge)
)

candidates <- c("thread", "threads", "mirai", "parallel")
run <- function(job, candidate) {
  f <- job$f
  nn_threads(if (candidate == "threads") cores else 1)
  switch(
    candidate,
    mirai = mirai::mirai_map(job$items, f, .args = list(net = job$net))[],
    parallel = parallel::parLapplyLB(cluster, job$items, f, net = job$net),
    lapply(job$items, f, net = job$net)
  )
}

# Seconds that these processes were ready to run and others had the processor; 0 where it is not told.
waited <- function() {
  files <- sprintf("/proc/%d/schedstat", c(Sys.getpid(), workers))
  if (!all(file.exists(files))) return(0)
  sum(vapply(files, function(file) scan(file, quiet = TRUE)[2L], 0)) / 1e9
}

# Of up to five measurements, the one that waited least: where R moves arrays while all workers run,
# they wait for each other.
measure <- function(job, candidate) {
  times <- waits <- numeric()
  repeat {
    Sys.sleep(1) # others have their turn
    gc(FALSE)
    before <- waited()
    time <- system.time(run(job, candidate))[["elapsed"]]
    times <- c(times, time)
    waits <- c(waits, (waited() - before) / (time * (1 + cores)))
    if (min(waits) <= 0.05 || length(times) == 5) return(times[which.min(waits)])
  }
}

rows <- lapply(jobs, function(job) {
  for (candidate in candidates) run(job, candidate) # to warm up
  times <- replicate(rounds, vapply(candidates, function(one) measure(job, one), 0))
  count <- sum(vapply(job$items, function(x) if (is.array(x)) nrow(x) else 1L, 1L))
  work <- summary(job$net, c(1, 1, 128, 128))$multiply_adds
  message(job$job, ": ", toString(signif(apply(times, 1L, stats::median), 3)))
  data.frame(job = job$job, pictures = count, multiply_adds = work,
             t(signif(apply(times, 1L, stats::median), 3)))
})

# Nanoseconds for which a number is on its way from a worker.
numbers <- rep(4 * 256^2, 8)
on_the_way <- replicate(rounds, system.time(mirai::mirai_map(numbers, numeric)[])[["elapsed"]])
mirai::daemons(0)
parallel::stopCluster(cluster)

table <- do.call(rbind, rows)
print(cbind(table, t(apply(table[candidates], 1L, function(t) round(t[1] / t[-1], 2)))))
version_of <- function(package) format(utils::packageVersion(package))
facts <- c(
  date = format(Sys.Date()), processor = processor(), cores = cores, compiler = compiler(),
  r = R.version.string, nnconv = version_of("nnconv"), simd = nn_info()$simd,
  mirai = version_of("mirai"), rounds = rounds,
  start_mirai = signif(start$mirai, 2), start_parallel = signif(start$parallel, 2),
  move = signif(1e9 * stats::median(on_the_way) / sum(numbers), 2)
)
write_data(facts, table, "vignettes/workers.tsv")
