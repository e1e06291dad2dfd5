# What a picture shows, read back from the PDF file that R draws it to.

# The lines and the words of a picture as they stand in a PDF file, in points; without the lines of
# hatched ground, which words cover.
read_picture <- function(draw, width = 7, height = 5) {
  file <- withr::local_tempfile(fileext = ".pdf")
  grDevices::pdf(file, width, height, compress = FALSE)
  draw()
  grDevices::dev.off()
  text <- readLines(file, encoding = "latin1", warn = FALSE)
  numbers <- function(pattern) {
    found <- regmatches(text, regexec(pattern, text, useBytes = TRUE))
    rows <- which(lengths(found) > 0)
    list(row = rows, values = do.call(rbind, lapply(found[rows], `[`, -1)))
  }
  lines <- numbers("^(\\S+) (\\S+) m (\\S+) (\\S+) l +S")
  inks <- numbers("^([0-9.]+ [0-9.]+ [0-9.]+) SCN")
  ink <- inks$values[findInterval(lines$row, inks$row)]
  hatch <- paste(sprintf("%.3f", grDevices::col2rgb(look$hatch) / 255), collapse = " ")
  any_way <- numbers("Tm \\((.*)\\) Tj")$values
  words <- numbers("Tf ([1-9]\\S*) \\S+ \\S+ \\S+ (\\S+) (\\S+) Tm \\((.*)\\) Tj")$values
  size <- as.numeric(words[, 1])
  x <- as.numeric(words[, 2])
  y <- as.numeric(words[, 3])
  wide <- mapply(function(word, cex) graphics::strwidth(word, "inches", cex = cex), words[, 4], size / 12)
  ends <- matrix(as.numeric(lines$values[ink != hatch, ]), ncol = 4)
  kerned <- numbers("Tm \\[(.*)\\] TJ")$values # (wo) 15 (rd)
  kerned <- gsub("^\\(|\\)$", "", gsub("\\) -?[0-9]+ \\(", "", kerned))
  list(
    lines = stats::setNames(as.data.frame(ends), c("x0", "y0", "x1", "y1")),
    all_words = gsub("\\", "", c(any_way, kerned), fixed = TRUE),
    words = data.frame(text = words[, 4], left = x, right = x + 72 * wide, top = y, bottom = y + 0.7 * size)
  )
}
