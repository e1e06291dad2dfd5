# Every place in R/ that raises an error is reached by a test that expects one, no two functions word
# theirs alike, and what C++ says stands in a test too.

# Functions that raise errors; those that pass on what was worded elsewhere.
raising <- c("refuse", "raise", "refuse_member", "check_type", "in_module")
passing <- c("raise", "in_module", "refuse_member", "check_type")

# Every call to one of them, with the innermost function around it: a list of lists.
sites_in <- function(name, f) {
  sites <- list()
  walk <- function(e, body) {
    if (is.call(e) && identical(e[[1L]], quote(`function`))) {
      body <- e[[3L]]
    } else if (is.call(e) && is.name(e[[1L]]) && as.character(e[[1L]]) %in% raising) {
      sites[[length(sites) + 1L]] <<- list(f = name, call = e, body = body)
    }
    if (is.call(e) || is.pairlist(e)) {
      for (part in as.list(e)) if (!missing(part) && (is.call(part) || is.pairlist(part))) walk(part, body)
    }
  }
  walk(body(f), body(f))
  sites
}

# Run in a process of its own, where raise() keeps the calls on the stack that lead to it.
recording <- quote({
  namespace <- asNamespace("nnconv")
  passed <- list()
  recorder <- function() {
    calls <- sys.calls()
    heads <- vapply(calls, function(call) paste(deparse(call[[1L]]), collapse = ""), "")
    message <- get("message", parent.frame())
    for (i in which(heads %in% raising)) {
      from <- sys.parents()[i]
      body <- if (from > 0L) body(sys.function(from))
      passed[[length(passed) + 1L]] <<- list(call = calls[[i]], body = body, message = message)
    }
    if (length(passed) > 20000L) passed <<- unique(passed)
  }
  changed <- namespace$raise
  body(changed) <- as.call(list(as.name("{"), as.call(list(recorder)), body(changed)))
  unlockBinding("raise", namespace)
  assign("raise", changed, namespace)
  result <- testthat::test_dir(
    folder, package = "nnconv", load_package = "installed", filter = filter, reporter = "silent",
    stop_on_failure = FALSE
  )
  saveRDS(unique(passed), file)
})

# The tests that expect errors, by their words: those of nasty values look at class and argument only.
expecting <- function() {
  files <- list.files(test_path(), "^test-.*\\.R$", full.names = TRUE)
  files <- files[!grepl("nasty|reached-errors", files)]
  signs <- "expect_refusal|expect_error|expect_snapshot|refusal\\("
  has <- vapply(files, function(file) any(grepl(signs, readLines(file))), NA)
  sub("^test-(.*)\\.R$", "\\1", basename(files[has]))
}

# What is the same for all arguments and values.
wording <- function(message) {
  message <- sub(", not .*", "", sub("^In module `[^`]*`: ", "", message))
  gsub("-?[0-9]+", "#", gsub("\"[^\"]*\"", "\"\"", gsub("`[^`]*`", "``", message)))
}

test_that("tests reach every error of R's code, and no two functions word theirs alike", {
  skip_unless_extended()
  namespace <- asNamespace("nnconv")
  functions <- Filter(is.function, as.list(namespace, sorted = TRUE))
  sites <- unlist(Map(sites_in, names(functions), functions), recursive = FALSE)
  file <- withr::local_tempfile()
  settings <- bquote({
    raising <- .(raising)
    folder <- .(normalizePath(test_path()))
    filter <- .(sprintf("^(%s)$", paste(expecting(), collapse = "|")))
    file <- .(file)
  })
  in_fresh_process(c("library(nnconv)", deparse(settings), deparse(recording)),
                   env = c("NOT_CRAN=true", "NNCONV_EXTENDED_TESTS="))
  passed <- readRDS(file)
  reaching <- function(site) {
    Filter(function(p) identical(p$call, site$call) && identical(p$body, site$body), passed)
  }
  messages <- lapply(sites, function(site) vapply(reaching(site), `[[`, "", "message"))
  places <- vapply(sites, function(site) sprintf("%s: %s", site$f, deparse(site$call)[1L]), "")
  expect_identical(unname(places[!lengths(messages)]), character())
  expect_gt(length(places), 100)

  own <- which(!vapply(sites, function(site) as.character(site$call[[1L]]), "") %in% passing &
                 !vapply(sites, `[[`, "", "f") %in% c(passing, "refuse"))
  words <- unique(do.call(rbind, lapply(own, function(i) {
    data.frame(wording = wording(messages[[i]]), f = rep(sites[[i]]$f, length(messages[[i]])))
  })))
  expect_identical(words[words$wording %in% words$wording[duplicated(words$wording)], ], words[0L, ])
  figure("errors: %d places, %d wordings", length(places), length(unique(words$wording)))
})

# What only a failing system says of a file that it has opened, and what R's errors come before.
not_provoked <- c("its size cannot be read", "it cannot be read", "it has not refused")

test_that("tests hold the words of every error of the C++ code", {
  folder <- source_path("src")
  skip_if(!nzchar(folder), "the sources are not at hand")
  tests <- list.files(test_path(), "\\.(R|md)$", full.names = TRUE, recursive = TRUE)
  tests <- tolower(unlist(lapply(tests, readLines, warn = FALSE)))
  files <- list.files(folder, "\\.(cpp|h)$", full.names = TRUE, recursive = TRUE)
  count <- 0
  for (file in grep("RcppExports", files, invert = TRUE, value = TRUE)) {
    text <- gsub("'\"'", "''", sub("//.*", "", readLines(file)), fixed = TRUE)
    for (i in grep("\\bthrow\\b *[^;]|\\bfail\\(|Rcpp::stop|Rf_error|\\bR_ShowMessage", text)) {
      statement <- sub("(\\)|\\{)(;.*| *$)", "", paste(text[i + 0:2], collapse = " "))
      words <- sub("^[^\"]*\"([^\"%]*).*|.*", "\\1", statement)
      if (nchar(words) <= 2L || words %in% not_provoked) next
      count <- count + 1
      expect_true(any(grepl(tolower(words), tests, fixed = TRUE)), label = sprintf("a test of \"%s\"", words))
    }
  }
  expect_gt(count, 20)
})
