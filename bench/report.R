# Report: writes results.md and results.png from the data of a run. run.R calls it at its end;
# `Rscript bench/report.R` does the same without measuring.

source("bench/plot.R")

# The data of a run: a data frame, with the facts of its first lines as the attribute "facts".
read_data <- function(file) {
  header <- grep("^# ", readLines(file), value = TRUE)
  facts <- as.list(sub("^# [^:]+: ", "", header))
  names(facts) <- sub("^# ([^:]+): .*", "\\1", header)
  text <- c("date", "processor", "compiler", "r", "nnconv", "simd", "peers")
  numeric <- !names(facts) %in% text
  facts[numeric] <- lapply(facts[numeric], as.numeric)
  structure(utils::read.delim(file, comment.char = "#"), facts = facts)
}

columns_of <- function(dtype, threads, by = "nnconv") paste(by, dtype, threads, sep = ".")

thread_counts <- function(data) unique(c(1, attr(data, "facts")$cores))

types <- c("float64", "float32")

# The columns to compare: the peer's time is divided by ours on the same number of threads.
comparisons <- list(
  "PyTorch float64" = c("PyTorch.float64", "nnconv.float64"),
  "PyTorch float32" = c("PyTorch.float32", "nnconv.float32"),
  "oneDNN float32" = c("oneDNN.float32", "nnconv.float32"),
  "our float64, PyTorch float32" = c("PyTorch.float32", "nnconv.float64")
)

ratios_of <- function(part, comparison, threads) {
  columns <- paste(comparisons[[comparison]], threads, sep = ".")
  if (all(columns %in% names(part)) && !all(is.na(part[[columns[1]]]))) {
    part[[columns[1]]] / part[[columns[2]]]
  }
}

geometric_mean <- function(x) exp(mean(log(x)))

as_markdown <- function(out) {
  cells <- rbind(names(out), "---", as.matrix(out))
  apply(cells, 1, function(row) paste0("| ", paste(row, collapse = " | "), " |"))
}

# Makes a column for each type and number of threads; `cell(dtype, threads)` fills it.
ours_table <- function(part, threads, cell) {
  out <- data.frame(shape = part$shape)
  for (dtype in types) for (t in threads) {
    out[[sprintf("%s, %d thread%s", dtype, t, if (t > 1) "s" else "")]] <- cell(dtype, t)
  }
  as_markdown(out)
}

times_table <- function(part, threads) {
  ours_table(part, threads, function(dtype, t) {
    ms <- part[[columns_of(dtype, t)]]
    mark <- ifelse(part[[paste0("fast.", dtype)]], "*", "")
    sprintf("%.*f%s (%.0f)", ifelse(ms < 1, 3, 1), ms, mark, 2 * part$products / ms / 1e6)
  })
}

# Returns per cent of the limits: of arithmetic with all products, of arithmetic without cropped
# products, of memory.
limit_shares <- function(part, facts, dtype, t) {
  ms <- part[[columns_of(dtype, t)]]
  fma <- facts[[paste("limit.fma", dtype, t, sep = ".")]]
  read <- facts[[paste0("limit.read.", t)]]
  write <- max(facts[[paste0("limit.fresh-small.", t)]], facts[[paste0("limit.fresh-large.", t)]])
  data.frame(
    all = 100 * 2 * part$products / ms / 1e6 / fma,
    uncropped = 100 * 2 * part$uncropped / ms / 1e6 / fma,
    memory = 100 * (part$read / read + part$written / write) / 1e6 / ms
  )
}

limits_table <- function(part, facts, threads) {
  ours_table(part, threads, function(dtype, t) {
    share <- limit_shares(part, facts, dtype, t)
    sprintf("%.0f / %.0f / %.0f", share$all, share$uncropped, share$memory)
  })
}

# Each cell holds the ratios for all numbers of threads.
ratios_table <- function(part, threads) {
  out <- data.frame(shape = c(part$shape, "**geometric mean**", "**worst**"))
  for (comparison in names(comparisons)) {
    by_threads <- lapply(threads, function(t) {
      ratio <- ratios_of(part, comparison, t)
      if (!is.null(ratio)) sprintf("%.2f", c(ratio, geometric_mean(ratio), min(ratio)))
    })
    if (!any(vapply(by_threads, is.null, NA))) {
      out[[comparison]] <- do.call(paste, c(by_threads, sep = " / "))
    }
  }
  if (ncol(out) == 1) "No peer was installed." else as_markdown(out)
}

