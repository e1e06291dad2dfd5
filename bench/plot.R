# Plot: the peers' times divided by ours, for each shape, on a logarithmic axis.

# Okabe and Ito's colours, and a shape of the point besides, for those who do not see them.
looks <- data.frame(
  comparison = c("PyTorch float64", "PyTorch float32", "oneDNN float32"),
  colour = c("#0072B2", "#D55E00", "#009E73"),
  outline = c(21, 24, 23)
)

draw_panel <- function(part, title, threads, limits) {
  rows <- rev(seq_len(nrow(part)))
  plot(NULL, log = "x", xlim = limits, ylim = c(0.5, nrow(part) + 0.5), yaxs = "i", axes = FALSE,
       xlab = "", ylab = "")
  title(title, font.main = 1, cex.main = 1.15, line = 0.8)
  ticks <- 2^(-10:10)
  ticks <- ticks[ticks >= limits[1] & ticks <= limits[2]]
  labels <- ifelse(ticks < 1, paste0("1/", 1 / ticks), ticks)
  graphics::abline(h = rows, col = "grey92")
  graphics::abline(v = ticks, col = "grey85")
  graphics::abline(v = 1, col = "grey25", lwd = 1.5)
  graphics::axis(1, ticks, labels, tick = FALSE, line = -0.6)
  graphics::axis(2, rows, part$shape, las = 1, tick = FALSE, line = -0.8)
  for (i in seq_len(nrow(looks))) for (t in threads) {
    ratio <- ratios_of(part, looks$comparison[i], t)
    if (is.null(ratio)) next
    # The three kinds lie a little above each other.
    graphics::points(ratio, rows + (2 - i) * 0.22, pch = looks$outline[i], col = looks$colour[i],
                     bg = if (t > 1) looks$colour[i] else "white", cex = 1.1, lwd = 1.4)
  }
}

draw_ratios <- function(data, file) {
  threads <- thread_counts(data)
  parts <- parts_of(data)
  all <- unlist(lapply(looks$comparison, function(comparison) {
    lapply(threads, function(t) ratios_of(data, comparison, t))
  }))
  if (is.null(all)) return(invisible())
  limits <- range(0.5, 2, all, na.rm = TRUE) * c(0.9, 1.1)
  grDevices::png(file, width = 1500, height = 1400, res = 110)
  on.exit(grDevices::dev.off())
  graphics::par(mfrow = c(2, 2), mar = c(2.5, 8.5, 2.5, 1), oma = c(4.5, 0, 2, 0),
                mgp = c(2, 0.7, 0))
  for (title in names(parts)) draw_panel(parts[[title]], title, threads, limits)
  graphics::mtext("Time of the peer divided by ours: to the right of 1, ours is faster",
                  outer = TRUE, font = 2, line = 0.2)
  draw_legend(threads)
}

draw_legend <- function(threads) {
  graphics::par(fig = c(0, 1, 0, 1), oma = c(0, 0, 0, 0), mar = c(0, 0, 0, 0), new = TRUE)
  plot.new()
  kinds <- expand.grid(look = seq_len(nrow(looks)), threads = threads)
  graphics::legend(
    "bottom", ncol = nrow(looks), bty = "n", pt.cex = 1.2, pt.lwd = 1.4, inset = 0.005,
    legend = as.vector(t(matrix(sprintf(
      "%s, %d thread%s", looks$comparison[kinds$look], kinds$threads,
      ifelse(kinds$threads > 1, "s", "")
    ), nrow(looks)))),
    pch = as.vector(t(matrix(looks$outline[kinds$look], nrow(looks)))),
    col = as.vector(t(matrix(looks$colour[kinds$look], nrow(looks)))),
    pt.bg = as.vector(t(matrix(ifelse(kinds$threads > 1, looks$colour[kinds$look], "white"),
                               nrow(looks))))
  )
}
