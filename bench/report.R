# Report: writes results.md and results.png from the data of a run. run.R does that at its end, and
# `Rscript bench/report.R` without measuring.

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

# Each peer's time divided by ours with as many threads, by what is compared; NULL if not measured.
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

# A column for each type and number of threads, filled by `cell`(dtype, threads).
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

# Percent of the limits: arithmetic with all products, without those that are cropped, memory.
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

# One cell holds the ratios for each number of threads.
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

# The parts of the data, in the order of `titles` and by these.
parts_of <- function(data) {
  parts <- lapply(names(titles), function(name) data[paste(data$layer, data$pass) == name, ])
  stats::setNames(parts, titles)
}

section <- function(title, part, facts, threads) {
  counts <- paste(threads, collapse = " / ")
  c("", paste("##", title), "",
    "Milliseconds, with * by a fast algorithm, and GFLOP/s:", "", times_table(part, threads), "",
    "Percent of the limits: FMA with all products / with those not cropped / memory:", "",
    limits_table(part, facts, threads), "",
    sprintf("Time of the peer divided by ours with %s threads (above 1: ours is faster):", counts),
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
      "Others took %.0f %% of the processors, in five samples between the measurements.",
      facts$company
    ),
    if (facts$rounds > 1) sprintf(
      " The rounds of a measurement lie %.0f %% of their median apart (median over all).",
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
      " **The machine is not known to have been quiet, so these numbers are not for the record:",
      "company slows those most whose threads wait for each other.**"
    )), "",
    bullets(
      "Times are medians over rounds in which the candidates took turns.",
      "Forward is `m(x)`; backward is `m$backward(x, g)`, all three gradients, no forward pass.",
      paste("PyTorch: forward without autograd; backward is `aten::convolution_backward`, what",
            "autograd calls, for all three. With all threads the better of two settings of the",
            "library of matrix products below it counts: that on one thread, or on all."),
      paste("oneDNN: forward only, float32 only, weights in its own order, writing to memory that",
            "it has; results of the others are newly allocated at every call. The better of the",
            "plain layout and of the one that it likes, reorders included, counts."),
      "nnconv reads and writes R's doubles in both types; float32 of the peers are half the bytes.",
      "nnconv keeps nothing from call to call: weights are packed, or transformed, each time.",
      paste("GFLOP/s count two operations for every product of the definition, also where the fast",
            "algorithm takes fewer of them, so that more than 100 % of the FMA limit is possible.",
            "The second percentage leaves out products that are cropped away (transposed), or",
            "whose factor is padding (convolution)."),
      paste("The memory limit is the time to read the inputs once and to write the results once to",
            "fresh memory, in large pages where they are faster. What lies in a cache, or is",
            "allocated again where something was freed, is faster than that.")
    ))
}

# A median has nothing of what happens in fewer than half of the calls; so the means are told,
# where they are more than a tenth of the median and 5 ms.
garbage_text <- function(data, facts) {
  ms <- data$nnconv.float64.1
  much <- which(data$garbage > pmax(5, 0.1 * ms))
  places <- sprintf("%s %s %s (%.0f beside %.0f)", data$layer[much], data$pass[much],
                    data$shape[much], data$garbage[much], ms[much])
  c(
    paragraph(paste(
      "R collects its garbage when much has been allocated. A result of 79 MB (unet_up4_b1,",
      "float64, 1 thread) took %.0f ms at the beginning of the session, and the collection %.0f ms",
      "a call on average. It comes less often when R's heap has grown. The times below are",
      "medians, which",
      "contain it only where it comes in at least half of the calls."
    ), facts$large.call, facts$large.garbage), "",
    paragraph("%s", paste(
      "Its mean a call beside the median time in ms, float64 on 1 thread, where it was more than a",
      "tenth of that and 5 ms:", if (length(places)) toString(places) else "nowhere"
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
    "What bounds the figures that fall short: [bounds.md](bounds.md). Made by `make bench`.", "",
    "## All in one", "",
    "Time of the peer divided by ours, same number of threads: geometric mean over the shapes and,",
    "in parentheses, the worst of them. Above 1, ours is faster.", "",
    summary_table(data, threads), "",
    paste0("![Time of PyTorch and oneDNN divided by ours, for each shape, on a logarithmic axis;",
           " the same numbers as in the tables below](results.png)"),
    "", "## Limits of the machine", "", machine_table(facts, threads), "",
    "## A small call", "",
    paragraph(paste(
      "The transposed layer of 16 to 16 channels, kernel 3, stride 2, on 6x6: forward %.1f,",
      "backward %.1f microseconds. One channel and one cell, which is all overhead: %.1f and %.1f."
    ), facts$overhead.small, facts$overhead.small_backward, facts$overhead.cell,
    facts$overhead.cell_backward),
    "", "## Garbage", "",
    garbage_text(data, facts),
    unlist(Map(function(title, part) section(title, part, facts, threads), names(parts), parts))
  )
  writeLines(lines, file.path(folder, "results.md"))
}

if (sys.nframe() == 0L) write_report("vignettes/speed.tsv")