titles <- c(
  "conv_transpose2d forward" = "Transposed convolution, forward",
  "conv_transpose2d backward" = "Transposed convolution, backward",
  "conv2d forward" = "Convolution on the mirrored shapes, forward",
  "conv2d backward" = "Convolution on the mirrored shapes, backward"
)

# Splits the data into parts, named by `titles` and in their order.
parts_of <- function(data) {
  parts <- lapply(names(titles), function(name) data[paste(data$layer, data$pass) == name, ])
  stats::setNames(parts, titles)
}

section <- function(title, part, facts, threads) {
  counts <- paste(threads, collapse = " / ")
  c("", paste("##", title), "",
    "Milliseconds (* marks a fast algorithm) and GFLOP/s:", "", times_table(part, threads), "",
    "Per cent of the limits: FMA with all products / FMA without cropped products / memory:", "",
    limits_table(part, facts, threads), "",
    sprintf("The peer's time divided by nnconv's on %s threads (above 1, nnconv is faster):", counts),
    "", ratios_table(part, threads))
}

# Geometric means and, in parentheses, the worst shape.
summary_table <- function(data, threads) {
  parts <- parts_of(data)
  rows <- expand.grid(threads = threads, part = names(parts), stringsAsFactors = FALSE)
  out <- data.frame(measured = paste0(rows$part, ", ", rows$threads,
                                      ifelse(rows$threads > 1, " threads", " thread")))
  for (comparison in names(comparisons)) {
    out[[comparison]] <- mapply(function(part, t) {
      ratio <- ratios_of(parts[[part]], comparison, t)
      if (is.null(ratio)) "" else sprintf("%.2f (%.2f)", geometric_mean(ratio), min(ratio))
    }, rows$part, rows$threads)
  }
  as_markdown(out[vapply(out, function(column) any(nzchar(column)), NA)])
}

machine_table <- function(facts, threads) {
  limit <- function(name) vapply(threads, function(t) facts[[paste0("limit.", name, ".", t)]], 0)
  rows <- c(
    "FMA, float64 (GFLOP/s)" = "fma.float64", "FMA, float32 (GFLOP/s)" = "fma.float32",
    "memory read (GB/s)" = "read", "memory written, in use before (GB/s)" = "write",
    "fresh memory written, small pages (GB/s)" = "fresh-small",
    "fresh memory written, large pages (GB/s)" = "fresh-large"
  )
  out <- data.frame(limit = names(rows))
  for (i in seq_along(threads)) {
    label <- sprintf("%d thread%s", threads[i], if (threads[i] > 1) "s" else "")
    out[[label]] <- vapply(rows, function(name) sprintf("%.1f", limit(name)[i]), "")
  }
  as_markdown(out)
}

paragraph <- function(...) strwrap(sprintf(...), width = 100)

bullets <- function(...) {
  unlist(lapply(c(...), strwrap, width = 100, initial = "* ", prefix = "  "))
}

is_quiet <- function(facts) isTRUE(facts$company <= 5)

quietness <- function(facts) {
  paste0(
    if (!is.null(facts$company)) sprintf(
      "Other programs used %.0f %% of the processors, in five samples between the measurements.",
      facts$company
    ),
    if (facts$rounds > 1) sprintf(
      " The rounds of a measurement differ by %.0f %% of their median (median over all).",
      100 * facts$spread
    )
  )
}

