# Shows that every help page promises output, every figure can be read by those who do not see it,
# every vignette has an entry in the index, the public checks run steps that there are, and the words
# are spelt as in a dictionary.
# needs: hunspell hunspell-en-us hunspell-en-gb
#
# Words that no dictionary has stand in tools/words.txt.

folder <- "build/harden/documentation"
dir.create(folder, recursive = TRUE, showWarnings = FALSE)
failed <- FALSE

row <- function(test, aim, measured, problems) {
  writeLines(problems)
  if (length(problems)) failed <<- TRUE
  cat(sprintf("row: %s | %s | %s | %s\n", test, aim, measured, if (length(problems)) "missed" else "ok"))
}

not_run <- function(test, aim, reason) cat(sprintf("row: %s | %s | %s | not run\n", test, aim, reason))

of_all <- function(problems, all) sprintf("%d of %d", length(all) - length(problems), length(all))

# Help pages whose examples promise output; tests/testthat/test-examples.R compares it.
pages <- list.files("man", "\\.Rd$", full.names = TRUE)
promises <- vapply(pages, function(page) {
  file <- file.path(folder, "example.R")
  unlink(file)
  tools::Rd2ex(page, file)
  file.exists(file) && any(grepl("^ *#> ?[^ ]", readLines(file)))
}, TRUE)
row("help pages that promise output", "100 %", of_all(pages[!promises], pages),
    sprintf("%s promises no output", pages[!promises]))

# Figures of the vignettes as they are built, of the README and of help pages.
described <- function(text) nchar(text) >= 20L & !grepl("^plot of chunk", text)

images_of_html <- function(file) {
  html <- paste(readLines(file, warn = FALSE), collapse = "\n")
  images <- unlist(regmatches(html, gregexpr("<img\\b[^>]*>", html)))
  has_text <- grepl("\\balt=\"", images)
  ifelse(has_text, sub(".*\\balt=\"([^\"]*)\".*", "\\1", images), "")
}

images_of_markdown <- function(file) {
  text <- readLines(file, warn = FALSE)
  images <- unlist(regmatches(text, gregexpr("!\\[[^]]*\\]\\(", text)))
  sub("^!\\[(.*)\\]\\($", "\\1", images)
}

images_of_help <- function(file) {
  text <- paste(readLines(file), collapse = " ")
  images <- unlist(regmatches(text, gregexpr("\\\\figure\\{[^}]*\\}(\\{[^}]*\\})?", text)))
  ifelse(grepl("alt=", images), sub(".*alt=[\"']([^\"']*).*", "\\1", images), "")
}

vignettes <- list.files("vignettes", "\\.Rmd$", full.names = TRUE)
test <- "figures with a description in words"
if (requireNamespace("rmarkdown", quietly = TRUE) && rmarkdown::pandoc_available()) {
  for (vignette in vignettes) {
    code <- sprintf("rmarkdown::render('%s', output_dir = '%s', quiet = TRUE)", vignette, folder)
    system2(file.path(R.home("bin"), "Rscript"), c("-e", shQuote(code)), stdout = FALSE)
  }
  built <- file.path(folder, sub("Rmd$", "html", basename(vignettes)))
  texts <- c(sapply(built, images_of_html, simplify = FALSE),
             sapply(Filter(file.exists, c("README.md", "bench/results.md")), images_of_markdown,
                    simplify = FALSE),
             sapply(pages, images_of_help, simplify = FALSE))
  figures <- unlist(texts)
  bare <- figures[!described(figures)]
  row(test, "100 %", of_all(bare, figures), sprintf("%s: \"%s\"", names(bare), bare))
} else {
  not_run(test, "100 %", "pandoc or rmarkdown is not installed")
}

is_listed <- vapply(vignettes, function(file) {
  any(grepl("%\\VignetteIndexEntry{", readLines(file, warn = FALSE), fixed = TRUE))
}, TRUE)
unlisted <- vignettes[!is_listed]
row("vignettes with an entry in the index", "100 %", of_all(unlisted, vignettes),
    sprintf("%s has no \\VignetteIndexEntry", unlisted))

# The steps that the public checks run, by name.
workflow <- readLines(".github/workflows/check.yaml")
steps <- strsplit(gsub(".*\\[|\\].*", "", grep("^ *step: \\[", workflow, value = TRUE)), ", *")[[1L]]
there <- sub("\\.(R|sh)$", "", list.files("tools/harden", "\\.(R|sh)$"))
absent <- setdiff(steps, there)
row("steps that the public checks name and that exist", "100 %", of_all(absent, steps),
    sprintf("no step %s", absent))

# What is text in Markdown: no code, mathematics, links' targets, HTML or header.
text_of_markdown <- function(file) {
  lines <- readLines(file, warn = FALSE)
  header <- if (grepl("^---", lines[1L])) seq_len(grep("^---", lines)[2L]) else integer()
  fence <- grepl("^ *```", lines)
  lines[fence | cumsum(fence) %% 2L == 1L | seq_along(lines) %in% header] <- ""
  text <- paste(lines, collapse = "\n")
  for (code in c("(?s)\\$\\$.*?\\$\\$", "`[^`]*`", "\\$[^$]+\\$", "\\]\\([^)]*\\)", "<[^>]*>")) {
    text <- gsub(code, " ", text, perl = TRUE)
  }
  strsplit(text, "\n")[[1L]]
}

unknown_words <- function() {
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
