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

# --- PyTorch, in a process of its own that answers line by line ------------------------------------

start_pytorch <- function() {
  python <- Sys.getenv("NNCONV_PYTHON", "python3")
  works <- suppressWarnings(system2(python, c("-c", shQuote("import torch")), stderr = FALSE)) == 0
  if (!works) {
    return(NULL)
  }
  pipes <- file.path(tempdir(), c("ask", "answer"))
  for (pipe in pipes) system2("mkfifo", pipe)
  system2(python, "bench/pytorch.py", stdin = pipes[1], stdout = pipes[2], wait = FALSE)
  peer <- list(ask = file(pipes[1], "w"), answer = file(pipes[2], "r", blocking = TRUE))
  peer$version <- readLines(peer$answer, 1)
  peer
}

ask_pytorch <- function(peer, layer, s, dtype, threads) {
  line <- c(
    layer, dtype, threads, s$batch, s$in_channels, s$out_channels, s$height, s$width,
    s$kernel_size, s$stride, s$padding, s$output_padding, s$groups, s$dilation, seconds
  )
  writeLines(paste(line, collapse = " "), peer$ask)
  flush(peer$ask)
  as.numeric(readLines(peer$answer, 1))
}

# --- one row of the table ---------------------------------------------------------------------------

measure <- function(layer, s, peer) {
  x <- array(stats::runif(s$batch * s$in_channels * s$height * s$width, -0.5, 0.5),
             c(s$batch, s$in_channels, s$height, s$width))
  m64 <- make_layer(layer, s, "float64")
  m32 <- make_layer(layer, s, "float32")
  candidates <- list(ours64 = function() time_calls(function() m64(x)),
                     ours32 = function() time_calls(function() m32(x)))
  if (!is.null(peer)) {
    for (dtype in c("float64", "float32")) for (threads in unique(c(1, cores))) {
      local({
        d <- dtype
        t <- threads
        name <- sprintf("torch%s_%d", sub("float", "", d), t)
        candidates[[name]] <<- function() ask_pytorch(peer, layer, s, d, t)
      })
    }
  }
  times <- vapply(seq_len(rounds), function(i) vapply(candidates, function(f) f(), 0),
                  numeric(length(candidates)))
  c(gmac = summary(m64, dim(x))$multiply_adds / 1e9, apply(times, 1, stats::median))
}

call_overhead <- function() {
  m <- nn_conv_transpose2d(16, 16, 3, stride = 2, padding = 1, output_padding = 1)
  x <- array(stats::rnorm(16 * 36), c(1, 16, 6, 6))
  one <- nn_conv_transpose2d(1, 1, 1)
  cell <- array(1, c(1, 1, 1, 1))
  marks <- bench::mark(m(x), one(cell), check = FALSE, min_iterations = 20000)
  1e6 * as.numeric(marks$median)
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

table_of <- function(layer, shapes, peer) {
  rows <- lapply(shapes, function(s) {
    row <- measure(layer, s, peer)
    message(layer, " ", s$name, " ", paste(names(row), signif(row, 3), collapse = " "))
    row
  })
  result <- as.data.frame(do.call(rbind, rows))
  rownames(result) <- vapply(shapes, function(s) s$name, "")
  result
}

markdown <- function(table) {
  gflops <- function(ms) sprintf("%.1f", 2 * table$gmac / ms * 1e3)
  ratio <- function(ours, theirs) sprintf("%.2f", table[[theirs]] / table[[ours]])
  out <- data.frame(
    shape = rownames(table), "float64 ms" = sprintf("%.2f", table$ours64),
    "float64 GFLOP/s" = gflops(table$ours64), "float32 ms" = sprintf("%.2f", table$ours32),
    "float32 GFLOP/s" = gflops(table$ours32), check.names = FALSE
  )
  for (peer in grep("^torch", names(table), value = TRUE)) {
    bits <- substr(peer, 6, 7)
    header <- sprintf("PyTorch float%s, %s threads / ours", bits, sub(".*_", "", peer))
    out[[header]] <- ratio(paste0("ours", bits), peer)
    mean_ratio <- exp(mean(log(table[[peer]] / table[[paste0("ours", bits)]])))
    attr(out, "means") <- c(attr(out, "means"), sprintf("%s: %.2f", header, mean_ratio))
  }
  cells <- rbind(names(out), "---", as.matrix(out))
  c(apply(cells, 1, function(row) paste0("| ", paste(row, collapse = " | "), " |")), "",
    if (length(attr(out, "means"))) {
      c("Geometric means of time of the peer / our time (above 1: ours is faster):", "",
        paste("*", attr(out, "means")))
    })
}

shapes <- read_shapes()
peer <- start_pytorch()
overhead <- call_overhead()
up <- table_of("conv_transpose2d", shapes, peer)
down <- table_of("conv2d", lapply(shapes, mirrored), peer)

writeLines(c(
  "# Measurements", "",
  sprintf("%s. %s. %s. %s. nnconv %s on one thread%s.", format(Sys.Date()), processor(), compiler(),
          R.version.string, utils::packageVersion("nnconv"),
          if (is.null(peer)) "" else paste(", PyTorch", peer$version)),
  "",
  sprintf(paste("Medians of %d rounds in which the candidates took turns. GFLOP/s count every product",
                "of the definition, those that padding crops included. Made by `make bench`."), rounds),
  "", "## A small call", "",
  sprintf(paste("The layer of 16 to 16 channels, kernel 3, stride 2, on 6x6: %.1f microseconds.",
                "One channel, one cell, which is all overhead: %.1f microseconds (median)."),
          overhead[1], overhead[2]),
  "", "## Transposed convolution", "", markdown(up),
  "", "## Convolution on the mirrored shapes", "", markdown(down)
), "bench/results.md")
cat(readLines("bench/results.md"), sep = "\n")
