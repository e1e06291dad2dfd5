# tools/standards.md answers every standard once, and the places that it names exist; so do the steps
# that the public checks run.

test_that("every standard is answered once, and its places exist", {
  file <- at_hand_or_skip("tools/standards.md")
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
  expect_identical(vapply(rows, `[`, "", 2L), all_standards)
  other_words <- setdiff(vapply(rows, `[`, "", 4L), c("yes", "part", "no", "n/a"))
  expect_identical(other_words, character())
  expect_true(all(lengths(rows) >= 5L)) # a place or a reason

  # A file, and what it defines: a heading, the title of a test, a function.
  exists_place <- function(place) {
    path <- file.path(dirname(dirname(file)), sub("[:#].*", "", place))
    if (!file.exists(path)) return(FALSE)
    name <- sub("^[^:#]*", "", place)
    if (name == "") return(TRUE)
    lines <- readLines(path, warn = FALSE)
    named <- substring(name, 2L)
    if (startsWith(name, "#")) return(any(lines %in% paste(c("#", "##", "###"), named)))
    any(startsWith(lines, sprintf(if (startsWith(named, "\"")) "test_that(%s, {" else "%s <- ", named)))
  }
  quoted <- unlist(regmatches(text, gregexpr("`[^`]+`", text)))
  places <- unique(gsub("`", "", grep("^`([A-Za-z-]+/)+[^ `]+\\.|^`[A-Z]+\\.md", quoted, value = TRUE)))
  expect_gt(length(places), 50)
  expect_identical(places[!vapply(places, exists_place, NA)], character())
})

test_that("the steps that the public checks run exist", {
  workflow <- readLines(at_hand_or_skip(".github/workflows/check.yaml"))
  steps <- strsplit(gsub(".*\\[|\\].*", "", grep("^ *step: \\[", workflow, value = TRUE)), ", *")[[1L]]
  there <- sub("\\.(R|sh)$", "", list.files(source_path("tools/harden"), "\\.(R|sh)$"))
  expect_gt(length(steps), 0)
  tests <- sub("^test-(.*)\\.R$", "\\1", list.files(test_path(), "^test-.*\\.R$"))
  expect_identical(setdiff(steps, c(there, "tests", tests)), character())
})
