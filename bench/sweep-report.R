# Sweep report: how the peers' times divided by ours are spread, which shapes are worst and what
# bounds them, and what is lost by the choice of an algorithm.

source("bench/report.R")

sweep_comparisons <- list(
  "ONNX Runtime float32" = c("ONNX.Runtime.float32", "nnconv.float32"),
  "oneDNN float32" = c("oneDNN.float32", "nnconv.float32"),
  "PyTorch float32" = c("PyTorch.float32", "nnconv.float32"),
  "PyTorch float64" = c("PyTorch.float64", "nnconv.float64")
)

# Ratios of one table for all comparisons and numbers of threads that were measured.
sweep_ratios <- function(data, threads) {
  rows <- list()
  for (title in names(parts_of(data))) for (name in names(sweep_comparisons)) for (t in threads) {
    part <- parts_of(data)[[title]]
    columns <- paste(sweep_comparisons[[name]], t, sep = ".")
    if (nrow(part) == 0 || !all(columns %in% names(part))) next
    ratio <- part[[columns[1]]] / part[[columns[2]]]
    known <- is.finite(ratio)
    if (!any(known)) next
    rows <- c(rows, list(list(title = title, peer = name, threads = t, part = part[known, ],
                              ours = part[[columns[2]]][known], ratio = ratio[known])))
  }
  rows
}

share_below <- function(ratio, limit) sprintf("%.0f %%", 100 * mean(ratio < limit))

spread_table <- function(rows) {
  cell <- function(f) vapply(rows, f, "")
  as_markdown(data.frame(
    measured = cell(function(r) {
      sprintf("%s, %d thread%s", r$title, r$threads, if (r$threads > 1) "s" else "")
    }),
    peer = cell(function(r) r$peer),
    shapes = cell(function(r) format(length(r$ratio))),
    "geometric mean" = cell(function(r) sprintf("%.2f", geometric_mean(r$ratio))),
    "below 1" = cell(function(r) share_below(r$ratio, 1)),
    "below 0.8" = cell(function(r) share_below(r$ratio, 0.8)),
    "below 0.5" = cell(function(r) share_below(r$ratio, 0.5)),
    worst = cell(function(r) sprintf("%.2f", min(r$ratio))),
    best = cell(function(r) sprintf("%.1f", max(r$ratio))), check.names = FALSE
  ))
}

# Which of the limits takes the largest part of a time: arithmetic with all products, memory, R's
# garbage; where none takes a quarter, it is the core's own work around them.
bounds_of <- function(part, ours, facts, dtype, threads) {
  share <- limit_shares(part, facts, dtype, threads)
  shares <- cbind(arithmetic = share$all, memory = share$memory,
                  garbage = 100 * part$garbage / ours)
  largest <- max.col(shares, ties.method = "first")
  percent <- shares[cbind(seq_along(largest), largest)]
  ifelse(percent < 25, sprintf("what is around them (%s %.0f %%)", colnames(shares)[largest], percent),
         sprintf("%s %.0f %%", colnames(shares)[largest], percent))
}

worst_table <- function(row, facts, count = 20) {
  worst <- utils::head(order(row$ratio), count)
  dtype <- sub(".* ", "", row$peer)
  as_markdown(data.frame(
    shape = row$part$shape[worst], ms = sprintf("%.3g", row$ours[worst]),
    ratio = sprintf("%.2f", row$ratio[worst]),
    "bounded by" = bounds_of(row$part[worst, ], row$ours[worst], facts, dtype, row$threads),
    check.names = FALSE
  ))
}

