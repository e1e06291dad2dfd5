# The words of help pages, vignettes, README, NEWS, HACKING and DESCRIPTION are spelt as in a dictionary,
# or stand in tools/words.txt. (What pages say and show is the subject of test-pages.R.)

test_that("all words are spelt as in a dictionary", {
  skip_unless_extended()
  skip_if(!nzchar(Sys.which("hunspell")), "hunspell is not installed")
  known <- at_hand_or_skip("tools/words.txt")
  folder <- dirname(dirname(known))
  vignettes <- list.files(file.path(folder, "vignettes"), "\\.Rmd$", full.names = TRUE)
  texts <- c(vignettes, file.path(folder, c("README.md", "NEWS.md", "HACKING.md")))
  text <- lapply(texts, text_of_markdown)
  text[["DESCRIPTION"]] <- read.dcf(file.path(folder, "DESCRIPTION"), c("Title", "Description"))[1L, ]
  file <- withr::local_tempfile(lines = unlist(text))
  spell <- function(files, ...) {
    utils::aspell(files, program = "hunspell", control = "-d en_US,en_GB", ...)$Original
  }
  pages <- list.files(file.path(folder, "man"), "\\.Rd$", full.names = TRUE)
  expect_gt(length(pages), 10)
  unknown <- c(spell(file), spell(pages, filter = list("Rd", drop = c("\\references", "\\author"))))
  expect_gt(length(unknown), 10) # names and terms, which tools/words.txt has
  words <- gsub("[^[:alpha:]]+$|^[^[:alpha:]]+", "", sub("'s$", "", unknown))
  words <- unique(words[nchar(words) > 1L & !tolower(words) %in% tolower(readLines(known))])
  expect_identical(sort(words), character())
})