introduction <- function(facts) {
  c("# Measurements", "",
    paragraph(
      "%s. %s, %d cores. %s. %s. nnconv %s with %s%s. Rounds: %d. Minutes: %s.",
      facts$date, facts$processor, facts$cores, facts$compiler, facts$r, facts$nnconv, facts$simd,
      if (nzchar(facts$peers)) paste0(", ", facts$peers) else "", facts$rounds, facts$minutes
    ), "",
    paragraph("%s%s", quietness(facts), if (is_quiet(facts)) "" else paste(
      " **The machine may have been busy, so do not rely on these numbers: other programs slow",
      "libraries most whose threads wait for each other.**"
    )), "",
    bullets(
      "Times are medians over rounds in which the candidates took turns.",
      "Forward is `m(x)`; backward is `m$backward(x, g)`, all three gradients, no forward pass.",
      paste("PyTorch: forward runs without autograd; backward is `aten::convolution_backward`, which",
            "autograd calls, for all three gradients. With all threads, its matrix library is set to",
            "one thread and to all threads, and the better result counts."),
      paste("oneDNN: only forward and float32, with weights in its own order, writing to allocated",
            "memory; the others allocate their results in every call. The better of two layouts",
            "counts: the plain one, and the one that oneDNN prefers, including reorders."),
      "nnconv reads and writes R's doubles with either type; the peers' float32 has half the bytes.",
      "nnconv keeps nothing between calls: it packs or transforms the weights each time.",
      paste("GFLOP/s count two operations for each product of the definition, even if the fast",
            "algorithm computes fewer products, so they can exceed 100 % of the FMA limit. The second",
            "percentage omits products that are cropped (transposed) or multiply padding",
            "(convolution)."),
      paste("The memory limit is the time to read the inputs once and to write the results once to",
            "fresh memory, in large pages where they are faster. Data in a cache, and memory that is",
            "reused after it was freed, are faster."))
  )
}

# A median ignores whatever happens in fewer than half of the calls. So the text gives the means that
# exceed both a tenth of the median and 5 ms.
garbage_text <- function(data, facts) {
  ms <- data$nnconv.float64.1
  much <- which(data$garbage > pmax(5, 0.1 * ms))
  places <- sprintf("%s %s %s (%.0f beside %.0f)", data$layer[much], data$pass[much],
                    data$shape[much], data$garbage[much], ms[much])
  c(
    paragraph(paste(
      "R collects garbage after large allocations. A result of 79 MB (unet_up4_b1, float64, 1 thread)",
      "took %.0f ms at the beginning of the session, and the collection took %.0f ms per call on",
      "average. Collections become rarer as R's heap grows. The times below are medians, which contain",
      "the collection only if it occurs in at least half of the calls."
    ), facts$large.call, facts$large.garbage), "",
    paragraph("%s", paste(
      "Mean collection time per call beside the median time of the call in ms, float64 on 1 thread,",
      "where it exceeds both a tenth of that time and 5 ms:",
      if (length(places)) paste0(toString(places), ".") else "nowhere."
    ))
  )
}

write_report <- function(data_file) {
  data <- read_data(data_file)
  facts <- attr(data, "facts")
  threads <- thread_counts(data)
  folder <- if (dirname(data_file) == "vignettes") "bench" else dirname(data_file)
  draw_ratios(data, file.path(folder, "results.png"))
  parts <- parts_of(data)
  lines <- c(
    introduction(facts), "",
    "[bounds.md](bounds.md) explains the figures that miss their aims. Made by `make bench`.", "",
    "## Summary", "",
    "The peer's time divided by nnconv's on the same number of threads: the geometric mean over the",
    "shapes and, in parentheses, the worst shape. Above 1, nnconv is faster.", "",
    summary_table(data, threads), "",
    paste0("![Time of PyTorch and oneDNN divided by nnconv's, for each shape, on a logarithmic axis;",
           " the same numbers as in the tables below](results.png)"),
    "", "## Limits of the machine", "", machine_table(facts, threads), "",
    "## Small calls", "",
    paragraph(paste(
      "A transposed layer from 16 to 16 channels with kernel size 3 and stride 2 on 6x6 cells takes",
      "%.1f microseconds forward and %.1f backward. A layer of one channel on one cell, which is pure",
      "overhead, takes %.1f and %.1f."
    ), facts$overhead.small, facts$overhead.small_backward, facts$overhead.cell,
    facts$overhead.cell_backward),
    "", "## Garbage collection", "",
    garbage_text(data, facts),
    unlist(Map(function(title, part) section(title, part, facts, threads), names(parts), parts))
  )
  writeLines(lines, file.path(folder, "results.md"))
}

if (sys.nframe() == 0L) write_report("vignettes/speed.tsv")
