# Shows that tools/standards.md answers every standard once, and that the places it names exist.

file <- "tools/standards.md"
text <- readLines(file)

# The numbers of the sections, and which of them have parts.
sections <- list(
  G1 = 0:6, G2 = 0:16, G3 = 0:1, G4 = 0, G5 = 0:12, ML1 = 0:8, ML2 = 0:7, ML3 = 0:7, ML4 = 0:8,
  ML5 = 0:4, ML6 = 0:1, ML7 = 0:11
)
parts <- c(
  G1.4 = 1, G2.0 = 1, G2.1 = 1, G2.3 = 2, G2.4 = 5, G2.14 = 3, G3.1 = 1, G5.2 = 2, G5.4 = 3,
  G5.6 = 2, G5.8 = 4, G5.9 = 2, G5.11 = 1, ML1.0 = 1, ML1.1 = 2, ML1.6 = 2, ML1.7 = 2, ML2.0 = 2,
  ML2.2 = 2, ML3.0 = 4, ML3.4 = 2, ML3.5 = 2, ML3.6 = 2, ML4.1 = 3, ML4.8 = 1, ML5.0 = 2, ML5.2 = 3,
  ML5.4 = 2, ML6.1 = 1, ML7.3 = 2, ML7.9 = 1, ML7.11 = 1
)
numbers <- unlist(lapply(names(sections), function(s) paste0(s, ".", sections[[s]])))
all_standards <- unlist(lapply(numbers, function(number) {
  c(number, if (number %in% names(parts)) paste0(number, letters[seq_len(parts[[number]])]))
}))

rows <- strsplit(grep("^\\| (G|ML)[0-9]", text, value = TRUE), " *\\| *")
answered <- vapply(rows, `[`, "", 2L)
answers <- vapply(rows, `[`, "", 4L)
problems <- c(
  if (!identical(answered, all_standards)) {
    paste("not answered once and in order:", toString(c(
      setdiff(all_standards, answered), setdiff(answered, all_standards),
      answered[duplicated(answered)]
    )))
  },
  sprintf("%s: yes, part, no or n/a", answered[!answers %in% c("yes", "part", "no", "n/a")]),
  sprintf("%s: no place or reason", answered[lengths(rows) < 5L])
)

# What an R file defines, and the titles of its tests.
defined_in <- function(path) {
  assigned <- vapply(parse(path), function(e) {
    if (is.call(e) && identical(e[[1L]], as.name("<-"))) as.character(e[[2L]])[1L] else ""
  }, "")
  titles <- vapply(parse(path), function(e) {
    is_test <- is.call(e) && identical(e[[1L]], as.name("test_that"))
    if (is_test && is.character(e[[2L]])) e[[2L]] else ""
  }, "")
  list(assigned = assigned, titles = titles)
}

exists_place <- function(place) {
  path <- sub("[:#].*", "", place)
  if (!file.exists(path)) {
    return(FALSE)
  }
  if (grepl("#", place, fixed = TRUE)) {
    lines <- readLines(path, warn = FALSE)
    return(sub("^[^#]*#", "", place) %in% sub("^#+ +", "", grep("^#", lines, value = TRUE)))
  }
  name <- if (grepl(":", place, fixed = TRUE)) sub("^[^:]*:", "", place)
  if (is.null(name)) {
    return(TRUE)
  }
  defined <- defined_in(path)
  if (grepl('^"', name)) gsub('^"|"$', "", name) %in% defined$titles else name %in% defined$assigned
}

quoted <- unlist(regmatches(text, gregexpr("`[^`]+`", text)))
places <- unique(gsub("`", "", grep("^`([A-Za-z-]+/)+[^ `]+\\.|^`[A-Z]+\\.md", quoted, value = TRUE)))
absent <- places[!vapply(places, exists_place, TRUE)]
problems <- c(problems, sprintf("there is no %s", absent))

writeLines(problems)
counts <- table(factor(answers, c("yes", "part", "no", "n/a")))
cat(sprintf(
  "row: standards of rOpenSci answered, and every place named exists | %d, all | %d, %d of %d places; %s | %s\n",
  length(all_standards), length(unique(answered)), length(places) - length(absent), length(places),
  paste(counts, names(counts), collapse = ", "), if (length(problems)) "missed" else "ok"
))
quit(status = as.integer(length(problems) > 0L))
