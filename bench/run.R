# Measures the layers, and PyTorch beside them where it is installed, in one run: for every shape the
# candidates take turns for several rounds, and medians over the rounds are compared. Writes
# bench/results.md. Run by `make bench`; NNCONV_BENCH_ROUNDS and NNCONV_BENCH_SECONDS (per round and
# candidate) make it longer or shorter.

library(nnconv)

rounds <- as.numeric(Sys.getenv("NNCONV_BENCH_ROUNDS", "5"))
seconds <- as.numeric(Sys.getenv("NNCONV_BENCH_SECONDS", "0.2"))
cores <- parallel::detectCores()

read_shapes <- function() {
  shapes <- utils::read.delim("bench/shapes.tsv", colClasses = "character")
  lapply(split(shapes, seq_len(nrow(shapes))), function(row) {
    lapply(row, function(cell) {
      if (grepl("^[0-9,]+$", cell)) as.numeric(strsplit(cell, ",")[[1]]) else cell
    })
  })
}

# The convolution that mirrors a transposed layer reads what that one writes.
mirrored <- function(s) {
  up <- make_layer("conv_transpose2d", s, "float64")
  size <- up$output_shape(c(s$batch, s$in_channels, s$height, s$width))
  utils::modifyList(s, list(
    in_channels = s$out_channels, out_channels = s$in_channels, height = size[3], width = size[4]
  ))
}

make_layer <- function(layer, s, dtype) {
  if (layer == "conv2d") {
    return(nn_conv2d(
      s$in_channels, s$out_channels, s$kernel_size, s$stride, s$padding, s$dilation, s$groups,
      dtype = dtype
    ))
  }
  nn_conv_transpose2d(
    s$in_channels, s$out_channels, s$kernel_size, s$stride, s$padding, s$output_padding, s$groups,
    dilation = s$dilation, dtype = dtype
  )
}

# The median time of calls made for `seconds`, in milliseconds.
time_calls <- function(f) {
  f()
  times <- numeric()
  begin <- proc.time()[["elapsed"]]
  while (proc.time()[["elapsed"]] - begin < seconds || length(times) < 3) {
    start <- Sys.time()
    f()
    times <- c(times, as.numeric(Sys.time() - start, units = "secs"))
  }
  1e3 * stats::median(times)
}

# --- peers, each in a process of its own that answers line by line ---------------------------------

start_peer <- function(name, command, args = character(), dtypes) {
  pipes <- file.path(tempdir(), paste(name, c("ask", "answer"), sep = "-"))
  for (pipe in pipes) system2("mkfifo", pipe)
  system2(command, args, stdin = pipes[1], stdout = pipes[2], stderr = FALSE, wait = FALSE,
          env = sprintf("OPENBLAS_NUM_THREADS=%d", cores))
  # In the order in which the shell opens them; each end waits for the other.
  answer <- file(pipes[2], "r", blocking = TRUE)
  peer <- list(name = name, dtypes = dtypes, ask = file(pipes[1], "w"), answer = answer)
  peer$version <- readLines(peer$answer, 1)
  peer
}

start_pytorch <- function() {
  python <- Sys.getenv("NNCONV_PYTHON", "python3")
  works <- suppressWarnings(system2(python, c("-c", shQuote("import torch")), stderr = FALSE)) == 0
  if (works) list(start_peer("PyTorch", python, "bench/pytorch.py", c("float64", "float32")))
}

start_onednn <- function() {
  dir.create("build", showWarnings = FALSE)
  built <- suppressWarnings(system2(
    "g++", c("-O2", "-std=c++17", "-fopenmp", "bench/onednn.cpp", "-ldnnl", "-o", "build/onednn"),
    stderr = FALSE
  )) == 0
  if (built) list(start_peer("oneDNN", "build/onednn", dtypes = "float32"))
}

ask_peer <- function(peer, layer, s, dtype, threads) {
  line <- c(
    layer, dtype, threads, s$batch, s$in_channels, s$out_channels, s$height, s$width,
    s$kernel_size, s$stride, s$padding, s$output_padding, s$groups, s$dilation, seconds
  )
  writeLines(paste(line, collapse = " "), peer$ask)
  flush(peer$ask)
  as.numeric(readLines(peer$answer, 1))
}

# --- one row of the table ---------------------------------------------------------------------------

time_ours <- function(m, x, threads) {
  before <- nn_threads(threads)
  on.exit(nn_threads(before))
  time_calls(function() m(x))
}

# Every candidate as a function that measures once, by a name like "nnconv float64 1".
candidates_for <- function(layer, s, x, peers) {
  candidates <- list()
  for (threads in unique(c(1, cores))) for (dtype in c("float64", "float32")) {
    local({
      d <- dtype
      t <- threads
      m <- make_layer(layer, s, d)
      candidates[[paste("nnconv", d, t)]] <<- function() time_ours(m, x, t)
      for (peer in Filter(function(p) d %in% p$dtypes, peers)) local({
        p <- peer
        candidates[[paste(p$name, d, t)]] <<- function() ask_peer(p, layer, s, d, t)
      })
    })
  }
  candidates
}

measure <- function(layer, s, peers) {
  x <- array(stats::runif(s$batch * s$in_channels * s$height * s$width, -0.5, 0.5),
             c(s$batch, s$in_channels, s$height, s$width))
  candidates <- candidates_for(layer, s, x, peers)
  times <- vapply(seq_len(rounds), function(i) vapply(candidates, function(f) f(), 0),
                  numeric(length(candidates)))
  gmac <- summary(make_layer(layer, s, "float64"), dim(x))$multiply_adds / 1e9
  c(gmac = gmac, apply(times, 1, stats::median))
}

