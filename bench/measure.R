# Measuring: the candidates for a shape take turns, and medians over the rounds are what counts.

# The median time of calls made for `seconds`, at least one, after one to warm up, in milliseconds;
# and what of it R's collection of garbage takes, on average.
time_calls <- function(f, seconds) {
  f()
  times <- numeric()
  collected <- gc.time()[3]
  begin <- bench::hires_time()
  while (bench::hires_time() - begin < seconds || length(times) < 1) {
    start <- bench::hires_time()
    f()
    times <- c(times, bench::hires_time() - start)
  }
  1e3 * c(stats::median(times), (gc.time()[3] - collected) / length(times))
}

time_ours <- function(f, threads, algorithm, seconds) {
  before <- nn_threads(threads)
  chosen <- options(nnconv.algorithm = algorithm)
  on.exit({
    nn_threads(before)
    options(chosen)
  })
  time_calls(f, seconds)
}

# Who is measured in a pass: a data frame of `by`, `dtype`, `threads` and, for a peer, which one.
# `settings$algorithms` are measured too, on one thread; "direct" is the package without its fast ones.
candidates_for <- function(pass, peers, settings) {
  threads <- unique(c(1, settings$cores))
  types <- c("float64", "float32")
  rows <- list(expand.grid(by = "nnconv", dtype = types, threads = threads, peer = NA))
  if (pass == "forward") {
    rows <- c(rows, list(expand.grid(
      by = settings$algorithms, dtype = types, threads = 1, peer = NA
    )))
  }
  for (i in seq_along(peers)) {
    peer <- peers[[i]]
    if (pass %in% peer$passes) {
      rows <- c(rows, list(expand.grid(
        by = peer$name, dtype = peer$dtypes, threads = unique(peer$threads), peer = i
      )))
    }
  }
  rows <- do.call(rbind, rows)
  rows[order(rows$threads, rows$dtype), ] # those that are compared are measured side by side
}

# One row of the table: the median milliseconds of every candidate, named like nnconv.float64.1.
# Of several processes of a peer, the best. The attribute "spread" is how far the rounds lie apart,
# (longest - shortest) / median; "fast" says for each type whether a fast algorithm was chosen;
# "garbage" is what its collection took in a call in float64 on one thread.
measure <- function(layer, pass, s, peers, settings) {
  x <- random_array(input_dim(s))
  g <- if (pass == "backward") random_array(output_dim(layer, s))
  who <- candidates_for(pass, peers, settings)
  who[c("by", "dtype")] <- lapply(who[c("by", "dtype")], as.character)
  layers <- sapply(c("float64", "float32"), function(dtype) make_layer(layer, s, dtype))
  call_of <- function(m) if (pass == "backward") function() m$backward(x, g) else function() m(x)
  once <- function(i) {
    if (!is.na(who$peer[i])) {
      peer <- peers[[who$peer[i]]]
      return(c(
        ask_peer(peer, layer, pass, s, who$dtype[i], who$threads[i], settings$seconds), NA
      ))
    }
    algorithm <- if (who$by[i] == "nnconv") "automatic" else who$by[i]
    time_ours(call_of(layers[[who$dtype[i]]]), who$threads[i], algorithm, settings$seconds)
  }
  results <- replicate(settings$rounds, vapply(seq_len(nrow(who)), once, numeric(2)))
  dim(results) <- c(2, nrow(who), settings$rounds)
  times <- matrix(results[1, , ], nrow(who))
  medians <- apply(times, 1, stats::median)
  name <- paste(who$by, who$dtype, who$threads, sep = ".")
  structure(
    tapply(medians, factor(name, unique(name)), min),
    spread = apply(times, 1, function(x) diff(range(x)) / stats::median(x)),
    garbage = mean(results[2, match("nnconv.float64.1", name), ]),
    fast = vapply(layers, function(m) is_fast(call_of(m)), NA)
  )
}

# The fast algorithms round otherwise.
is_fast <- function(call) {
  chosen <- options(nnconv.algorithm = "automatic")
  on.exit(options(chosen))
  automatic <- call()
  options(nnconv.algorithm = "direct")
  !identical(automatic, call())
}

random_array <- function(dim) array(stats::runif(prod(dim), -0.5, 0.5), dim)

# All shapes in one pass of one layer: a data frame, with the spread of all that was measured.
measure_all <- function(layer, pass, shapes, peers, settings) {
  spread <- numeric()
  rows <- lapply(shapes, function(s) {
    medians <- measure(layer, pass, s, peers, settings)
    spread <<- c(spread, attr(medians, "spread"))
    message(layer, " ", pass, " ", s$name, ": ",
            paste(names(medians), signif(medians, 3), collapse = ", "))
    data.frame(
      layer = layer, pass = pass, shape = s$name, work_of(layer, pass, s),
      fast = t(attr(medians, "fast")), garbage = signif(attr(medians, "garbage"), 3),
      t(signif(c(medians), 4))
    )
  })
  structure(do.call(rbind, rows), spread = spread)
}

# What the machine can do, from limits.cpp: a named vector like fma.float64.1, read.1.
measure_limits <- function(cores) {
  program <- compile("limits", c("-O3", "-march=native", "-ffp-contract=fast", "-std=c++17",
                                 "-pthread"))
  if (is.null(program)) stop("bench/limits.cpp does not compile")
  lines <- strsplit(system2(program, cores, stdout = TRUE), " ")
  values <- vapply(lines, function(line) as.numeric(line[4]), 0)
  names(values) <- vapply(lines, function(line) paste(setdiff(line[1:3], "-"), collapse = "."), "")
  values
}

# Median microseconds of small calls.
call_overhead <- function() {
  m <- nn_conv_transpose2d(16, 16, 3, stride = 2, padding = 1, output_padding = 1)
  x <- random_array(c(1, 16, 6, 6))
  g <- random_array(c(1, 16, 12, 12))
  one <- nn_conv_transpose2d(1, 1, 1)
  cell <- array(1, c(1, 1, 1, 1))
  marks <- bench::mark(
    small = m(x), cell = one(cell), small_backward = m$backward(x, g),
    cell_backward = one$backward(cell, cell), check = FALSE, min_iterations = 20000
  )
  stats::setNames(1e6 * as.numeric(marks$median), as.character(marks$expression))
}

# A call with a result of 79 MB (unet_up4_b1), in a session that has not had so much memory yet:
# milliseconds, and what of them goes into R's collection of garbage.
large_call <- function() {
  m <- nn_conv_transpose2d(128, 64, 2, stride = 2)
  x <- random_array(c(1, 128, 196, 196))
  time_ours(function() m(x), 1, "automatic", 1)
}