# Our time divided by the best algorithm's, on one thread; at least 1.
lost_table <- function(data, algorithms) {
  rows <- expand.grid(dtype = types, title = names(titles)[grepl("forward", names(titles))],
                      stringsAsFactors = FALSE)
  cells <- Map(function(dtype, title) {
    part <- data[paste(data$layer, data$pass) == title, ]
    own <- part[[columns_of(dtype, 1)]]
    forced <- part[intersect(columns_of(dtype, 1, algorithms), names(part))]
    lost <- own / pmin(own, do.call(pmin, c(forced, na.rm = TRUE)))
    sprintf(c("%.2f", "%.2f"), c(geometric_mean(lost), max(lost)))
  }, rows$dtype, rows$title)
  as_markdown(data.frame(
    layer = titles[rows$title], type = rows$dtype, mean = vapply(cells, `[`, "", 1),
    worst = vapply(cells, `[`, "", 2), row.names = NULL
  ))
}

# A curve for each comparison: the share of the shapes whose ratio is at most that.
draw_spread <- function(rows, file) {
  panels <- unique(vapply(rows, function(r) r$title, ""))
  colours <- stats::setNames(c("#000000", "#009E73", "#D55E00", "#0072B2"), names(sweep_comparisons))
  grDevices::png(file, width = 1500, height = 700 * ceiling(length(panels) / 2), res = 120)
  on.exit(grDevices::dev.off())
  graphics::par(mfrow = c(ceiling(length(panels) / 2), 2), mar = c(4, 4, 3, 1), las = 1)
  limits <- range(0.1, 10, unlist(lapply(rows, function(r) r$ratio)))
  ticks <- 10^(floor(log10(limits[1])):ceiling(log10(limits[2])))
  for (panel in panels) {
    plot(NULL, log = "x", xlim = limits, ylim = c(0, 1), axes = FALSE,
         xlab = "time of the peer / ours", ylab = "share of the shapes")
    graphics::title(panel, font.main = 1)
    graphics::abline(v = ticks, h = c(0, 0.25, 0.5, 0.75, 1), col = "grey90")
    graphics::abline(v = 1, col = "grey25")
    graphics::axis(1, ticks, ticks, tick = FALSE)
    graphics::axis(2, c(0, 0.25, 0.5, 0.75, 1), tick = FALSE)
    shown <- Filter(function(r) r$title == panel, rows)
    for (r in shown) {
      graphics::lines(sort(r$ratio), seq_along(r$ratio) / length(r$ratio), type = "s",
                      col = colours[[r$peer]], lwd = 2, lty = if (r$threads > 1) 2 else 1)
    }
    peers <- unique(vapply(shown, function(r) r$peer, ""))
    graphics::legend("topleft", peers, col = colours[peers], lwd = 2, bty = "n")
  }
}

write_sweep <- function(data_file, file) {
  data <- read_data(data_file)
  facts <- attr(data, "facts")
  threads <- thread_counts(data)
  rows <- sweep_ratios(data, threads)
  lines <- c(
    "# Random shapes", "",
    sprintf(paste(
      "%s. %s, %d cores. %s. nnconv %s with %s, %s. Seed %d, %d shapes as networks have them",
      "(`random_shapes()` in shapes.R), %d rounds; others took %d %% of the processors."
    ), facts$date, facts$processor, facts$cores, facts$compiler, facts$nnconv, facts$simd,
    facts$peers, facts$seed, facts$shapes, facts$rounds, facts$company),
    "", "Time of the peer divided by ours; above 1, ours is faster.", "",
    if (length(rows)) spread_table(rows) else "No peer was installed.", "",
    if (length(rows)) sprintf("![The same as curves; dashed, with all threads](%s)",
                              basename(paste0(file, ".png"))), "",
    "## What the choice of an algorithm loses", "",
    "Our time divided by that of the fastest of all algorithms, one thread:", "",
    lost_table(data, c("direct", "transforms", "col2im", "padded", "planes"))
  )
  for (row in Filter(function(r) r$threads == 1, rows)) {
    lines <- c(lines, "", sprintf("## The worst: %s, %s", row$title, row$peer), "",
               worst_table(row, facts))
  }
  writeLines(lines, paste0(file, ".md"))
  if (length(rows)) draw_spread(rows, paste0(file, ".png"))
}