call_overhead <- function() {
  m <- nn_conv_transpose2d(16, 16, 3, stride = 2, padding = 1, output_padding = 1)
  x <- array(stats::rnorm(16 * 36), c(1, 16, 6, 6))
  one <- nn_conv_transpose2d(1, 1, 1)
  cell <- array(1, c(1, 1, 1, 1))
  marks <- bench::mark(m(x), one(cell), check = FALSE, min_iterations = 20000)
  1e6 * as.numeric(marks$median)
}

# What R's own collection of garbage takes in this session, in milliseconds.
collection <- function() {
  gc()
  1e3 * system.time(for (i in 1:20) gc())[["elapsed"]] / 20
}

# --- report -----------------------------------------------------------------------------------------

processor <- function() {
  info <- if (file.exists("/proc/cpuinfo")) readLines("/proc/cpuinfo") else character()
  name <- sub(".*: ", "", grep("model name", info, value = TRUE)[1])
  sprintf("%s, %d cores", if (is.na(name)) Sys.info()[["machine"]] else name, cores)
}

compiler <- function() {
  cxx <- strsplit(system2(file.path(R.home("bin"), "R"), c("CMD", "config", "CXX17"),
                          stdout = TRUE), " ")[[1]][1]
  system2(cxx, "--version", stdout = TRUE)[1]
}

table_of <- function(layer, shapes, peers) {
  rows <- lapply(shapes, function(s) {
    row <- measure(layer, s, peers)
    message(layer, " ", s$name, ": ", paste(names(row), signif(row, 3), sep = " ", collapse = ", "))
    row
  })
  result <- as.data.frame(do.call(rbind, rows), check.names = FALSE)
  rownames(result) <- vapply(shapes, function(s) s$name, "")
  result
}

as_markdown <- function(out) {
  cells <- rbind(names(out), "---", as.matrix(out))
  apply(cells, 1, function(row) paste0("| ", paste(row, collapse = " | "), " |"))
}

times_table <- function(table) {
  ours <- grep("^nnconv", names(table), value = TRUE)
  out <- data.frame(shape = rownames(table))
  for (name in ours) {
    label <- sub("^nnconv (\\S+) (\\d+)$", "\\1, \\2 thread", name)
    out[[paste0(label, ": ms")]] <- sprintf("%.2f", table[[name]])
    out[[paste0(label, ": GFLOP/s")]] <- sprintf("%.1f", 2 * table$gmac / table[[name]] * 1e3)
  }
  as_markdown(out)
}

# How many times faster than a peer, for each shape, and the geometric mean and the worst.
ratios_table <- function(table) {
  pairs <- list()
  for (peer in grep("^(nnconv|gmac)", names(table), value = TRUE, invert = TRUE)) {
    parts <- strsplit(peer, " ")[[1]]
    pairs[[paste0(parts[1], " ", parts[2], ", ", parts[3], " thread")]] <-
      table[[peer]] / table[[paste("nnconv", parts[2], parts[3])]]
    if (parts[1] == "PyTorch" && parts[2] == "float32") {
      pairs[[paste0("float64 against PyTorch float32, ", parts[3], " thread")]] <-
        table[[peer]] / table[[paste("nnconv float64", parts[3])]]
    }
  }
  if (length(pairs) == 0) {
    return("No peer was installed.")
  }
  ratios <- do.call(cbind, pairs)
  ratios <- rbind(ratios, "**geometric mean**" = exp(colMeans(log(ratios))),
                  "**worst**" = apply(ratios, 2, min))
  shape <- c(rownames(table), utils::tail(rownames(ratios), 2))
  as_markdown(data.frame(shape = shape, apply(ratios, 2, function(x) sprintf("%.2f", x)),
                         check.names = FALSE))
}

section <- function(title, table) {
  c("", paste("##", title), "", times_table(table), "",
    "Time of the peer divided by ours, same type and threads (above 1: ours is faster):", "",
    ratios_table(table))
}

shapes <- read_shapes()
garbage <- collection()
overhead <- call_overhead() # before other processes are there
peers <- c(start_pytorch(), start_onednn())
up <- table_of("conv_transpose2d", shapes, peers)
down <- table_of("conv2d", lapply(shapes, mirrored), peers)
versions <- vapply(peers, function(p) paste(p$name, p$version), "")

writeLines(c(
  "# Measurements", "",
  sprintf("%s. %s. %s. %s. nnconv %s with %s%s.", format(Sys.Date()), processor(), compiler(),
          R.version.string, utils::packageVersion("nnconv"), nn_simd(),
          paste0(", ", versions, collapse = "")),
  "",
  sprintf(paste("Medians of %d rounds in which the candidates took turns. Results of nnconv and",
                "PyTorch are newly allocated at every call, oneDNN writes to memory that it has.",
                "GFLOP/s count every product of the definition, those that padding crops included.",
                "Made by `make bench`."), rounds),
  "", "## A small call", "",
  sprintf(paste("The layer of 16 to 16 channels, kernel 3, stride 2, on 6x6: %.1f microseconds.",
                "One channel, one cell, which is all overhead: %.1f microseconds (median)."),
          overhead[1], overhead[2]),
  "", "## Garbage", "",
  sprintf(paste("R collects its garbage when 64 MB or more are newly allocated; once took %.0f ms.",
                "Calls whose result is that large (79 MB in unet_up4) pay it nearly every time, as",
                "numeric() of that length does. It is included below."), garbage),
  section("Transposed convolution", up),
  section("Convolution on the mirrored shapes", down)
), "bench/results.md")
cat(readLines("bench/results.md"), sep = "\n")
