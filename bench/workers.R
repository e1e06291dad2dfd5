# Measures many pictures on one thread, on all threads of one process, and on as many workers (daemons
# of mirai) with one thread each. Run from the top of the repository with the package, mirai and png
# installed: Rscript bench/workers.R. Prints the table of vignette("many-machines") and writes it to
# vignettes/workers.tsv. On Linux, which tells, a measurement is made again when its processes waited
# for a processor for more than 5 % of the time: run it alone, or by `chrt -r 1`.
#
#   NNCONV_BENCH_ROUNDS  measurements of each candidate, which take turns (7)

library(nnconv)

rounds <- as.integer(Sys.getenv("NNCONV_BENCH_ROUNDS", "7"))
cores <- parallel::detectCores()
Sys.setenv(R_LIBS = paste(.libPaths(), collapse = .Platform$path.sep))
mirai::daemons(cores)
workers <- unlist(mirai::everywhere({
  nnconv::nn_threads(1)
  Sys.getpid()
})[])
stopifnot(length(unique(workers)) == cores)

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
  list(job = "trained", net = nn_pretrained("upscale2x"), items = batches(16, 4), f = enlarge),
  list(job = "files", net = nn_pretrained("upscale2x"), items = files(16), f = enlarge_file),
  list(job = "bilinear", net = bilinear, items = batches(128, 4), f = enlarge)
)

candidates <- c("thread", "threads", "workers")
run <- function(job, candidate) {
  f <- job$f
  if (candidate == "workers") {
    return(mirai::mirai_map(job$items, f, .args = list(net = job$net))[])
  }
  nn_threads(if (candidate == "threads") cores else 1)
  lapply(job$items, f, net = job$net)
}

# Seconds that these processes were ready to run and others had the processor; 0 where it is not told.
waited <- function() {
  files <- sprintf("/proc/%d/schedstat", c(Sys.getpid(), workers))
  if (!all(file.exists(files))) return(0)
  sum(vapply(files, function(file) scan(file, quiet = TRUE)[2L], 0)) / 1e9
}

measure <- function(job, candidate) {
  repeat {
    Sys.sleep(2) # others have their turn
    gc(FALSE)
    before <- waited()
    time <- system.time(run(job, candidate))[["elapsed"]]
    if (waited() - before <= 0.05 * time * (1 + cores)) return(time)
  }
}

rows <- lapply(jobs, function(job) {
  for (candidate in candidates) run(job, candidate) # to warm up
  times <- replicate(rounds, vapply(candidates, function(one) measure(job, one), 0))
  count <- sum(vapply(job$items, function(x) if (is.array(x)) nrow(x) else 1L, 1L))
  work <- summary(job$net, c(1, 1, 128, 128))$multiply_adds
  data.frame(job = job$job, pictures = count, multiply_adds = work,
             t(signif(apply(times, 1L, stats::median), 3)))
})
mirai::daemons(0)

table <- do.call(rbind, rows)
print(cbind(table, t(apply(table[candidates], 1L, function(t) round(t[1] / t[-1], 2)))))
info <- nn_info()
cpu <- grep("model name", if (file.exists("/proc/cpuinfo")) readLines("/proc/cpuinfo"), value = TRUE)
facts <- c(
  date = format(Sys.Date()), processor = sub(".*: *", "", c(cpu, "unknown")[1L]), cores = cores,
  r = R.version.string, nnconv = info$version, simd = info$simd,
  mirai = format(utils::packageVersion("mirai")), rounds = rounds
)
connection <- file("vignettes/workers.tsv", "w")
writeLines(sprintf("# %s: %s", names(facts), facts), connection)
utils::write.table(table, connection, sep = "\t", quote = FALSE, row.names = FALSE)
close(connection)
