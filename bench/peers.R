# Peers: PyTorch, oneDNN and ONNX Runtime, each in processes of its own that answer line by line. A
# peer is a list with its name, the passes, types and numbers of threads that it measures, and two
# pipes.

start_peer <- function(name, command, args = character(), passes, dtypes, threads, blas = 1,
                       rest = 0.04) {
  pipes <- tempfile(paste0(make.names(name), c("-ask", "-answer")))
  for (pipe in pipes) system2("mkfifo", pipe)
  limits <- sprintf(c("OPENBLAS_NUM_THREADS=%d", "MKL_NUM_THREADS=%d"), as.integer(blas))
  system2(command, args, stdin = pipes[1], stdout = pipes[2], stderr = FALSE, wait = FALSE,
          env = limits)
  # In the order in which the shell opens them; each end waits for the other.
  answer <- file(pipes[2], "r", blocking = TRUE, raw = TRUE)
  peer <- list(
    name = name, passes = passes, dtypes = dtypes, threads = threads, rest = rest,
    ask = file(pipes[1], "w", raw = TRUE), answer = answer
  )
  peer$version <- readLines(peer$answer, 1)
  peer
}

# A library for matrices below PyTorch need not heed its number of threads, so each number has a
# process. With all threads there are two, as it depends on the shape whether the threads are of
# more use to PyTorch or to the matrix products; the better one counts.
start_pytorch <- function(cores) {
  python <- Sys.getenv("NNCONV_PYTHON", "python3")
  if (suppressWarnings(system2(python, c("-c", shQuote("import torch")), stderr = FALSE)) != 0) {
    message("not measured: PyTorch, as ", python, " has no torch (NNCONV_PYTHON may name another)")
    return()
  }
  start <- function(threads, blas) {
    start_peer("PyTorch", python, "bench/pytorch.py", c("forward", "backward"),
               c("float64", "float32"), threads, blas, rest = if (blas > 1) 0.2 else 0.04)
  }
  c(list(start(1, 1)), if (cores > 1) list(start(cores, 1), start(cores, cores)))
}

start_onednn <- function(cores) {
  built <- compile("onednn", c("-O2", "-std=c++17", "-fopenmp"), "-ldnnl")
  if (is.null(built)) {
    message("not measured: oneDNN, as bench/onednn.cpp does not compile here")
    return()
  }
  list(start_peer("oneDNN", built, passes = "forward", dtypes = "float32", threads = c(1, cores)))
}

start_onnxruntime <- function(cores) {
  home <- normalizePath(Sys.getenv("NNCONV_NODE_MODULES", "node_modules"), mustWork = FALSE)
  python <- Sys.getenv("NNCONV_PYTHON", "python3")
  is_there <- dir.exists(file.path(home, "onnxruntime-node")) && nzchar(Sys.which("node")) &&
    suppressWarnings(system2(python, c("-c", shQuote("import onnx")), stderr = FALSE)) == 0
  if (!is_there) {
    message("not measured: ONNX Runtime, as node, onnxruntime-node (NNCONV_NODE_MODULES) or ",
            "Python's onnx is missing")
    return()
  }
  Sys.setenv(NNCONV_NODE_MODULES = home)
  list(start_peer("ONNX Runtime", "node", "bench/onnxruntime.js", passes = "forward",
                  dtypes = "float32", threads = c(1, cores), rest = 0.2))
}

# A program of bench/ in build/, or NULL where it cannot be.
compile <- function(name, flags, libraries = character()) {
  dir.create("build", showWarnings = FALSE)
  program <- file.path("build", name)
  source <- file.path("bench", paste0(name, ".cpp"))
  status <- suppressWarnings(
    system2("g++", c(flags, source, libraries, "-o", program), stderr = FALSE)
  )
  if (status == 0) program
}

ask_peer <- function(peer, layer, pass, s, dtype, threads, seconds) {
  ask(peer, c(
    layer, pass, dtype, threads, s$batch, s$in_channels, s$out_channels, s$height, s$width,
    s$kernel_size, s$stride, s$padding, s$output_padding, s$groups, s$dilation, seconds
  ), threads)
}

# After its last call, a peer's threads watch for more work for a while, those of OpenBLAS for 60 to
# 150 ms. Whoever is measured next would have to share the processors with them, so that there is a
# rest of that many seconds.
ask <- function(peer, words, threads) {
  writeLines(paste(words, collapse = " "), peer$ask)
  flush(peer$ask)
  answer <- as.numeric(readLines(peer$answer, 1))
  if (length(answer) == 0) stop(peer$name, " ended at: ", paste(words, collapse = " "))
  if (threads > 1) Sys.sleep(peer$rest)
  answer
}
