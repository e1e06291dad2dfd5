# Shows that the public checks run steps that there are, and that the words are spelt as in a dictionary.
# What the pages say and show is read by tests/testthat/test-pages.R.
# needs: hunspell hunspell-en-us hunspell-en-gb
#
# Words that no dictionary has stand in tools/words.txt.

source("tests/testthat/helper-pages.R")

folder <- "build/harden/documentation"
dir.create(folder, recursive = TRUE, showWarnings = FALSE)
failed <- FALSE

row <- function(test, aim, measured, problems) {
  writeLines(problems)
  if (length(problems)) failed <<- TRUE
  cat(sprintf("row: %s | %s | %s | %s\n", test, aim, measured, if (length(problems)) "missed" else "ok"))
}

not_run <- function(test, aim, reason) cat(sprintf("row: %s | %s | %s | not run\n", test, aim, reason))

# The steps that the public checks run, by name.
workflow <- readLines(".github/workflows/check.yaml")
steps <- strsplit(gsub(".*\\[|\\].*", "", grep("^ *step: \\[", workflow, value = TRUE)), ", *")[[1L]]
there <- sub("\\.(R|sh)$", "", list.files("tools/harden", "\\.(R|sh)$"))
absent <- setdiff(steps, there)
row("steps that the public checks name and that exist", "100 %",
    sprintf("%d of %d", length(steps) - length(absent), length(steps)), sprintf("no step %s", absent))

unknown_words <- function() {
  vignettes <- list.files("vignettes", "\\.Rmd$", full.names = TRUE)
  texts <- c(vignettes, "README.md", "NEWS.md", "HACKING.md", "DESCRIPTION")
  copies <- file.path(folder, paste0(basename(texts), ".txt"))
  for (i in seq_along(texts)) {
    if (texts[i] == "DESCRIPTION") {
      text <- read.dcf("DESCRIPTION", c("Title", "Description"))[1L, ]
    } else {
      text <- text_of_markdown(texts[i])
    }
    writeLines(text, copies[i])
  }
  spell <- function(files, ...) {
    utils::aspell(files, program = "hunspell", control = "-d en_US,en_GB", ...)
  }
  pages <- list.files("man", "\\.Rd$", full.names = TRUE)
  found <- rbind(as.data.frame(spell(copies)),
                 as.data.frame(spell(pages, filter = list("Rd", drop = c("\\references", "\\author")))))
  words <- gsub("[^[:alpha:]]+$|^[^[:alpha:]]+", "", sub("'s$", "", found$Original))
  unique(words[nchar(words) > 1L & !tolower(words) %in% tolower(readLines("tools/words.txt"))])
}

test <- "words that are in no dictionary and not in tools/words.txt"
if (nzchar(Sys.which("hunspell"))) {
  words <- sort(unknown_words())
  row(test, "0", length(words), words)
} else {
  not_run(test, "0", "hunspell is not installed")
}

quit(status = as.integer(failed))
